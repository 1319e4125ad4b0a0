import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret as it is handed out, once, and what of it is kept. */
export interface NewSecret {
  /** `cs_<8>_<43><6>`: the prefix, 256 random bits, and a checksum. */
  readonly secret: string;
  readonly prefix: string;
  readonly hash: Buffer;
}

const SECRET = /^(cs_[0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits alone: a double click selects all of it, and no shell or URL minds it. */
export function makeSecret(): NewSecret {
  const prefix = `cs_${randomText(8)}`;
  const body = `${prefix}_${randomText(43)}`;
  const secret = body + checksumOf(body);
  return { secret, prefix, hash: hashOf(secret) };
}

/**
 * The prefix of a text that can be a secret of ours. The checksum keeps typing mistakes and tokens
 * of others away from the database, and lets a scanner of repositories know one of ours for sure.
 */
export function prefixIn(text: string): string | null {
  const [, prefix, random, checksum] = SECRET.exec(text) ?? [];
  if (prefix === undefined || random === undefined) return null;
  return checksumOf(`${prefix}_${random}`) === checksum ? prefix : null;
}

/** Compared in a time that tells nothing of where they differ. */
export function isSecretOf(text: string, hash: Buffer): boolean {
  return hash.length === 32 && timingSafeEqual(hashOf(text), hash);
}

/**
 * What is kept of a secret. A slow hash would protect a password, which people choose; 256 random
 * bits cannot be guessed at any speed, so a fast one is as good, and cheap at each request.
 */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function checksumOf(body: string): string {
  let rest = createHash('sha256').update(`checksum of ${body}`).digest().readUInt32BE();
  let text = '';
  for (let place = 0; place < 6; place += 1) {
    text = `${ALPHABET[rest % ALPHABET.length] ?? ''}${text}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

/** Each character as likely as any other: bytes that would favour some are drawn again. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) text += ALPHABET[byte & 63] ?? '';
  }
  return text.slice(0, length);
}
