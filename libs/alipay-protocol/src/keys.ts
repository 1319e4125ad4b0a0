import { createHash, createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';

import { AlipayProtocolError } from './errors';
import { revealed, type Secret } from './secret';

export type KeyKind = 'private' | 'public';

/** A key in whatever spelling it was handed over. */
export type KeyInput = string | Uint8Array | KeyObject | Secret;

/** The shared secret of `sign_type=MD5`. */
export type Md5KeyInput = string | Uint8Array | Secret;

/**
 * One RSA key from any spelling: PEM, bare Base64 of one line or many, DER; PKCS#1, PKCS#8 or
 * SubjectPublicKeyInfo (PROTOCOL.md §3.3). Refuses what is of the other kind, too weak or no key,
 * and never repeats any of it.
 */
export function loadKey(input: KeyInput, { kind }: { readonly kind: KeyKind }): KeyObject {
  const key = revealed(input);
  const found = key instanceof KeyObject ? key : parseKey(key, kind);
  const field = FIELDS[kind];
  if (found.type === 'secret') {
    throw invalid(`a secret key stands where a ${kind} key belongs`, field);
  }
  if (found.type !== kind) {
    throw invalid(`a ${found.type} key stands where a ${kind} key belongs`, field);
  }
  assertRsa(found, kind);
  return found;
}

/** Names a key without revealing it: SHA-256 over its public half. Every spelling gives the same. */
export function keyFingerprint(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(der).digest('hex');
}

/** The size of an RSA key. Alipay's own for `RSA` has 1024 bits; under 2048 is worth a warning. */
export function keyBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

/** The MD5 secret, freed from the blanks of a file or a form. */
export function loadMd5Key(key: Md5KeyInput): Buffer {
  const text = textOf(revealed(key), 'md5Key').trim();
  if (text === '') throw invalid('the MD5 key is empty', 'md5Key');
  if (text.includes('-----BEGIN') || (text.length > 64 && /^[A-Za-z0-9+/=\s]+$/.test(text))) {
    throw invalid('an RSA key stands where the MD5 key belongs', 'md5Key');
  }
  if (!/^[\x21-\x7e]+$/.test(text))
    throw invalid('the MD5 key holds blanks or characters beyond ASCII', 'md5Key');
  if (text.length < md5KeyLengthMin) {
    throw invalid(`the MD5 key has ${text.length} characters; Alipay's have 32`, 'md5Key');
  }
  return Buffer.from(text, 'latin1');
}

/** `field`: the option that the key was given as. */
export function invalid(message: string, field: string): AlipayProtocolError {
  return new AlipayProtocolError('ALIPAY_KEY_INVALID', message, { field });
}

const FIELDS = { private: 'privateKey', public: 'publicKey' } as const;

const bitsMin = 1024;
const md5KeyLengthMin = 16;
const keyBytesMax = 32 * 1024;

function assertRsa(key: KeyObject, kind: KeyKind): void {
  if (key.asymmetricKeyType !== 'rsa') {
    throw invalid(
      `a ${kind} key of type ${key.asymmetricKeyType ?? 'unknown'} stands where an RSA key belongs`,
      FIELDS[kind],
    );
  }
  const bits = keyBits(key);
  if (bits < bitsMin)
    throw invalid(`the ${kind} key has ${bits} bits; at least ${bitsMin} are needed`, FIELDS[kind]);
  // With the exponent 1 every message would be its own signature.
  if ((key.asymmetricKeyDetails?.publicExponent ?? 0n) < 3n) {
    throw invalid(`the ${kind} key has a public exponent under 3`, FIELDS[kind]);
  }
}

function parseKey(key: string | Uint8Array, kind: KeyKind): KeyObject {
  if (typeof key !== 'string' && !((key as unknown) instanceof Uint8Array)) {
    throw invalid(`no ${kind} key was given`, FIELDS[kind]);
  }
  if (key.length > keyBytesMax) throw invalid(`${key.length} bytes are no key`, FIELDS[kind]);
  const der = derOf(key, kind);
  for (const parse of PARSERS) {
    const found = parse(der);
    if (found !== undefined) return found;
  }
  throw invalid(`what was given as the ${kind} key is no key that can be read`, FIELDS[kind]);
}

function derOf(key: string | Uint8Array, kind: KeyKind): Buffer {
  if (typeof key !== 'string' && key[0] === DER_SEQUENCE) return Buffer.from(key);
  // A line break in an environment variable often arrives as the two characters \n.
  const text = textOf(key, FIELDS[kind])
    .replace(/\\r|\\n/g, '\n')
    .replace(/^[\s"']+|[\s"']+$/g, '');
  if (text === '') throw invalid(`the ${kind} key is empty`, FIELDS[kind]);
  const base64 = text.includes('-----') ? bodyOfPem(text, kind) : text;
  const compact = base64.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw invalid(`what was given as the ${kind} key is neither PEM nor Base64`, FIELDS[kind]);
  }
  return Buffer.from(compact, 'base64');
}

function bodyOfPem(text: string, kind: KeyKind): string {
  const [, label = '', body = '', rest = ''] =
    /^-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----([^]*)$/.exec(text) ?? [];
  if (label === '')
    throw invalid(`the PEM of the ${kind} key is cut off or malformed`, FIELDS[kind]);
  if (rest.trim() !== '')
    throw invalid(`more than one PEM block stands where one ${kind} key belongs`, FIELDS[kind]);
  if (label.includes('ENCRYPTED') || body.includes('ENCRYPTED')) {
    throw invalid(`the ${kind} key is encrypted; give it without a passphrase`, FIELDS[kind]);
  }
  if (!label.endsWith('KEY'))
    throw invalid(`a ${label.slice(0, 32)} stands where the ${kind} key belongs`, FIELDS[kind]);
  return body;
}

function textOf(key: unknown, field: string): string {
  if (typeof key !== 'string' && !(key instanceof Uint8Array))
    throw invalid('no key was given', field);
  const text = typeof key === 'string' ? key : Buffer.from(key).toString('utf8');
  return text.replace(/^\uFEFF/, '');
}

const DER_SEQUENCE = 0x30;

const PARSERS: readonly ((der: Buffer) => KeyObject | undefined)[] = [
  attempt((key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' })),
  attempt((key) => createPrivateKey({ key, format: 'der', type: 'pkcs1' })),
  attempt((key) => createPublicKey({ key, format: 'der', type: 'spki' })),
  attempt((key) => createPublicKey({ key, format: 'der', type: 'pkcs1' })),
];

/** OpenSSL's own complaint is dropped: it speaks of encodings, and one of four always complains. */
function attempt(parse: (der: Buffer) => KeyObject): (der: Buffer) => KeyObject | undefined {
  return (der) => {
    try {
      return parse(der);
    } catch {
      return undefined;
    }
  };
}
