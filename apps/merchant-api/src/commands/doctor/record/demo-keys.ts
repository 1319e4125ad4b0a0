import { generateKeyPairSync, randomBytes } from 'node:crypto';

import {
  createSigner,
  createVerifier,
  type Signer,
  type SignType,
  type Verifier,
} from '@countersign/alipay-protocol';

/** A key that was made for this recording, in the place of the real one. */
export interface DemoKey {
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** What a reader needs to verify with it, by the names that the committed vectors have. */
  readonly shown: { readonly md5Key: string } | { readonly publicKey: string };
}

/** One for each sign type; the private halves end with the recording. */
export function createDemoKeys(): (signType: SignType) => DemoKey {
  const made = new Map<SignType, DemoKey>();
  return (signType) => {
    const key = made.get(signType) ?? makeKey(signType);
    made.set(signType, key);
    return key;
  };
}

function makeKey(signType: SignType): DemoKey {
  if (signType === 'MD5') {
    const md5Key = randomBytes(16).toString('hex');
    return {
      signer: createSigner({ signType, md5Key }),
      verifier: createVerifier({ signType, md5Key }),
      shown: { md5Key },
    };
  }
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: BITS[signType],
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    signer: createSigner({ signType, privateKey }),
    verifier: createVerifier({ signType, publicKey }),
    shown: { publicKey: publicKey.toString('base64') },
  };
}

/** As Alipay's own are. */
const BITS = { RSA: 1_024, RSA2: 2_048 } as const;
