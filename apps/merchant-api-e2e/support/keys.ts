import { generateKeyPairSync } from 'node:crypto';

import type { SignType } from '@countersign/alipay-protocol';

const PEM = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const merchant = generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM });
const gateway = generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM });
const MD5_KEY = '0123456789abcdef0123456789abcdef';

export const PARTNER_ID = '2088000000000001';
export const TOKEN = 'a-token-for-journeys';

/** What the gateway knows of itself and of the merchant. */
export const GATEWAY_KEYS = {
  md5Key: MD5_KEY,
  privateKey: gateway.privateKey,
  merchantPublicKey: merchant.publicKey,
};

/** What signs as the gateway does, for messages that a test writes itself. */
export const GATEWAY_PRIVATE_KEY = gateway.privateKey;

/** A private key of somebody else. */
export function strangersPrivateKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM }).privateKey;
}

/** The API's configuration for one sign type; the other types' keys are left out. */
export function merchantEnvironment(signType: SignType): Record<string, string> {
  const keys =
    signType === 'MD5'
      ? { ALIPAY_MD5_KEY: MD5_KEY }
      : { ALIPAY_PRIVATE_KEY: merchant.privateKey, ALIPAY_PUBLIC_KEY: gateway.publicKey };
  return { ALIPAY_SIGN_TYPE: signType, ALIPAY_PARTNER_ID: PARTNER_ID, ...keys };
}
