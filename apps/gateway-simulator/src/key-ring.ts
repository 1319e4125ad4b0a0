import {
  createSigner,
  createVerifier,
  type loadKey,
  type Charset,
  type Signer,
  type Verifier,
} from '@countersign/alipay-protocol';
import type { SignTypeName } from './books/records';

/** Text in any spelling, bytes, or a key that is read already. */
export type KeyGiven = Parameters<typeof loadKey>[0];

export interface Keys {
  readonly md5Key?: string;
  /** Signs what the gateway says. */
  readonly privateKey?: KeyGiven;
  /** Checks what the merchant says. */
  readonly merchantPublicKey?: KeyGiven;
}

/** The gateway's keys of all sign types, read once; a wrong one is refused here and nowhere later. */
export interface KeyRing {
  readonly missingFor: (
    signType: SignTypeName,
  ) => 'ILLEGAL_SECURITY_PROFILE' | 'HAS_NO_PUBLICKEY' | null;
  readonly canSign: (signType: SignTypeName) => boolean;
  readonly verifier: (signType: SignTypeName) => Verifier;
  readonly signer: (signType: SignTypeName, charset: Charset) => Signer;
}

export function createKeyRing({ md5Key, privateKey, merchantPublicKey }: Keys): KeyRing {
  const verifiers = new Map<SignTypeName, Verifier>();
  const signers = new Map<string, Signer>();
  for (const charset of ['UTF-8', 'GBK'] as const) {
    if (md5Key !== undefined) {
      verifiers.set('MD5', createVerifier({ signType: 'MD5', md5Key }));
      signers.set(`MD5 ${charset}`, createSigner({ signType: 'MD5', md5Key, charset }));
    }
    for (const signType of ['RSA', 'RSA2'] as const) {
      if (merchantPublicKey !== undefined) {
        verifiers.set(signType, createVerifier({ signType, publicKey: merchantPublicKey }));
      }
      if (privateKey !== undefined) {
        signers.set(`${signType} ${charset}`, createSigner({ signType, privateKey, charset }));
      }
    }
  }

  return {
    missingFor: (signType) => {
      if (!signers.has(`${signType} UTF-8`)) return 'ILLEGAL_SECURITY_PROFILE';
      return verifiers.has(signType) ? null : 'HAS_NO_PUBLICKEY';
    },
    canSign: (signType) => signers.has(`${signType} UTF-8`),
    verifier: (signType) => found(verifiers.get(signType), signType),
    signer: (signType, charset) => found(signers.get(`${signType} ${charset}`), signType),
  };
}

function found<T>(key: T | undefined, signType: string): T {
  if (key === undefined) throw new Error(`The simulator has no keys for ${signType}.`);
  return key;
}
