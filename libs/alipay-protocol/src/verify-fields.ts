import { type KeyObject } from 'node:crypto';

import { type Charset, readableCharset, receivedBytes } from './charset';
import { AlipayProtocolError } from './errors';
import { type Fields, optional } from './fields';
import { invalid, keyBits, type KeyInput, loadKey, loadMd5Key, type Md5KeyInput } from './keys';
import { md5Verifies, RSA_SCHEMES, rsaVerifies, type SignType } from './sign-types';
import { signedText } from './signed-text';

declare const verified: unique symbol;

/** Proof that a signature was checked. Nothing else makes one. */
export type Verified<T> = T & { readonly [verified]: true };

export type VerifierOptions =
  | {
      readonly signType: 'MD5';
      readonly md5Key: Md5KeyInput;
      /** Accepted too, while a key is being replaced. */
      readonly previousMd5Key?: Md5KeyInput | undefined;
    }
  | {
      readonly signType: 'RSA' | 'RSA2';
      readonly publicKey: KeyInput;
      /** Accepted too, while a key is being replaced. */
      readonly previousPublicKey?: KeyInput | undefined;
    };

/** Checks one sign type with one key (and the one before it). A message chooses neither. */
export interface Verifier {
  readonly signType: SignType;
  /** The size of the RSA key; absent for MD5. */
  readonly keyBits?: number;
  readonly verify: (bytes: Uint8Array, signature: string) => boolean;
}

/** Reads the keys once; a wrong one fails here and not at the first payment. */
export function createVerifier(options: VerifierOptions): Verifier {
  switch (options.signType) {
    case 'MD5': {
      const md5Keys = givenOf(options.md5Key, options.previousMd5Key).map(loadMd5Key);
      const verifier: Verifier = {
        signType: options.signType,
        verify: (bytes, signature) => md5Keys.some((key) => md5Verifies(bytes, key, signature)),
      };
      return enclosed(verifier, { md5Keys, publicKeys: [] });
    }
    case 'RSA':
    case 'RSA2': {
      const publicKeys = givenOf(options.publicKey, options.previousPublicKey).map((key) =>
        loadKey(key, { kind: 'public' }),
      );
      const scheme = RSA_SCHEMES[options.signType];
      const verifier: Verifier = {
        signType: options.signType,
        keyBits: Math.min(...publicKeys.map(keyBits)),
        verify: (bytes, signature) =>
          publicKeys.some((key) => rsaVerifies(bytes, key, scheme, signature)),
      };
      return enclosed(verifier, { md5Keys: [], publicKeys });
    }
    default:
      throw invalid('the sign type is none of MD5, RSA, RSA2', 'signType');
  }
}

interface VerifierKeys {
  readonly md5Keys: readonly Buffer[];
  readonly publicKeys: readonly KeyObject[];
}

/** Beside the verifiers, so that printing or serializing one shows no key. */
const keysByVerifier = new WeakMap<Verifier, VerifierKeys>();

function enclosed(verifier: Verifier, keys: VerifierKeys): Verifier {
  keysByVerifier.set(verifier, keys);
  return Object.freeze(verifier);
}

/** The keys behind a verifier, for the explanation of a mismatch alone; not for the outside. */
export function keysOf(verifier: Verifier): VerifierKeys {
  return keysByVerifier.get(verifier) ?? { md5Keys: [], publicKeys: [] };
}

/**
 * The fields, proven to be what the holder of the key signed; or a refusal. The text is taken in
 * `charset`, else in the message's own `_input_charset`, else in UTF-8.
 */
export function verifyFields(
  fields: Readonly<Fields>,
  verifier: Verifier,
  { charset }: { readonly charset?: string | undefined } = {},
): Verified<Fields> {
  assertSignature(fields.sign, fields.sign_type, verifier, {
    texts: [signedText(fields)],
    charset: readableCharset(charset ?? optional(fields, '_input_charset') ?? 'UTF-8'),
  });
  return vouchedFor(fields);
}

interface SignedContent {
  /** What the signature may cover; the first is the rule, the others are known habits of signers. */
  readonly texts: readonly string[];
  readonly charset: Charset;
}

/** Returns which of the texts the signature covers. */
export function assertSignature(
  sign: string | undefined,
  signType: string | undefined,
  verifier: Verifier,
  { texts, charset }: SignedContent,
): number {
  if (sign === undefined || sign.trim() === '') {
    throw new AlipayProtocolError('ALIPAY_SIGNATURE_MISSING', 'the message is not signed', {
      field: 'sign',
    });
  }
  if (signType !== undefined && signType !== verifier.signType) {
    throw mismatch(
      `the message says another sign type than ${verifier.signType}, which is expected`,
      'sign_type',
    );
  }
  const index = texts.findIndex((text) => {
    const bytes = receivedBytes(text, charset);
    return bytes !== undefined && verifier.verify(bytes, sign);
  });
  if (index < 0) {
    throw mismatch(
      `the ${verifier.signType} signature does not belong to this text in ${charset} and this key`,
    );
  }
  return index;
}

/** The one place that says so; nothing is copied, because whoever changes a proven message knows it. */
export function vouchedFor(fields: Readonly<Fields>): Verified<Fields> {
  return fields as Verified<Fields>;
}

function mismatch(message: string, field = 'sign'): AlipayProtocolError {
  return new AlipayProtocolError('ALIPAY_SIGNATURE_MISMATCH', message, { field });
}

function givenOf<Key>(current: Key, previous: Key | undefined): Key[] {
  return previous === undefined ? [current] : [current, previous];
}
