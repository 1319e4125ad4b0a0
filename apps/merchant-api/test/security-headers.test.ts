import { startStack, type Stack, TOKEN } from './support/stack';
import { openCounter, paymentFields, post } from './support/shop';
import { encodeNotification } from '@countersign/alipay-protocol';
import { signer } from './support/gateway';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ CORS_ORIGINS: 'https://till.example' });
}, 60_000);
afterAll(() => stack.close());

const authorization = `Bearer ${TOKEN}`;
const DATA_POLICY =
  "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none';sandbox";

const asked: [string, string, RequestInit][] = [
  ['alive', '/livez', {}],
  ['ready', '/readyz', {}],
  ['metrics', '/metrics', {}],
  ['nothing there', '/nowhere', {}],
  ['the way to GraphQL', '/', { redirect: 'manual' }],
  ['no token', '/graphql', { method: 'POST' }],
  [
    'an answer',
    '/graphql',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: '{"query":"{ viewer { role } }"}',
    },
  ],
  ['an export', '/exports/transactions.csv', { headers: { authorization } }],
  ['an export of nobody', '/exports/transactions.csv', {}],
  ['a statement', '/statements/x.txt', { method: 'POST', headers: { authorization }, body: 'x' }],
  ['a stream', '/graphql/stream?query=%7Bviewer%7Brole%7D%7D', { headers: { authorization } }],
  ['a refused notification', '/alipay/notifications', { method: 'POST', body: 'a=1' }],
  [
    'a preflight',
    '/graphql',
    {
      method: 'OPTIONS',
      headers: { origin: 'https://till.example', 'access-control-request-method': 'POST' },
    },
  ],
];

test.each(asked)('%s says what no browser may do with it', async (_, path, init) => {
  const { headers } = await fetch(`${stack.api.url}${path}`, init);

  expect(Object.fromEntries(headers)).toMatchObject({
    'content-security-policy': DATA_POLICY,
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
  });
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('server')).toBeNull();
});

test('success for a notification says so, too', async () => {
  const counter = await openCounter(stack);
  const { body, contentType } = encodeNotification(paymentFields(), signer);

  const { headers, status } = await fetch(counter.notifyUrl, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: new Uint8Array(body),
  });

  expect(status).toBe(200);
  expect(headers.get('content-security-policy')).toBe(DATA_POLICY);
  expect(await post(counter.notifyUrl, paymentFields())).toMatchObject({ text: 'success' });
});

test('the page has a policy of its own: scripts by nonce, anew each time, and no frame around it', async () => {
  const page = async () => {
    const { headers } = await fetch(stack.api.graphqlUrl, { headers: { accept: 'text/html' } });
    expect(headers.get('x-frame-options')).toBe('DENY');
    return headers.get('content-security-policy') ?? '';
  };

  const [first, second] = [await page(), await page()];

  expect(first).toMatch(/script-src 'nonce-[\w-]{22}'/);
  expect(first).not.toMatch(/script-src[^;]*unsafe/);
  expect(first).toContain("default-src 'none'");
  expect(first).toContain("frame-ancestors 'none'");
  expect(first).not.toBe(second);
});

describe('HSTS', () => {
  test('is not said where the API is reached by http', async () => {
    const { headers } = await fetch(stack.api.url);

    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('is said where the public address is https, for that name alone', async () => {
    const secure = await startStack({ PUBLIC_URL: 'https://pay.example' });
    const { headers } = await fetch(`${secure.api.url}/nowhere`);
    await secure.close();

    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  }, 60_000);
});
