import {
  configureDemo,
  formatDemoFile,
  isTrustedGateway,
  runsSimulator,
} from './demo-configuration';
import type { DemoConfiguration } from './demo-configuration';
import { generateDemoKeys } from './demo-keys';

const keys = generateDemoKeys();
const others = generateDemoKeys();

function configure(env: Readonly<Record<string, string>> = {}): DemoConfiguration {
  return configureDemo({
    env,
    keys,
    databaseUrl: 'postgresql://postgres:secret@127.0.0.1:15432/countersign',
    apiPort: 4000,
    simulatorPort: 4010,
    sftpPort: 4022,
    booksFile: '/data/simulator/books.json',
    readKeyFile: (path) => {
      if (path === 'missing') throw new Error('ENOENT');
      return `${others.merchantPrivateKey}\n`;
    },
  });
}

describe('a gateway elsewhere', () => {
  const elsewhere = {
    ALIPAY_GATEWAY_URL: 'https://openapi.example/gateway.do',
    ALIPAY_MD5_KEY: others.md5Key,
  };

  test('gets no demo token, no made-up key and no simulator', () => {
    const { api, simulator, demoToken } = configure(elsewhere);

    expect(simulator).toBeNull();
    expect(demoToken).toBeNull();
    expect(api).toMatchObject({ ...elsewhere, ALIPAY_SIGN_TYPE: 'MD5' });
    expect(Object.keys(api)).not.toContain('ALIPAY_PRIVATE_KEY');
    expect(Object.keys(api)).not.toContain('AUTH_DEMO_TOKEN');
    expect(Object.keys(api)).not.toContain('ALIPAY_PARTNER_ID');
  });

  test('is as closed to pages of other origins as it was configured to be', () => {
    expect(Object.keys(configure(elsewhere).api)).not.toContain('CORS_ORIGINS');
    expect(
      configure({ ...elsewhere, CORS_ORIGINS: 'https://till.example', TRUST_PROXY: '1' }).api,
    ).toMatchObject({ CORS_ORIGINS: 'https://till.example', TRUST_PROXY: '1' });
  });

  test('on the loopback address, or listed as trusted, gets the demo token', () => {
    const local = { ...elsewhere, ALIPAY_GATEWAY_URL: 'http://127.0.0.1:9/gateway.do' };
    const listed = { ...elsewhere, ALIPAY_TRUSTED_HOSTS: 'openapi.example' };

    expect(configure(local).demoToken).toBe(keys.demoToken);
    expect(configure(listed).demoToken).toBe(keys.demoToken);
  });

  test('without keys of its own is spoken to with the demo’s, so the simulator runs', () => {
    expect(runsSimulator({ ALIPAY_GATEWAY_URL: 'http://127.0.0.1:9/' })).toBe(true);
    expect(runsSimulator({ ALIPAY_MD5_KEY: 'x' })).toBe(true);
    expect(runsSimulator({ ...elsewhere, ALIPAY_MD5_KEY: ' ' })).toBe(true);
    expect(runsSimulator(elsewhere)).toBe(false);
  });
});

test.each([
  ['http://127.0.0.1:4010/gateway.do', undefined, true],
  ['http://127.1.2.3/', undefined, true],
  ['http://localhost/', undefined, true],
  ['http://[::1]:4010/', undefined, true],
  ['http://127.0.0.1.example.com/', undefined, false],
  ['http://localhost.example.com/', undefined, false],
  ['http://simulator:4010/', 'other, simulator', true],
  ['http://simulator.example.com/', 'simulator', false],
  ['not a URL', 'simulator', false],
])('trusts %s with the list %s: %s', (url, list, isTrusted) => {
  expect(isTrustedGateway(url, list)).toBe(isTrusted);
});

describe('with nothing in the environment', () => {
  const { api, simulator, demoToken } = configure();

  test('the API and the simulator have the halves that belong together', () => {
    expect(api).toMatchObject({
      ALIPAY_PARTNER_ID: simulator?.['SIMULATOR_PARTNER_ID'],
      ALIPAY_MD5_KEY: simulator?.['SIMULATOR_MD5_KEY'],
      ALIPAY_PRIVATE_KEY: keys.merchantPrivateKey,
      ALIPAY_PUBLIC_KEY: keys.gatewayPublicKey,
      ALIPAY_SIGN_TYPE: 'RSA2',
      ALIPAY_GATEWAY_URL: 'http://127.0.0.1:4010/gateway.do',
      PUBLIC_URL: 'http://127.0.0.1:4000',
      CORS_ORIGINS:
        'https://studio.apollographql.com,http://localhost:5173,http://127.0.0.1:5173,http://localhost:3000',
    });
    expect(simulator).toMatchObject({
      SIMULATOR_PRIVATE_KEY: keys.gatewayPrivateKey,
      SIMULATOR_MERCHANT_PUBLIC_KEY: keys.merchantPublicKey,
      SIMULATOR_BOOKS_FILE: '/data/simulator/books.json',
    });
    expect(api['ALIPAY_PARTNER_ID']).toMatch(/^2088\d{12}$/);
  });

  test('the demo’s token lets a person in', () => {
    expect(demoToken).toBe(keys.demoToken);
    expect(api['AUTH_DEMO_TOKEN']).toBe(keys.demoToken);
  });
});

describe('a value in the environment wins', () => {
  test.each([
    ['ALIPAY_SIGN_TYPE', 'MD5'],
    ['PUBLIC_URL', 'https://shop.example'],
    ['AUTH_DEMO_TOKEN', 'mine'],
    ['LOG_LEVEL', 'debug'],
    ['GATEWAY_TIMEOUT_MS', '500'],
    ['ALIPAY_PUBLIC_KEY', others.gatewayPublicKey],
  ])('%s', (name, value) => {
    expect(configure({ [name]: value }).api[name]).toBe(value);
  });

  test.each([
    ['ALIPAY_MD5_KEY', others.md5Key, 'SIMULATOR_MD5_KEY', others.md5Key],
    ['ALIPAY_PARTNER_ID', '2088123412341234', 'SIMULATOR_PARTNER_ID', '2088123412341234'],
    [
      'ALIPAY_PRIVATE_KEY',
      others.merchantPrivateKey,
      'SIMULATOR_MERCHANT_PUBLIC_KEY',
      others.merchantPublicKey,
    ],
  ])('%s, and the simulator is given what belongs to it', (name, value, other, belonging) => {
    const { api, simulator } = configure({ [name]: value });

    expect(api[name]).toBe(value);
    expect(simulator?.[other]).toBe(belonging);
  });

  test.each([
    ['SIMULATOR_MD5_KEY', others.md5Key, 'ALIPAY_MD5_KEY', others.md5Key],
    [
      'SIMULATOR_PRIVATE_KEY',
      others.gatewayPrivateKey,
      'ALIPAY_PUBLIC_KEY',
      others.gatewayPublicKey,
    ],
  ])('%s, and the API is given what belongs to it', (name, value, other, belonging) => {
    const { api, simulator } = configure({ [name]: value });

    expect(simulator?.[name]).toBe(value);
    expect(api[other]).toBe(belonging);
  });

  test('a key from a file is read, and named once', () => {
    const { api, simulator } = configure({ ALIPAY_PRIVATE_KEY_FILE: 'key.pem' });

    expect(api['ALIPAY_PRIVATE_KEY']).toBe(others.merchantPrivateKey);
    expect(Object.keys(api)).not.toContain('ALIPAY_PRIVATE_KEY_FILE');
    expect(simulator?.['SIMULATOR_MERCHANT_PUBLIC_KEY']).toBe(others.merchantPublicKey);
  });

  test('a key file that cannot be read is left for the program to complain about', () => {
    const { api } = configure({ ALIPAY_PRIVATE_KEY_FILE: 'missing' });

    expect(api['ALIPAY_PRIVATE_KEY_FILE']).toBe('missing');
    expect(Object.keys(api)).not.toContain('ALIPAY_PRIVATE_KEY');
  });
});

test.each([
  ['0.0.0.0', 'http://127.0.0.1:4010/gateway.do'],
  ['::', 'http://[::1]:4010/gateway.do'],
  ['192.0.2.7', 'http://192.0.2.7:4010/gateway.do'],
])('listening on %s, the simulator is called at %s and trusted', (host, gatewayUrl) => {
  const { api, demoToken } = configure({ HOST: host });

  expect(api['ALIPAY_GATEWAY_URL']).toBe(gatewayUrl);
  expect(api['HOST']).toBe(host);
  expect(demoToken).toBe(keys.demoToken);
});

describe('demo.env', () => {
  test('holds every key, address and port, each on one line of NAME=value', () => {
    const lines = formatDemoFile(configure()).trimEnd().split('\n');
    const names = lines.map((line) => line.split('=')[0]);

    for (const line of lines) expect(line).toMatch(/^[A-Z][A-Z0-9_]*=\S+$/);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['PORT', 'HOST', 'PUBLIC_URL', 'DATABASE_URL', 'GRAPHQL_URL', 'AUTH_DEMO_TOKEN'],
        ...['ALIPAY_GATEWAY_URL', 'ALIPAY_PARTNER_ID', 'ALIPAY_SIGN_TYPE', 'ALIPAY_MD5_KEY'],
        ...['ALIPAY_PRIVATE_KEY', 'ALIPAY_PUBLIC_KEY', 'SIMULATOR_PORT', 'SIMULATOR_URL'],
        ...['SIMULATOR_PARTNER_ID', 'SIMULATOR_MD5_KEY', 'SIMULATOR_PRIVATE_KEY'],
        ...['SIMULATOR_MERCHANT_PUBLIC_KEY', 'SIMULATOR_BOOKS_FILE', 'SIMULATOR_CONTROL_URL'],
      ]),
    );
  });

  test('puts a key of several lines on one', () => {
    const file = formatDemoFile(configure({ ALIPAY_PUBLIC_KEY: '-----BEGIN\nabc\n-----END' }));

    expect(file).toContain('ALIPAY_PUBLIC_KEY=-----BEGIN\\nabc\\n-----END\n');
  });
});
