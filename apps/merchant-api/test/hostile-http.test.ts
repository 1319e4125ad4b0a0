import { connect, type Socket } from 'node:net';

import WebSocket from 'ws';

import { type Answer } from './support/graphql-client';
import { exchange, statusesOf } from './support/raw-http';
import { openCounter, pay } from './support/shop';
import { type Stack, startStack, TOKEN } from './support/stack';
import { makeKey } from './support/two-shops';
import { until } from './support/until';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ TRUST_PROXY: '10' });
}, 60_000);
afterAll(() => stack.close());

const HOST = 'Host: api\r\n';
const BEARER = `Authorization: Bearer ${TOKEN}\r\n`;

function send(text: string): Promise<string> {
  return exchange(stack.api.port, text);
}

describe('one request is one request: what two readers could read in two ways is refused', () => {
  const smuggled = `GET /livez HTTP/1.1\r\n${HOST}\r\n`;
  const post = (headers: string, body: string): string =>
    `POST /graphql HTTP/1.1\r\n${HOST}${BEARER}Content-Type: application/json\r\n${headers}\r\n${body}`;

  test.each([
    [
      'a length beside chunks',
      post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`),
    ],
    ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled)],
    ['a length with a sign', post('Content-Length: +0\r\n', smuggled)],
    ['chunks under another name', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${smuggled}`)],
    [
      'chunks that are not the last coding',
      post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${smuggled}`),
    ],
    ['a blank before the colon', post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${smuggled}`)],
    ['a header over two lines', post('X-A: b\r\n Transfer-Encoding: chunked\r\n', smuggled)],
    ['a chunk of a strange size', post('Transfer-Encoding: chunked\r\n', `0x0\r\n\r\n${smuggled}`)],
    ['a NUL in a header', post('X-A: b\0c\r\n', '')],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
  ])('%s', async (_, text) => {
    const answers = await send(text);

    expect(statusesOf(answers)).toEqual([400]);
    expect(answers).not.toContain('alive');
  });
});

describe('who accepts something else is told in JSON what was done, and not that it was refused', () => {
  test.each([
    'application/graphql+json',
    'text/event-stream',
    'application/json;version=1',
    'application/json;q=0, text/html',
    'text/html;level="1',
    '',
  ])('%j', async (accept) => {
    const paid = await pay(stack, await openCounter(stack));

    const response = await fetch(stack.api.graphqlUrl, {
      method: 'POST',
      headers: { accept, authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation ($input: RefundTransactionInput!) {
          refundTransaction(input: $input) { refund { status } transaction { status } }
        }`,
        variables: { input: { transactionId: paid.id, idempotencyKey: 'all' } },
      }),
    });

    expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
    expect([response.status, (await response.json()) as Answer]).toEqual([
      200,
      {
        data: {
          refundTransaction: {
            refund: { status: 'SUCCEEDED' },
            transaction: { status: 'REFUNDED' },
          },
        },
      },
    ]);
  });

  test.each([
    ['*/*', 'application/json'],
    ['text/html, */*;q=0.8', 'application/json'],
    [
      'application/graphql-response+json, application/json;q=0.9',
      'application/graphql-response+json',
    ],
  ])('%s is answered as %s', async (accept, type) => {
    const response = await fetch(`${stack.api.graphqlUrl}?query={__typename}`, {
      headers: { accept, authorization: `Bearer ${TOKEN}`, 'apollo-require-preflight': '1' },
    });

    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  });
});

describe('a body that is not UTF-8 is refused: texts that differ would be read as the same', () => {
  // 桌１ and 桌２, with wide digits, as a till writes them that knows GBK alone.
  const TABLES = ['d7c0a3b1', 'd7c0a3b2'].map((hex) => Buffer.from(hex, 'hex'));
  const PROTOCOL = 'graphql-transport-ws';
  const END = Buffer.from('"}}');
  const claimOf = (transactionId: string, table: Buffer): Buffer => {
    const query =
      'mutation ($input: ClaimTransactionInput!) { claimTransaction(input: $input) { userErrors { code } } }';
    const before = JSON.stringify({ query, variables: { input: { transactionId } } });
    return Buffer.concat([
      Buffer.from(`${before.slice(0, -3)},"saleReference":"`),
      table,
      Buffer.from('"}}}'),
    ]);
  };

  test.each(['/graphql', '/graphql/stream'])('%s', async (path) => {
    const paid = await pay(stack, await openCounter(stack));
    const claim = (table: Buffer): Promise<Response> =>
      fetch(`${stack.api.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: claimOf(paid.id, table),
      });

    const answers = [];
    for (const table of TABLES) answers.push(await claim(table));

    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }, index) => [status, texts[index]])).toEqual(
      TABLES.map(() => [400, expect.stringContaining('not UTF-8') as string]),
    );
    const { transaction } = await stack.client.get(
      'query ($id: ID!) { transaction(id: $id) { saleReference } }',
      { id: paid.id },
    );
    expect(transaction).toEqual({ saleReference: null });
  });

  test('a WebSocket, in a frame that says nothing of text', async () => {
    const socket = new WebSocket(stack.api.graphqlUrl.replace(/^http/, 'ws'), PROTOCOL);
    socket.once('open', () => {
      socket.send(Buffer.concat([Buffer.from('{"type":"ping","payload":{"a":"'), ...TABLES, END]));
    });

    expect(await closing(socket)).toEqual([4400, 'The message is not UTF-8']);
  });

  test('text in UTF-8 is heard in such a frame, too', async () => {
    const socket = new WebSocket(stack.api.graphqlUrl.replace(/^http/, 'ws'), PROTOCOL);
    socket.once('open', () => {
      socket.send(Buffer.from('{"type":"ping","payload":{"a":"桌１"}}'));
    });
    const answer = await new Promise<string>((resolve) => {
      socket.once('message', (message: Buffer) => {
        resolve(message.toString());
      });
    });
    socket.terminate();

    expect(JSON.parse(answer)).toEqual({ type: 'pong', payload: { a: '桌１' } });
  });
});

describe('methods', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS'])(
    '%s is how nothing here is asked',
    async (method) => {
      for (const path of ['/graphql', '/graphql/stream', '/exports/refunds.csv', '/statements/x']) {
        const answers = await send(
          `${method} ${path} HTTP/1.1\r\n${HOST}${BEARER}Connection: close\r\n\r\n`,
        );
        expect([path, statusesOf(answers)]).toEqual([path, [405]]);
      }
    },
  );

  test.each(['BREW', 'get', 'CONNECT'])('%s is not even read', async (method) => {
    const answers = await send(`${method} /graphql HTTP/1.1\r\n${HOST}\r\n`);

    expect(statusesOf(answers).filter((status) => status !== 400)).toEqual([]);
  });

  test('HEAD is answered without a body', async () => {
    const answers = await send(`HEAD /livez HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);

    expect(statusesOf(answers)).toEqual([200]);
    expect(answers.split('\r\n\r\n')[1]).toBe('');
  });

  test('an upgrade to anything but a WebSocket at /graphql is no way in', async () => {
    const upgrade = (path: string, to: string): Promise<string> =>
      send(`GET ${path} HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`);

    expect(statusesOf(await upgrade('/graphql/stream', 'websocket'))).toEqual([404]);
    expect(statusesOf(await upgrade('/graphql', 'h2c'))).toEqual([400]);
  });
});

describe('a path is taken as it was written', () => {
  test.each([
    '/%67raphql',
    '//graphql',
    '/graphql/',
    '/GRAPHQL',
    '/./graphql',
    '/x/../graphql',
    '/graphql;x',
    '/graphql%00',
    '/graphql%2fstream',
    'http://api/graphql',
    '/exports/..%2f..%2fetc%2fpasswd',
    '/exports/transactions.csv/..',
    '/exports/',
  ])('%s is nothing', async (path) => {
    const answers = await send(`GET ${path} HTTP/1.1\r\n${HOST}${BEARER}Connection: close\r\n\r\n`);

    expect(statusesOf(answers)).toEqual([404]);
  });

  test.each([
    '/statements/..%2f..%2fetc%2fpasswd',
    '/statements/../../etc/passwd',
    '/statements/a%00b.txt',
    '/statements/%',
    '/statements/%ff',
    '/statements/',
    `/statements/${'x'.repeat(5_000)}`,
  ])('%s names no file: refused, and nothing is kept', async (path) => {
    const answers = await send(
      `POST ${path} HTTP/1.1\r\n${HOST}${BEARER}Content-Length: 1\r\nConnection: close\r\n\r\nx`,
    );

    expect(statusesOf(answers)).toEqual([422]);
    const kept = await stack.database.run(
      `select file_name from statements where file_name ~ '[/\\\\]|^$'`,
    );
    expect(kept).toEqual([]);
  });

  test('a token with a path behind it is no token', async () => {
    for (const path of ['/../../graphql', '/%2e%2e/graphql', '/x/y']) {
      const answers = await send(
        `POST /alipay/notifications${path} HTTP/1.1\r\n${HOST}Content-Length: 1\r\nConnection: close\r\n\r\nx`,
      );
      expect(statusesOf(answers)).toEqual([400]);
    }
  });
});

describe('too much, or too slow', () => {
  test('headers above 16 kB are refused', async () => {
    const answers = await send(
      `GET /livez HTTP/1.1\r\n${HOST}X-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`,
    );

    expect(statusesOf(answers)).toEqual([431]);
  });

  test.each([
    ['Authorization', `Bearer ${' '.repeat(15_000)}`],
    ['Authorization', `Bearer ${'a.'.repeat(7_500)}`],
    ['Authorization', `Bearer cs_${'0'.repeat(15_000)}`],
    ['X-Forwarded-For', '%'.repeat(15_000)],
    ['X-Forwarded-For', ','.repeat(15_000)],
    ['X-Forwarded-For', `[${'1'.repeat(15_000)}`],
    ['Origin', `http://${'a.'.repeat(7_000)}`],
    ['Accept', 'text/html;'.repeat(1_500)],
    ['Content-Type', `application/json;${' ;'.repeat(7_000)}`],
  ])('a header %s that is made to be searched for long costs no time', async (name, value) => {
    const header = `${name}: ${value}\r\n`;
    const startedAt = performance.now();
    const answers = await send(
      `POST /graphql HTTP/1.1\r\n${HOST}${header}Content-Length: 0\r\nConnection: close\r\n\r\n`,
    );

    expect(statusesOf(answers)).toEqual([401]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test.each([
    ['GraphQL', '/graphql', 'application/json', 1024 * 1024],
    ['a stream', '/graphql/stream', 'application/json', 1024 * 1024],
    ['a notification', '/alipay/notifications', 'application/x-www-form-urlencoded', 64 * 1024],
  ])(
    'a body for %s is refused before it is sent, when it says how long it is',
    async (_, path, type, max) => {
      const answers = await send(
        `POST ${path} HTTP/1.1\r\n${HOST}${BEARER}Content-Type: ${type}\r\nContent-Length: ${max + 1}\r\n\r\n`,
      );

      expect(statusesOf(answers)).toEqual([413]);
    },
  );

  test('nothing is read of somebody without a token', async () => {
    const answers = await send(
      `POST /graphql HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
    );

    expect(statusesOf(answers)).toEqual([401]);
  });

  // All at once, because each of them waits for its time.
  test('who sends one letter after the other is cut off, and nobody waits for him', async () => {
    const headers = dribble(`GET /livez HTTP/1.1\r\n${HOST}X-Slow: `);
    const notification = dribble(
      `POST /alipay/notifications HTTP/1.1\r\n${HOST}Content-Length: 60000\r\n\r\n`,
    );
    const body = dribble(
      `POST /graphql HTTP/1.1\r\n${HOST}${BEARER}Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n`,
    );
    const idle = Array.from({ length: 200 }, () => connect(stack.api.port, '127.0.0.1'));

    const startedAt = performance.now();
    expect((await fetch(`${stack.api.url}/livez`)).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(2_000);

    expect(await headers).toEqual({
      statuses: [408],
      took: expect.closeTo(10_000, -3.7) as number,
    });
    expect((await notification).statuses).toEqual([408]);
    expect((await notification).took).toBeLessThan(13_000);
    expect((await body).statuses).toEqual([408]);
    expect((await body).took).toBeLessThan(18_000);
    for (const socket of idle) socket.destroy();
  }, 40_000);
});

test('more connections than are taken are closed at once, and those that are there go on', async () => {
  const small = await startStack({ CONNECTIONS_MAX: '5' });
  const first = await Promise.all(Array.from({ length: 5 }, () => openKeptAlive(small.api.port)));

  const one = await exchange(small.api.port, `GET /livez HTTP/1.1\r\n${HOST}\r\n`);
  const again = await first[0]?.ask();
  for (const socket of first) socket.destroy();
  await until('room', async () =>
    statusesOf(
      await exchange(small.api.port, `GET /livez HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
    ).includes(200),
  );
  await small.close();

  expect(one).toBe('');
  expect(again).toContain('alive');
}, 60_000);

test('a refused WebSocket takes no place, though its client stays', async () => {
  const small = await startStack({ CONNECTIONS_MAX: '5' });
  const refused = (path: string, origin: string) =>
    new Promise<Socket>((resolve) => {
      const socket = connect({ port: small.api.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.once('data', () => {
        resolve(socket);
      });
      socket.write(
        `GET ${path} HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: ${origin}\r\n\r\n`,
      );
    });
  const sockets = [
    ...(await Promise.all([1, 2, 3].map(() => refused('/graphql', 'https://evil.example')))),
    ...(await Promise.all([1, 2].map(() => refused('/nowhere', '')))),
  ];

  const answers = await exchange(
    small.api.port,
    `GET /livez HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
  );
  for (const socket of sockets) socket.destroy();
  await small.close();

  expect(statusesOf(answers)).toEqual([200]);
}, 60_000);

test('a fault of ours outside GraphQL shows nothing but a number, and the number is in the log', async () => {
  const { secret } = await makeKey(stack, 'OWNER', null);
  await stack.database.run('alter table api_keys rename to api_keys_away');
  const response = await fetch(`${stack.api.url}/exports/transactions.csv`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  await stack.database.run('alter table api_keys_away rename to api_keys');

  const text = await response.text();
  const { errors } = JSON.parse(text) as {
    errors: [{ message: string; extensions: { code: string; errorId: string } }];
  };
  const { extensions, message } = errors[0];
  expect(response.status).toBe(503);
  expect(extensions).toEqual({
    code: 'INTERNAL_SERVER_ERROR',
    errorId: expect.any(String) as string,
  });
  expect(message).toContain(extensions.errorId);
  expect(text).not.toMatch(/api_keys|relation|select/i);
  expect(stack.log.lines).toContainEqual({
    level: 'error',
    fact: 'a request could not be answered',
    ids: expect.objectContaining({ errorId: extensions.errorId }) as unknown,
  });
});

function closing(socket: WebSocket): Promise<[code: number, reason: string]> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => {
      resolve([code, reason.toString()]);
    });
  });
}

/** Begins, and then sends a letter every 200 ms until it is cut off. */
function dribble(head: string): Promise<{ statuses: number[]; took: number }> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let answers = '';
    const socket = connect(stack.api.port, '127.0.0.1', () => socket.write(head));
    const timer = setInterval(() => socket.write('x'), 200);
    socket.on('data', (chunk) => (answers += chunk.toString()));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(timer);
      resolve({ statuses: statusesOf(answers), took: performance.now() - startedAt });
    });
  });
}

interface KeptAlive {
  ask(): Promise<string>;
  destroy(): void;
}

async function openKeptAlive(port: number): Promise<KeptAlive> {
  const socket = connect(port, '127.0.0.1');
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      socket.once('data', (chunk) => {
        resolve(chunk.toString());
      });
      socket.write(`GET /livez HTTP/1.1\r\n${HOST}\r\n`);
    });
  await ask();
  return { ask, destroy: () => socket.destroy() };
}
