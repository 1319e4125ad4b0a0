import { createPublicKey } from 'node:crypto';

import { type Charset, encodeText, writableCharset } from './charset';
import { type Fields, optional } from './fields';
import { invalid, keyBits, type KeyInput, loadKey, loadMd5Key, type Md5KeyInput } from './keys';
import { md5Signature, RSA_SCHEMES, rsaSignature, rsaVerifies, type SignType } from './sign-types';
import { signedText } from './signed-text';

export type SignerOptions =
  | {
      readonly signType: 'MD5';
      readonly md5Key: Md5KeyInput;
      readonly charset?: Charset | undefined;
    }
  | {
      readonly signType: 'RSA' | 'RSA2';
      readonly privateKey: KeyInput;
      readonly charset?: Charset | undefined;
    };

/** Signs with one key and one sign type. The key is enclosed: printing a signer shows none. */
export interface Signer {
  readonly signType: SignType;
  /** What text is turned into bytes by where the message itself names no charset. */
  readonly charset: Charset;
  /** The size of the RSA key; absent for MD5. */
  readonly keyBits?: number;
  readonly sign: (bytes: Uint8Array) => string;
}

/** Reads the key once and tries it; a wrong one fails here and not at the first payment. */
export function createSigner(options: SignerOptions): Signer {
  const charset = writableCharset(options.charset ?? 'UTF-8');
  switch (options.signType) {
    case 'MD5': {
      const key = loadMd5Key(options.md5Key);
      return Object.freeze({
        signType: options.signType,
        charset,
        sign: (bytes: Uint8Array) => md5Signature(bytes, key),
      });
    }
    case 'RSA':
    case 'RSA2': {
      const key = loadKey(options.privateKey, { kind: 'private' });
      const scheme = RSA_SCHEMES[options.signType];
      const sign = (bytes: Uint8Array): string => rsaSignature(bytes, key, scheme);
      assertWorks(() => rsaVerifies(PROBE, createPublicKey(key), scheme, sign(PROBE)));
      return Object.freeze({ signType: options.signType, charset, keyBits: keyBits(key), sign });
    }
    default:
      throw invalid('the sign type is none of MD5, RSA, RSA2', 'signType');
  }
}

/** The fields with `sign_type` and `sign`; signatures that stood there before are replaced. */
export function signFields(fields: Readonly<Fields>, signer: Signer): Fields {
  const charset = writableCharset(optional(fields, '_input_charset') ?? signer.charset);
  return signFieldsIn(charset, fields, signer);
}

/** The same in a charset that the message is told apart from its fields. */
export function signFieldsIn(charset: Charset, fields: Readonly<Fields>, signer: Signer): Fields {
  const sign = signer.sign(encodeText(signedText(fields), charset));
  return { ...fields, sign_type: signer.signType, sign };
}

const PROBE = Buffer.from('countersign');

function assertWorks(probe: () => boolean): void {
  let works = false;
  try {
    works = probe();
  } catch {
    // A key whose parts do not fit together fails inside OpenSSL; the words below say it better.
  }
  if (!works)
    throw invalid('the private key does not sign: its parts do not fit together', 'privateKey');
}
