import { type Charset, contentTypeCharset, writableCharset } from './charset';
import { collectFields, type Fields } from './fields';
import { charsetOrUtf8, decodePairs, encodeForm, splitForm } from './form';
import { type Signer, signFieldsIn } from './sign-fields';
import { type Verified, type Verifier, verifyFields } from './verify-fields';

export interface EncodedNotification {
  readonly contentType: string;
  readonly body: Buffer;
}

/** A signed notification as Alipay posts it (PROTOCOL.md §7). */
export function encodeNotification(
  fields: Readonly<Fields>,
  signer: Signer,
  { charset: label }: { readonly charset?: Charset | undefined } = {},
): EncodedNotification {
  const charset = writableCharset(label ?? signer.charset);
  const form = encodeForm(signFieldsIn(charset, fields, signer), charset);
  return {
    contentType: `application/x-www-form-urlencoded; charset=${charset}`,
    body: Buffer.from(form, 'latin1'),
  };
}

export interface NotificationOptions {
  readonly contentType?: string | undefined;
  readonly verifier: Verifier;
}

/**
 * The posted fields, proven to be Alipay's. Only the body counts: the query of our own address is
 * not Alipay's. Fields nobody has documented are signed too, so they are kept (PROTOCOL.md §3.5).
 */
export function decodeNotification(
  body: string | Uint8Array,
  { contentType, verifier }: NotificationOptions,
): Verified<Fields> {
  const charset = notificationCharset(contentType);
  return verifyFields(parseNotification(body, { contentType }), verifier, { charset });
}

/** The posted fields without any proof: to explain a refusal, never to act on. */
export function parseNotification(
  body: string | Uint8Array,
  { contentType }: { readonly contentType?: string | undefined } = {},
): Fields {
  return collectFields(decodePairs(splitForm(body), notificationCharset(contentType)));
}

function notificationCharset(contentType: string | undefined): Charset {
  return charsetOrUtf8(contentTypeCharset(contentType));
}
