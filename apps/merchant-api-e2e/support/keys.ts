import { generateKeyPairSync } from 'node:crypto';

import type { SignType } from '@countersign/alipay-protocol';

const merchant = newKeyPair();
const gateway = newKeyPair();
const MD5_KEY = '0123456789abcdef0123456789abcdef';

export const PARTNER_ID = '2088000000000001';
export const TOKEN = 'a-token-for-journeys';

/** What the gateway knows of itself and of the merchant. */
export const GATEWAY_KEYS = {
  md5Key: MD5_KEY,
  privateKey: gateway.privateKey,
  merchantPublicKey: merchant.publicKey,
};

/** The other halves: the merchant's own key, and the gateway's public one. */
export const MERCHANT_KEYS = {
  privateKey: merchant.privateKey,
  alipayPublicKey: gateway.publicKey,
};

/** What of these keys must not be seen anywhere: the lines that no other key has. */
export const KEY_MATERIAL: readonly string[] = [
  MD5_KEY,
  ...[merchant, gateway].flatMap(({ privateKey }) =>
    privateKey.split('\n').filter((line) => line.length === 64),
  ),
];

/** The API's configuration for one sign type; the other types' keys are left out. */
export function merchantEnvironment(signType: SignType): Record<string, string> {
  const who = {
    ALIPAY_SIGN_TYPE: signType,
    ALIPAY_PARTNER_ID: PARTNER_ID,
    // A test asks faster than any till.
    RATE_LIMIT_PER_MINUTE: '1000000',
  };
  return signType === 'MD5'
    ? { ...who, ALIPAY_MD5_KEY: MD5_KEY }
    : {
        ...who,
        ALIPAY_PRIVATE_KEY: merchant.privateKey,
        ALIPAY_PUBLIC_KEY: gateway.publicKey,
      };
}

/** Of the length of Alipay's own key, the shortest that is taken, and quickly made. */
export function newKeyPair(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
