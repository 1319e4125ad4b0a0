import { createHash, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';

/** How a message is signed; upper case on the wire (PROTOCOL.md §3.2). */
export type SignType = 'MD5' | 'RSA' | 'RSA2';

interface RsaScheme {
  readonly digest: 'RSA-SHA1' | 'RSA-SHA256';
}

/** PKCS#1 v1.5 signatures; what differs is the digest. */
export const RSA_SCHEMES = {
  RSA: { digest: 'RSA-SHA1' },
  RSA2: { digest: 'RSA-SHA256' },
} as const satisfies Record<Exclude<SignType, 'MD5'>, RsaScheme>;

export function md5Signature(bytes: Uint8Array, key: Uint8Array): string {
  return createHash('md5').update(bytes).update(key).digest('hex');
}

export function md5Verifies(bytes: Uint8Array, key: Uint8Array, signature: string): boolean {
  const expected = Buffer.from(md5Signature(bytes, key), 'latin1');
  const given = Buffer.from(signature, 'utf8');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function rsaSignature(bytes: Uint8Array, key: KeyObject, { digest }: RsaScheme): string {
  return sign(digest, bytes, key).toString('base64');
}

export function rsaVerifies(
  bytes: Uint8Array,
  key: KeyObject,
  { digest }: RsaScheme,
  signature: string,
): boolean {
  // In a form a `+` that was not escaped arrives as a blank.
  const base64 = signature.replaceAll(' ', '+');
  const given = Buffer.from(base64, 'base64');
  // Node skips what is no Base64 and drops odd bits: only the one spelling of a signature passes.
  return given.toString('base64') === base64 && verify(digest, bytes, key, given);
}
