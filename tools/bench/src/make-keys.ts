import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { createSigner, type Signer, type SignType } from '@countersign/alipay-protocol';

/** Throw-away keys of both sides, as text for environments. */
export interface Keys {
  readonly signType: SignType;
  /** Alipay's half: signs notifications and answers. */
  readonly alipayPrivate: string;
  /** What the merchant checks Alipay's signatures with. */
  readonly alipayPublic: string;
  readonly merchantPrivate: string;
  readonly alipaySigner: Signer;
}

export function makeKeys(signType: SignType): Keys {
  if (signType === 'MD5') {
    const md5Key = randomBytes(16).toString('hex');
    return {
      signType,
      alipayPrivate: md5Key,
      alipayPublic: md5Key,
      merchantPrivate: md5Key,
      alipaySigner: createSigner({ signType, md5Key }),
    };
  }
  const alipay = makePair();
  return {
    signType,
    alipayPrivate: alipay.privateKey,
    alipayPublic: alipay.publicKey,
    merchantPrivate: makePair().privateKey,
    alipaySigner: createSigner({ signType, privateKey: alipay.privateKey }),
  };
}

function makePair(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
