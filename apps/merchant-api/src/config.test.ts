import { generateKeyPairSync } from 'node:crypto';

import { type Config, readConfig } from './config';

const MD5_KEY = 'a'.repeat(32);

const DEMO = {
  DATABASE_URL: 'postgres://countersign@127.0.0.1:5432/countersign',
  ALIPAY_GATEWAY_URL: 'http://localhost:4010/gateway.do',
  ALIPAY_PARTNER_ID: '2088000000000001',
  ALIPAY_SIGN_TYPE: 'MD5',
  ALIPAY_MD5_KEY: MD5_KEY,
  AUTH_DEMO_TOKEN: 'demo-token',
};

function problemsOf(
  env: Readonly<Record<string, string | undefined>>,
  readFile?: (path: string) => string,
): string {
  try {
    readConfig(env, readFile);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

function rsaKeys(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

test('an empty environment is told everything that is missing, in one message', () => {
  expect(problemsOf({})).toBe(
    'Cannot start: DATABASE_URL is missing; ALIPAY_PARTNER_ID is missing; ALIPAY_GATEWAY_URL is missing; ' +
      'ALIPAY_SIGN_TYPE is missing.',
  );
});

test.each([
  ['DATABASE_URL', 'mysql://x/y', 'DATABASE_URL must begin with postgres:// or postgresql://'],
  ['ALIPAY_GATEWAY_URL', 'nope', 'ALIPAY_GATEWAY_URL is no URL'],
  ['ALIPAY_PARTNER_ID', '2088', 'ALIPAY_PARTNER_ID is no partner id'],
  ['ALIPAY_SIGN_TYPE', 'SHA1', 'ALIPAY_SIGN_TYPE is none of MD5, RSA, RSA2'],
  ['ALIPAY_NOTIFY_SIGN_TYPE', 'md5', 'ALIPAY_NOTIFY_SIGN_TYPE is none of MD5, RSA, RSA2'],
  ['ALIPAY_SIGN_TYPE_BY_SERVICE', 'modify:MD5', 'ALIPAY_SIGN_TYPE_BY_SERVICE is not of the form'],
  [
    'ALIPAY_SIGN_TYPE_BY_SERVICE',
    'alipay.commerce.qrcode.modfy=MD5',
    'ALIPAY_SIGN_TYPE_BY_SERVICE names alipay.commerce.qrcode.modfy, which is none of alipay.acquire.cancel, ',
  ],
  [
    'ALIPAY_SIGN_TYPE_BY_SERVICE',
    'Alipay.Acquire.Cancel=MD5',
    'ALIPAY_SIGN_TYPE_BY_SERVICE names Alipay.Acquire.Cancel, which is none of',
  ],
  ['ALIPAY_SIGN_TYPE_BY_SERVICE', ',', 'ALIPAY_SIGN_TYPE_BY_SERVICE holds nothing but commas'],
  ['ALIPAY_SELLER_IDS', ',', 'ALIPAY_SELLER_IDS holds nothing but commas'],
  ['ALIPAY_SELLER_IDS', ' , ,', 'ALIPAY_SELLER_IDS holds nothing but commas'],
  ['ALIPAY_MD5_KEY', 'short', 'ALIPAY_MD5_KEY cannot be used'],
  ['ALIPAY_PREVIOUS_MD5_KEY', 'short', 'ALIPAY_PREVIOUS_MD5_KEY cannot be used'],
  ['PORT', '4o00', 'PORT is no whole number from 0 to 65535'],
  ['PUBLIC_URL', 'shop.example', 'PUBLIC_URL is no URL'],
  ['PUBLIC_URL', 'https://shop.example/?a=1', 'PUBLIC_URL has a query or fragment'],
  ['GATEWAY_TIMEOUT_MS', '0', 'GATEWAY_TIMEOUT_MS is no whole number'],
  ['DRAIN_MS', '5s', 'DRAIN_MS is no whole number from 0 to 600000'],
  ['DATABASE_REPLICA_URLS', 'postgres://a/b,mysql://c/d', 'DATABASE_REPLICA_URLS are addresses'],
  ['REDIS_URL', 'http://cache', 'REDIS_URL must begin with redis:// or rediss://'],
  ['ROLE', 'boss', 'ROLE is none of all, api, worker'],
  ['ROLE', 'worker', 'PUBLIC_URL is missing'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL is none of'],
  ['AUTH_DEMO_TOKEN', 'two words', 'AUTH_DEMO_TOKEN holds blanks'],
  ['AUTH_JWKS_URL', 'https://id.example/jwks', 'AUTH_ISSUER is missing; AUTH_AUDIENCE is missing'],
  ['AUTH_AUDIENCE', 'countersign', 'AUTH_JWKS_URL is missing; AUTH_ISSUER is missing'],
  ['AUTH_JWKS_URL', 'http://id.example/jwks', 'AUTH_JWKS_URL must begin with https'],
  ['AUTH_ROLE_CLAIM', 'groups', 'AUTH_ROLE_CLAIM is set, but AUTH_JWKS_URL is not'],
])('%s=%s: %s', (name, value, problem) => {
  expect(problemsOf({ ...DEMO, [name]: value })).toContain(problem);
});

const PROVIDER = {
  AUTH_JWKS_URL: 'https://id.example/jwks',
  AUTH_ISSUER: 'https://id.example/',
  AUTH_AUDIENCE: 'countersign',
};

test('an identity provider takes three settings, and the others have values that are safe', () => {
  const { AUTH_DEMO_TOKEN: _, ...real } = DEMO;
  const url = 'https://intlmapi.alipay.com/gateway.do';

  expect(readConfig({ ...real, ...PROVIDER, ALIPAY_GATEWAY_URL: url })).toMatchObject({
    demoToken: '',
    identityProvider: {
      jwksUrl: 'https://id.example/jwks',
      issuer: 'https://id.example/',
      audiences: ['countersign'],
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      claims: { role: 'role', stores: 'stores', refundLimit: 'refund_limit' },
    },
  });
});

test('an audience of commas alone is refused: no token could be for it', () => {
  expect(problemsOf({ ...DEMO, ...PROVIDER, AUTH_AUDIENCE: ',' })).toContain(
    'AUTH_AUDIENCE holds nothing but commas',
  );
});

test.each(['HS256', 'none', 'RS256,HS512', 'rs256', ','])(
  'AUTH_ALGORITHMS=%s is refused: whoever can check such a token could make one',
  (algorithms) => {
    expect(problemsOf({ ...DEMO, ...PROVIDER, AUTH_ALGORITHMS: algorithms })).toContain(
      'AUTH_ALGORITHMS are some of RS256',
    );
  },
);

test('no key stands in the message, whatever is wrong with it', () => {
  const { privateKey, publicKey } = rsaKeys();

  const message = problemsOf({
    ...DEMO,
    ALIPAY_SIGN_TYPE: 'RSA2',
    ALIPAY_PRIVATE_KEY: publicKey,
    ALIPAY_PUBLIC_KEY: privateKey,
  });

  expect(message).toContain('ALIPAY_PRIVATE_KEY cannot be used');
  expect(message).toContain('ALIPAY_PUBLIC_KEY cannot be used');
  expect(message).not.toMatch(/BEGIN|MII/);
});

test('a file that holds a key is told by the name of its setting when it cannot be read', () => {
  const { ALIPAY_MD5_KEY: _, ...rest } = DEMO;

  const message = problemsOf({ ...rest, ALIPAY_MD5_KEY_FILE: '/run/secrets/none' }, () => {
    throw new Error('ENOENT');
  });

  expect(message).toContain('the file that ALIPAY_MD5_KEY_FILE names cannot be read');
});

test('a key and its file together are refused: nobody could tell which one counts', () => {
  expect(problemsOf({ ...DEMO, ALIPAY_MD5_KEY_FILE: '/k' }, () => MD5_KEY)).toContain(
    'ALIPAY_MD5_KEY and ALIPAY_MD5_KEY_FILE are both set',
  );
});

test('the demo’s token opens nothing at a gateway that is neither here nor trusted', () => {
  const message = problemsOf({
    ...DEMO,
    ALIPAY_GATEWAY_URL: 'https://intlmapi.alipay.com/gateway.do',
  });

  expect(message).toContain('AUTH_DEMO_TOKEN is for the demo only');
});

test('the same holds for the second address of the gateway', () => {
  const message = problemsOf({
    ...DEMO,
    ALIPAY_GATEWAY_BACKUP_URL: 'https://intlmapi.alipay.com/gateway.do',
  });

  expect(message).toContain('the host of ALIPAY_GATEWAY_BACKUP_URL is neither');
});

test.each(['http://gateway.example/gateway.do', 'http://127.0.0.1.example/', 'http://10.0.0.1/'])(
  'https is required of %s',
  (url) => {
    expect(problemsOf({ ...DEMO, ALIPAY_GATEWAY_URL: url })).toContain(
      'ALIPAY_GATEWAY_URL must begin with https',
    );
  },
);

test.each([
  ['http://127.0.0.1:4010/gateway.do', undefined],
  ['http://[::1]:4010/gateway.do', undefined],
  ['http://simulator:4010/gateway.do', 'simulator'],
  ['http://simulator:4010/gateway.do', 'other, simulator:4010'],
])('the demo runs at %s with ALIPAY_TRUSTED_HOSTS=%s', (url, trusted) => {
  const env = { ...DEMO, ALIPAY_GATEWAY_URL: url, ALIPAY_TRUSTED_HOSTS: trusted };

  expect(readConfig(env).gateway.url).toBe(url);
});

test('what is left out has a value that is safe', () => {
  const config: Config = readConfig(DEMO);

  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    publicUrl: undefined,
    role: 'all',
    logLevel: 'info',
    gateway: { sellerIds: ['2088000000000001'], timeoutMs: 10_000, notifySignType: undefined },
  });
});

test('notifications may be signed otherwise than calls, and single services too', () => {
  const { privateKey, publicKey } = rsaKeys();

  const { gateway } = readConfig({
    ...DEMO,
    ALIPAY_SIGN_TYPE: 'RSA2',
    ALIPAY_PRIVATE_KEY: privateKey,
    ALIPAY_PUBLIC_KEY: publicKey,
    ALIPAY_NOTIFY_SIGN_TYPE: 'MD5',
    ALIPAY_SIGN_TYPE_BY_SERVICE:
      'alipay.commerce.qrcode.modify=MD5, alipay.commerce.qrcode.create=RSA',
    ALIPAY_SELLER_IDS: '2088000000000001,2088000000000002',
  });

  expect(gateway.keys.signer.signType).toBe('RSA2');
  expect(gateway.notifyVerifier.signType).toBe('MD5');
  expect(gateway.keysByService['alipay.commerce.qrcode.modify']?.signer.signType).toBe('MD5');
  expect(gateway.keysByService['alipay.commerce.qrcode.create']?.verifier.signType).toBe('RSA');
  expect(gateway.sellerIds).toEqual(['2088000000000001', '2088000000000002']);
});

test('keys come from files, with the line break that editors leave', () => {
  const { ALIPAY_MD5_KEY: _, ...rest } = DEMO;

  const { gateway } = readConfig(
    { ...rest, ALIPAY_MD5_KEY_FILE: '/run/secrets/md5' },
    () => `${MD5_KEY}\n`,
  );

  expect(gateway.keys.signer.signType).toBe('MD5');
});

test('while a key is being replaced, what either key has signed is accepted', () => {
  const before = 'b'.repeat(32);
  const { gateway } = readConfig({ ...DEMO, ALIPAY_PREVIOUS_MD5_KEY: before });
  const signerOfBefore = readConfig({ ...DEMO, ALIPAY_MD5_KEY: before }).gateway.keys.signer;
  const bytes = Buffer.from('a=1');

  expect(gateway.notifyVerifier.verify(bytes, signerOfBefore.sign(bytes))).toBe(true);
  expect(gateway.notifyVerifier.verify(bytes, gateway.keys.signer.sign(bytes))).toBe(true);
  expect(gateway.notifyVerifier.verify(bytes, 'f'.repeat(32))).toBe(false);
});
