import { createPublicKey, KeyObject } from 'node:crypto';

import { readableCharset, receivedBytes } from './charset';
import { AlipayProtocolError } from './errors';
import { type Fields, optional } from './fields';
import { type KeyInput, keyBits, keyFingerprint, loadKey, loadMd5Key } from './keys';
import { guesses } from './mismatch-guesses';
import { md5Verifies, RSA_SCHEMES, rsaVerifies } from './sign-types';
import { signedText } from './signed-text';
import { keysOf, type Verifier } from './verify-fields';

/** One reason why a signature does not match, and what to do about it. */
export interface Finding {
  readonly cause: string;
  readonly remedy: string;
}

export interface Explanation {
  /** What the signature should cover, with secrets masked. */
  readonly signedText: string;
  /** Empty when the signature is good. */
  readonly findings: readonly Finding[];
}

export interface ExplainOptions {
  readonly verifier: Verifier;
  /** Our own key (either half of an RSA pair, or an MD5 key), to see whether it was mixed up. */
  readonly ownKey?: KeyInput | undefined;
  readonly charset?: string | undefined;
}

/**
 * Why a signature does not match, for people. It tries the slips that integrators make and names
 * those under which the signature would fit. Never a way to accept a message: what fits only here
 * is refused everywhere else.
 */
export function explainMismatch(
  fields: Readonly<Fields>,
  { verifier, ownKey, charset: label }: ExplainOptions,
): Explanation {
  const charset = readableCharset(label ?? optional(fields, '_input_charset') ?? 'UTF-8');
  const text = signedText(fields);
  const sign = fields.sign ?? '';
  const bytes = receivedBytes(text, charset);
  const explain = (findings: readonly Finding[]): Explanation => ({
    signedText: masked(text, verifier),
    findings,
  });

  if (sign.trim() === '') return explain([UNSIGNED]);
  const own = ownKey === undefined ? undefined : readOwnKey(ownKey);
  const saysOtherType = fields.sign_type !== undefined && fields.sign_type !== verifier.signType;
  const isGood = bytes !== undefined && verifier.verify(bytes, sign);
  if (isGood && !saysOtherType) return explain([]);

  const plain = [
    ...(saysOtherType ? [otherSignType(verifier, fields.sign_type ?? '')] : []),
    ...(bytes === undefined ? [] : keyFindings(bytes, sign, verifier, own)),
    ...shapeFindings(sign, verifier),
  ];
  const slip = [...guesses({ fields, charset })].find((guess) =>
    verifier.verify(guess.bytes, guess.sign ?? sign),
  );
  const findings = slip && !isGood ? [...plain, findingOf(slip)] : plain;
  return explain(findings.length > 0 ? findings : [UNEXPLAINED]);
}

const UNSIGNED: Finding = {
  cause: 'The message carries no signature: sign is missing or empty.',
  remedy: 'Refuse it. Alipay signs every notification and every accepted answer.',
};

const UNEXPLAINED: Finding = {
  cause: 'No known slip explains it: the content was changed after signing, or another key signed.',
  remedy:
    'Compare the key with the one the portal shows, and the text above with what the other side signed, character by character.',
};

function findingOf({ cause, remedy }: Finding): Finding {
  return { cause, remedy };
}

function otherSignType(verifier: Verifier, said: string): Finding {
  const type = /^[A-Z0-9]{1,8}$/.test(said) ? said : 'something else';
  return {
    cause: `Wrong sign type: the message says sign_type ${type}, the verifier is set to ${verifier.signType}.`,
    remedy:
      'Agree on one sign type with Alipay and configure it on both sides. A message never chooses.',
  };
}

type OwnKey = KeyObject | Buffer;

function readOwnKey(key: KeyInput): OwnKey {
  for (const read of [
    () => createPublicKey(loadKey(key, { kind: 'private' })),
    () => loadKey(key, { kind: 'public' }),
    () => loadMd5Key(key instanceof KeyObject ? '' : key),
  ]) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof AlipayProtocolError)) throw error;
    }
  }
  throw new AlipayProtocolError(
    'ALIPAY_KEY_INVALID',
    'our own key is neither an RSA nor an MD5 key',
    { field: 'ownKey' },
  );
}

/** The right text under the wrong key or the wrong digest. */
function keyFindings(
  bytes: Buffer,
  sign: string,
  verifier: Verifier,
  own: OwnKey | undefined,
): Finding[] {
  const keys = keysOf(verifier);
  const found: Finding[] = [];
  const ownSigned =
    own !== undefined &&
    (Buffer.isBuffer(own)
      ? md5Verifies(bytes, own, sign)
      : Object.values(RSA_SCHEMES).some((scheme) => rsaVerifies(bytes, own, scheme, sign)));
  if (ownSigned) {
    found.push({
      cause: 'Our own key signed this message: it is one of ours, not one of Alipay’s.',
      remedy: 'Check where it came from; an echo or a replay of our request is no answer.',
    });
  }
  if (own !== undefined && !Buffer.isBuffer(own)) {
    const fingerprint = keyFingerprint(own);
    if (keys.publicKeys.some((key) => keyFingerprint(key) === fingerprint)) {
      found.push({
        cause: 'Our own public key is configured where Alipay’s public key belongs.',
        remedy: 'Copy Alipay’s public key from the portal; ours is the one we upload there.',
      });
    }
  }
  for (const [signType, scheme] of Object.entries(RSA_SCHEMES)) {
    if (signType === verifier.signType) continue;
    if (keys.publicKeys.some((key) => rsaVerifies(bytes, key, scheme, sign))) {
      found.push({
        cause: `Wrong sign type: the signature is a good ${signType} signature, the verifier is set to ${verifier.signType}.`,
        remedy: `Set the sign type to ${signType}, or have Alipay sign with ${verifier.signType}.`,
      });
    }
  }
  return found;
}

/** What the look of a signature tells, whatever it covers. */
function shapeFindings(sign: string, verifier: Verifier): Finding[] {
  const isHex = /^[0-9a-fA-F]+$/.test(sign);
  if (verifier.signType === 'MD5') {
    if (isHex && sign.length < 32) return [truncated(sign.length, 32)];
    return isHex && sign.length === 32 ? [] : [otherShape('an RSA signature or none', 'MD5')];
  }
  if (isHex && sign.length === 32) return [otherShape('an MD5 signature', verifier.signType)];

  const bits = keysOf(verifier).publicKeys.map(keyBits);
  const lengths = bits.map((size) => Math.ceil(size / 8 / 3) * 4);
  const length = sign.trim().length;
  const expected = Math.min(...lengths);
  if (!/^[A-Za-z0-9+/ ]+={0,2}$/.test(sign)) {
    return [
      {
        cause:
          'The signature is no Base64: it was percent-encoded twice, wrapped or cut on the way.',
        remedy: 'Hand over the sign field as the form gives it after decoding once.',
      },
    ];
  }
  if (lengths.length === 0 || lengths.includes(length)) return [];
  if (length < expected) return [truncated(length, expected)];
  return [
    {
      cause: `The signature has ${length} characters, the key makes ${expected}: another key signed.`,
      remedy: 'Configure the public key that belongs to the signing key.',
    },
  ];
}

function truncated(length: number, expected: number): Finding {
  return {
    cause: `The signature is truncated: ${length} characters instead of ${expected}.`,
    remedy:
      'Look for a column, log or header that cuts it. Response tables say String(32), which fits MD5 only.',
  };
}

function otherShape(looksLike: string, signType: string): Finding {
  return {
    cause: `Wrong sign type: the signature looks like ${looksLike}, the verifier is set to ${signType}.`,
    remedy: 'Agree on one sign type with Alipay and configure it on both sides.',
  };
}

const NOTIFICATION_TOKEN = /(\/alipay\/notifications\/)[^/?#&\s]+/g;

function masked(text: string, verifier: Verifier): string {
  const withoutTokens = text.replace(NOTIFICATION_TOKEN, '$1[secret]');
  return keysOf(verifier).md5Keys.reduce(
    (shown, key) => shown.replaceAll(key.toString('latin1'), '[secret]'),
    withoutTokens,
  );
}
