import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
} from 'node:crypto';

/**
 * An RSA key pair that nothing else holds. A key as it was generated shares a lock with the job that made it: Node 20
 * stands still for ever where that is collected just while the key is asked for its size.
 */
export function newKeyPair(modulusLength: number): KeyPairKeyObjectResult {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKey: createPrivateKey(privateKey), publicKey: createPublicKey(publicKey) };
}
