import {
  AlipayProtocolError,
  type Charset,
  charsetNamed,
  decodeNotification,
  encodeNotification,
  type Fields,
  parseNotification,
  signedText,
  type SignType,
} from '@countersign/alipay-protocol';

import { type Mask } from './create-mask';
import { type DemoKey } from './demo-keys';
import { isKept, maskEachField } from './mask-fields';

export interface KeptNotification {
  readonly body: Buffer;
  readonly contentType: string | null;
}

/** As in `vectors/notifications.json` of `@countersign/alipay-protocol`, with a key beside these. */
export interface NotificationVector {
  readonly name: string;
  readonly signType: SignType;
  readonly charset: Charset;
  readonly contentType: string;
  readonly body: string;
  readonly fields: Fields;
  readonly signedText: string;
  /** Only where the sender left the plus signs of a signature as they are. */
  readonly plusEscaped?: false;
}

export interface Disguise {
  readonly mask: Mask;
  readonly keyFor: (signType: SignType) => DemoKey;
}

/**
 * A notification with its order, its escapes and its charset as they came, with other names in it
 * and signed anew. Undefined for one that cannot be told so: it is left out rather than changed.
 */
export function notificationVector(
  { body, contentType }: KeptNotification,
  { mask, keyFor }: Disguise,
): NotificationVector | undefined {
  const given = contentType === null ? {} : { contentType };
  try {
    const original = parseNotification(body, given);
    const { sign: _sign, sign_type: signType, ...said } = original;
    if (!isSignType(signType)) return undefined;
    const key = keyFor(signType);
    const charset = charsetOf(contentType);
    const form = body.toString('latin1');
    const told = maskEachField(said, mask);
    const written = writtenPairs(told, key, charset);
    const masked = form.split('&').map((pair) => {
      const name = nameOf(pair);
      const raw = pair.slice(name.length + 1);
      const [value, put] = [original[name], written.get(name)];
      if (value === undefined || put === undefined) throw new NotAsItCame();
      if (name === 'sign') return `sign=${raw.includes('+') ? put.replaceAll('%2B', '+') : put}`;
      return isKept(name, value) ? pair : `${name}=${inTheStyleOf(raw, put)}`;
    });
    const proven = decodeNotification(masked.join('&'), { ...given, verifier: key.verifier });
    const { sign: _made, sign_type: _signType, ...fields } = proven;
    return {
      name: `${told['notify_type'] ?? 'a notification'}, ${told['trade_status'] ?? 'no state'}`,
      signType,
      charset,
      ...key.shown,
      contentType: contentType ?? 'application/x-www-form-urlencoded',
      body: masked.join('&'),
      fields,
      signedText: signedText(proven),
      ...(BARE_PLUS.test(form) ? { plusEscaped: false as const } : {}),
    };
  } catch (error) {
    if (error instanceof AlipayProtocolError || error instanceof NotAsItCame) return undefined;
    throw error;
  }
}

/** A signature whose plus signs nobody escaped. */
const BARE_PLUS = /(?:^|&)sign=[^&]*\+/;

/** A field whose name is escaped, or that nobody could read: it would leave as it came. */
class NotAsItCame extends Error {}

function isSignType(word: string | undefined): word is SignType {
  return word === 'MD5' || word === 'RSA' || word === 'RSA2';
}

/** As notifications are read: what the header says, else UTF-8. */
function charsetOf(contentType: string | null): Charset {
  const label = /(?:^|[;,\s])charset\s*=\s*["']?([^\s;,"']+)/i.exec(contentType ?? '')?.[1];
  return (label === undefined ? undefined : charsetNamed(label)) ?? 'UTF-8';
}

/** Each field by name, escaped as it goes into a form; `sign` among them. */
function writtenPairs(
  fields: Fields,
  { signer }: DemoKey,
  charset: Charset,
): ReadonlyMap<string, string> {
  const { body } = encodeNotification(fields, signer, { charset });
  const pairs = body.toString('latin1').split('&');
  return new Map(pairs.map((pair) => [nameOf(pair), pair.slice(nameOf(pair).length + 1)]));
}

function nameOf(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  return name;
}

/** Blanks as plus signs, and escapes in small letters, where the sender wrote them so. */
function inTheStyleOf(raw: string, written: string): string {
  const spaced = raw.includes('+') ? written.replaceAll('%20', '+') : written;
  const isSmall = /%(?:[a-f][0-9a-f]|[0-9][a-f])/.test(raw);
  return isSmall ? spaced.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()) : spaced;
}
