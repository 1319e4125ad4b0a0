import { openRawSocket } from './support/raw-http';
import { startStack, type Stack, TOKEN } from './support/stack';

const LISTED = 'https://till.example';
const authorization = `Bearer ${TOKEN}`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    CORS_ORIGINS: `${LISTED}, http://localhost:3000`,
    PUBLIC_URL: 'https://pay.example/countersign',
  });
}, 60_000);
afterAll(() => stack.close());

const STRANGERS = [
  'https://evil.example',
  'http://till.example',
  'https://till.example.evil.example',
  'https://sub.till.example',
  'https://till.example:8443',
  'https://TILL.example',
  'null',
  'https://studio.apollographql.com',
];
const PATHS = ['/graphql', '/graphql/stream', '/exports/transactions.csv', '/statements/x.txt'];

function preflight(path: string, origin: string, method = 'POST'): Promise<Response> {
  return fetch(`${stack.api.url}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

function ask(path: string, origin: string): Promise<Response> {
  return fetch(`${stack.api.url}${path}`, {
    method: 'POST',
    headers: { origin, authorization, 'content-type': 'application/json' },
    body: '{"query":"{ viewer { role } }"}',
  });
}

describe('a page of an origin that is not listed', () => {
  test.each(STRANGERS)('%s may not ask, and is not told what would be allowed', async (origin) => {
    const asked = await preflight('/graphql', origin);
    const answered = await ask('/graphql', origin);

    expect(asked.status).toBe(403);
    for (const { headers } of [asked, answered]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test.each(STRANGERS)('%s opens no WebSocket', async (origin) => {
    await expect(openRawSocket(stack.api.port, { origin })).rejects.toThrow('no WebSocket: 403');
  });

  test("a stranger's name that points here is still the stranger's", async () => {
    const origin = `http://evil.example:${stack.api.port}`;

    await expect(
      openRawSocket(stack.api.port, { origin, host: `evil.example:${stack.api.port}` }),
    ).rejects.toThrow('no WebSocket: 403');
  });
});

describe('a page of a listed origin', () => {
  test.each(PATHS)(
    'is told that it may ask for %s, without credentials of the browser',
    async (path) => {
      const { status, headers } = await preflight(path, LISTED);

      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(LISTED);
      expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type');
      expect(headers.get('access-control-allow-methods')).toBe('GET,POST');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(headers.get('vary')).toContain('Origin');
    },
  );

  test.each(['/graphql', '/graphql/stream'])('reads the answers of %s', async (path) => {
    const { status, headers } = await ask(path, LISTED);

    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe(LISTED);
  });

  test('reads why it was refused', async () => {
    const { status, headers } = await fetch(stack.api.graphqlUrl, {
      method: 'POST',
      headers: { origin: LISTED },
    });

    expect(status).toBe(401);
    expect(headers.get('access-control-allow-origin')).toBe(LISTED);
  });
});

test('the page that holds the demo’s token is read by no page of elsewhere, listed or not', async () => {
  const { status, headers } = await fetch(stack.api.graphqlUrl, {
    headers: { accept: 'text/html', origin: LISTED },
  });

  expect(status).toBe(200);
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
});

test('where Alipay posts, no page of anywhere has business', async () => {
  const { status, headers } = await preflight('/alipay/notifications', LISTED);

  expect(status).toBe(405);
  expect(headers.get('access-control-allow-origin')).toBeNull();
});

describe('a WebSocket is opened', () => {
  test.each([
    ['by a program, which has no origin', {}],
    ['from a listed origin', { origin: LISTED }],
    ['from the public address', { origin: 'https://pay.example' }],
  ])('%s', async (_, headers) => {
    const socket = await openRawSocket(stack.api.port, headers);
    socket.destroy();
  });

  test('from the page that we served at this very address', async () => {
    const socket = await openRawSocket(stack.api.port, {
      origin: `http://127.0.0.1:${stack.api.port}`,
    });
    socket.destroy();
  });

  test('not from another port of this machine', async () => {
    await expect(
      openRawSocket(stack.api.port, { origin: `http://127.0.0.1:${stack.api.port + 1}` }),
    ).rejects.toThrow('no WebSocket: 403');
  });
});
