import { generateKeyPairSync } from 'node:crypto';
import { ConfigProblems, readConfig, type Environment } from './config';

const MD5_KEY = '0123456789abcdef0123456789abcdef';
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const GOOD = { SIMULATOR_PARTNER_ID: '2088000000000001', SIMULATOR_MD5_KEY: MD5_KEY };

const noFile = (): string => {
  throw Object.assign(new Error('secret path'), { code: 'ENOENT' });
};

function problemsOf(env: Environment, readFile = noFile): readonly string[] {
  try {
    readConfig(env, readFile);
    return [];
  } catch (error) {
    return error instanceof ConfigProblems ? error.problems : [String(error)];
  }
}

test('names every problem at once', () => {
  expect(
    problemsOf({
      SIMULATOR_PARTNER_ID: '2088',
      SIMULATOR_PORT: '70000',
      SIMULATOR_TIME_SCALE: '0',
      SIMULATOR_PUBLIC_URL: 'shop.test',
      SIMULATOR_VARIANTS: 'moon=full',
    }),
  ).toEqual([
    'SIMULATOR_PARTNER_ID must be 16 digits, such as 2088000000000001',
    expect.stringMatching(/^give SIMULATOR_MD5_KEY, or /),
    'SIMULATOR_PORT must be a number from 0 to 65535',
    expect.stringMatching(/^SIMULATOR_TIME_SCALE must be a number greater than 0/),
    'SIMULATOR_PUBLIC_URL must be an http or https URL',
    expect.stringMatching(/^SIMULATOR_VARIANTS: moon is no variant/),
  ]);
});

test.each<[string, Environment, RegExp]>([
  ['half a pair', { SIMULATOR_PRIVATE_KEY: privateKey }, /belong together/],
  [
    'a public key where a private one belongs',
    { SIMULATOR_PRIVATE_KEY: publicKey, SIMULATOR_MERCHANT_PUBLIC_KEY: publicKey },
    /^SIMULATOR_PRIVATE_KEY: /,
  ],
  [
    'a private key where a public one belongs',
    { SIMULATOR_PRIVATE_KEY: privateKey, SIMULATOR_MERCHANT_PUBLIC_KEY: privateKey },
    /^SIMULATOR_MERCHANT_PUBLIC_KEY: /,
  ],
  [
    'a key and its file',
    { SIMULATOR_MD5_KEY_FILE: '/run/secrets/md5' },
    /^SIMULATOR_MD5_KEY and SIMULATOR_MD5_KEY_FILE are both set/,
  ],
  [
    'a file that is not there',
    { SIMULATOR_MD5_KEY: '', SIMULATOR_MD5_KEY_FILE: '/run/secrets/md5' },
    /^SIMULATOR_MD5_KEY_FILE cannot be read \(ENOENT\)$/,
  ],
])('refuses %s, and shows no key', (_what, env, message) => {
  const problems = problemsOf({ ...GOOD, ...env });

  expect(problems).toEqual([expect.stringMatching(message)]);
  const shown = problems.join();
  for (const secret of [MD5_KEY, privateKey.slice(40, 90)]) expect(shown).not.toContain(secret);
});

test('takes keys from variables or files, and defaults for the rest', () => {
  const config = readConfig(
    {
      ...GOOD,
      SIMULATOR_MD5_KEY: '',
      SIMULATOR_MD5_KEY_FILE: '/run/secrets/md5',
      SIMULATOR_PRIVATE_KEY: privateKey,
      SIMULATOR_MERCHANT_PUBLIC_KEY: publicKey,
      SIMULATOR_VARIANTS: 'asyncRefund=held, unknownTrade=TRANS_NOT_FOUND',
    },
    () => `${MD5_KEY}\n`,
  );

  expect(config).toEqual({
    partnerId: '2088000000000001',
    port: 4010,
    host: '127.0.0.1',
    timeScale: 60,
    variants: { asyncRefund: 'held', unknownTrade: 'TRANS_NOT_FOUND' },
    md5Key: MD5_KEY,
    privateKey: privateKey.trim(),
    merchantPublicKey: publicKey.trim(),
  });
});

test('reads everything else', () => {
  const config = readConfig(
    {
      ...GOOD,
      HOST: '0.0.0.0',
      SIMULATOR_PORT: '0',
      SIMULATOR_PUBLIC_URL: 'https://pay.test',
      SIMULATOR_TIME_SCALE: '1',
      SIMULATOR_CONTROL_TOKEN: 'let-me-in',
      SIMULATOR_BOOKS_FILE: '/data/books',
    },
    noFile,
  );

  expect(config).toMatchObject({
    host: '0.0.0.0',
    port: 0,
    publicUrl: 'https://pay.test',
    timeScale: 1,
    controlToken: 'let-me-in',
    booksFile: '/data/books',
  });
});
