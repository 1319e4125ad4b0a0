import { type Exposure, readExposure } from './exposure';
import { createSettings, type Environment } from './settings';

function read(env: Environment): { exposure: Exposure; problems: readonly string[] } {
  const settings = createSettings(env, () => '');
  const exposure = readExposure(settings);
  return { exposure, problems: settings.problems };
}

test.each([
  '*',
  'null',
  'till.example',
  'https://till.example/',
  'https://till.example/page',
  'https://*.till.example',
  'https://TILL.example',
  'https://till.example:443',
  'file:///c:/till.html',
  'https://user@till.example',
  'https://till.example,*',
])('CORS_ORIGINS=%s is refused: it is no exact origin', (origins) => {
  expect(read({ CORS_ORIGINS: origins }).problems.join()).toContain(
    'CORS_ORIGINS are exact origins',
  );
});

test.each([
  ['-1', 'TRUST_PROXY is a number of proxies'],
  ['11', 'TRUST_PROXY is no whole number from 0 to 10'],
  ['true', 'TRUST_PROXY is a number of proxies'],
  ['proxy.example', 'TRUST_PROXY is a number of proxies'],
  ['10.0.0.0/33', 'TRUST_PROXY is a number of proxies'],
  ['10.0.0.0/8/8', 'TRUST_PROXY is a number of proxies'],
  ['10.0.0.0/', 'TRUST_PROXY is a number of proxies'],
  ['10.0.0.0/8,x', 'TRUST_PROXY is a number of proxies'],
])('TRUST_PROXY=%s is refused', (proxies, problem) => {
  expect(read({ TRUST_PROXY: proxies }).problems.join()).toContain(problem);
});

test.each([
  'RATE_LIMIT_PER_MINUTE',
  'RATE_LIMIT_FAILURES_PER_MINUTE',
  'CONNECTIONS_PER_CALLER',
  'CONNECTIONS_MAX',
])('%s is a whole number above nothing', (name) => {
  for (const value of ['0', '-1', '1.5', 'none', '99999999999']) {
    expect(read({ [name]: value }).problems.join()).toContain(`${name} is no whole number`);
  }
});

test('with nothing said, no page of elsewhere may ask and no proxy is believed', () => {
  const { exposure, problems } = read({});

  expect(problems).toEqual([]);
  expect(exposure).toEqual({
    corsOrigins: [],
    trustedProxies: { hops: 0 },
    limits: {
      requestsPerMinute: 12_000,
      failuresPerMinute: 300,
      connectionsPerCaller: 1_000,
      connectionsMax: 20_000,
    },
  });
});

test('what is said is taken', () => {
  const { exposure, problems } = read({
    CORS_ORIGINS: 'https://till.example, http://localhost:3000',
    TRUST_PROXY: '10.0.0.0/8, fd00::/8, 192.0.2.7',
    RATE_LIMIT_PER_MINUTE: '60',
  });

  expect(problems).toEqual([]);
  expect(exposure.corsOrigins).toEqual(['https://till.example', 'http://localhost:3000']);
  expect(exposure.limits.requestsPerMinute).toBe(60);
  const { trustedProxies } = exposure;
  const trusts = (address: string, family: 'ipv4' | 'ipv6' = 'ipv4'): boolean =>
    'networks' in trustedProxies && trustedProxies.networks.check(address, family);
  expect([trusts('10.1.2.3'), trusts('192.0.2.7'), trusts('fd12::1', 'ipv6')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([trusts('11.1.2.3'), trusts('192.0.2.8'), trusts('fe80::1', 'ipv6')]).toEqual([
    false,
    false,
    false,
  ]);
});
