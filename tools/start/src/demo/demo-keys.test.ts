import { createPrivateKey, createPublicKey } from 'node:crypto';
import { generateDemoKeys, parseDemoKeys } from './demo-keys';
import { publicHalf } from './public-half';

const keys = generateDemoKeys();

test('every key stands on one line', () => {
  for (const key of Object.values(keys)) expect(key).toMatch(/^\S+$/);
});

test('the MD5 key has 32 letters and digits', () => {
  expect(keys.md5Key).toMatch(/^[a-z0-9]{32}$/);
});

test('the RSA pairs are two, each of 2048 bits, and belong together', () => {
  const der = Buffer.from(keys.gatewayPrivateKey, 'base64');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });

  expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(publicHalf(keys.gatewayPrivateKey)).toBe(keys.gatewayPublicKey);
  expect(publicHalf(keys.merchantPrivateKey)).toBe(keys.merchantPublicKey);
  expect(keys.merchantPublicKey).not.toBe(keys.gatewayPublicKey);
});

test.each(['pkcs1', 'pkcs8'] as const)('finds the public half of a key in PEM, %s', (type) => {
  const der = Buffer.from(keys.merchantPrivateKey, 'base64');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const pem = privateKey.export({ format: 'pem', type }).toString();
  const expected = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });

  expect(publicHalf(pem)).toBe(expected.toString('base64'));
  expect(publicHalf(pem.replaceAll('\n', '\\n'))).toBe(expected.toString('base64'));
});

test('has no public half for what is no private key', () => {
  expect(publicHalf('rubbish')).toBeNull();
  expect(publicHalf(keys.merchantPublicKey)).toBeNull();
});

test.each(['', '{', '[]', '{"md5Key":"a"}', JSON.stringify({ ...keys, demoToken: 7 })])(
  'does not take %s for kept keys',
  (text) => {
    expect(parseDemoKeys(text)).toBeNull();
  },
);

test('reads back what it keeps', () => {
  expect(parseDemoKeys(JSON.stringify(keys))).toEqual(keys);
});
