import { request as httpRequest } from 'node:http';

import WebSocket from 'ws';

import { type Stack, startStack, TOKEN } from './support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.close());

const VIEWER = '{ viewer { subject role stores { id } } }';

function ask(headers: Record<string, string>, body = JSON.stringify({ query: VIEWER })) {
  return fetch(stack.api.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

test.each<[string, Record<string, string>]>([
  ['no token', {}],
  ['an empty one', { authorization: '' }],
  ['another one', { authorization: 'Bearer other' }],
  ['the token without its scheme', { authorization: TOKEN }],
  ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ['more than the token', { authorization: `Bearer ${TOKEN} ${TOKEN}` }],
  ['a part of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
])('with %s there is no answer but UNAUTHENTICATED', async (_, headers) => {
  const response = await ask(headers);

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
});

test('a stranger is refused before the body is read', async () => {
  const response = await ask({}, 'x'.repeat(900_000));

  expect(response.status).toBe(401);
});

test('the schema is not shown to strangers either', async () => {
  const response = await ask({}, JSON.stringify({ query: '{ __schema { types { name } } }' }));

  expect(response.status).toBe(401);
});

test('the token stands for an owner called demo, whatever case the scheme is in', async () => {
  const response = await ask({ authorization: `bearer ${TOKEN}` });

  expect(await response.json()).toEqual({
    data: { viewer: { subject: 'demo', role: 'OWNER', stores: null } },
  });
});

describe('over GET', () => {
  const url = (query: string) => `${stack.api.graphqlUrl}?query=${encodeURIComponent(query)}`;
  const authorization = `Bearer ${TOKEN}`;

  test('a query is refused without the header that no form can send', async () => {
    const response = await fetch(url(VIEWER), { headers: { authorization } });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('a mutation is refused', async () => {
    const response = await fetch(url('mutation { reverifyNotifications { accepted } }'), {
      headers: { authorization, 'apollo-require-preflight': '1' },
    });

    expect(response.status).toBe(405);
  });

  test('a query with that header is answered', async () => {
    const response = await fetch(url(VIEWER), {
      headers: { authorization, 'apollo-require-preflight': '1' },
    });

    expect(await response.json()).toMatchObject({ data: { viewer: { subject: 'demo' } } });
  });
});

describe('over WebSocket', () => {
  function closeCodeFor(init: unknown): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(
        stack.api.graphqlUrl.replace(/^http/, 'ws'),
        'graphql-transport-ws',
      );
      socket.on('open', () => {
        socket.send(JSON.stringify(init));
      });
      socket.on('message', () => {
        reject(new Error('it was let in'));
      });
      socket.on('close', resolve);
    });
  }

  test.each([
    ['no token', { type: 'connection_init' }],
    ['another one', { type: 'connection_init', payload: { authorization: 'Bearer other' } }],
    [
      'a list of them',
      { type: 'connection_init', payload: { authorization: [`Bearer ${TOKEN}`] } },
    ],
    ['no initialisation', { type: 'subscribe', id: '1', payload: { query: VIEWER } }],
  ])('with %s the socket is closed with 4401', async (_, init) => {
    expect(await closeCodeFor(init)).toBe(4401);
  });

  test('what is no message closes the socket with 4400', async () => {
    expect(await closeCodeFor('nonsense')).toBe(4400);
  });

  test('there is no socket at other paths', async () => {
    const socket = new WebSocket(`${stack.api.url.replace(/^http/, 'ws')}/other`);

    const message = await new Promise((resolve) => {
      socket.on('error', (error) => {
        resolve(error.message);
      });
    });

    expect(message).toContain('404');
  });
});

describe('the explorer', () => {
  async function page(host?: string, more: Record<string, string> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        stack.api.graphqlUrl,
        { headers: { accept: 'text/html', ...(host === undefined ? {} : { host }), ...more } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            resolve(Buffer.concat(chunks).toString());
          });
        },
      );
      request.on('error', reject);
      request.end();
    });
  }

  test.each<[string, string | undefined, Record<string, string>]>([
    ['under another name of this machine', 'rebound.example', {}],
    ['through a proxy', undefined, { 'x-forwarded-for': '203.0.113.7' }],
  ])('hands out no token %s', async (_, host, headers) => {
    expect(await page(host, headers)).not.toContain(TOKEN);
  });

  test('on this machine comes with the token and the examples', async () => {
    const html = await page();

    expect(html).toContain(`Bearer ${TOKEN}`);
    expect(html).toContain('subscription LivePayments');
    expect(html).not.toMatch(/\{\{\w+\}\}/);
  });
});
