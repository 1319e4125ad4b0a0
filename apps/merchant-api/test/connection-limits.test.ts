import { connect, type Socket } from 'node:net';

import { openRawSocket, type RawSocket, statusesOf } from './support/raw-http';
import { type Heard } from './support/graphql-client';
import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { makeKey, type MadeKey } from './support/two-shops';
import { until } from './support/until';

const PER_CALLER = 3;
const LIVE = 'subscription { paymentReceived { cursor } }';

let stack: Stack;
let counter: Counter;
/** Opened first: what is expected of them takes as long as all the other tests. */
let dead: RawSocket;
let alive: Heard;
beforeAll(async () => {
  stack = await startStack({ CONNECTIONS_PER_CALLER: String(PER_CALLER) });
  counter = await openCounter(stack);
  dead = await entered(await newKey());
  opened.pop();
  alive = await stack.client.subscribe(LIVE);
}, 60_000);
afterAll(() => stack.close());

const opened: { destroy: () => unknown }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});

async function open(): Promise<RawSocket> {
  const socket = await openRawSocket(stack.api.port);
  opened.push(socket);
  return socket;
}

async function enter({ secret }: MadeKey): Promise<RawSocket> {
  const socket = await open();
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
  return socket;
}

async function entered(key: MadeKey): Promise<RawSocket> {
  const socket = await enter(key);
  await until('the welcome', () => hears(socket, 'connection_ack'));
  return socket;
}

function hears(socket: RawSocket, ...words: readonly string[]): boolean {
  return socket.texts.some((text) => words.every((word) => text.includes(word)));
}

function newKey(): Promise<MadeKey> {
  return makeKey(stack, 'OWNER', null);
}

/** A request that is begun, and what has come back of it. */
async function begin(
  head: string,
): Promise<{ readonly answer: () => string; readonly socket: Socket }> {
  let answer = '';
  const socket = connect(stack.api.port, '127.0.0.1');
  opened.push(socket);
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.write(head, resolve));
  return { answer: () => answer, socket };
}

function stream({ secret }: MadeKey) {
  const query = encodeURIComponent(LIVE);
  return begin(
    `GET /graphql/stream?query=${query} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
  );
}

describe('connections of one caller', () => {
  test('above the limit are closed with a code that says to come back; others have their own', async () => {
    const [key, other] = [await newKey(), await newKey()];
    for (let count = 0; count < PER_CALLER; count += 1) await entered(key);

    const tooMany = await enter(key);
    await entered(other);

    expect(await tooMany.farewell).toBe(1013);
    expect(hears(tooMany, 'connection_ack')).toBe(false);
  });

  test('count streams too, and a place that was left is free', async () => {
    const key = await newKey();
    const sockets = [await entered(key), await entered(key)];
    const first = await stream(key);
    await until('the stream', () => statusesOf(first.answer()).includes(200));

    const second = await stream(key);
    await until('a refusal', () => statusesOf(second.answer()).includes(429));
    expect(second.answer()).toContain('RATE_LIMITED');
    sockets[0]?.destroy();

    await until('a place', async () => {
      const third = await stream(key);
      await until('an answer', () => third.answer() !== '');
      return statusesOf(third.answer()).includes(200);
    });
  });

  test('that were given up before they began leave no place taken', async () => {
    const key = await newKey();
    for (let count = 0; count < 20; count += 1) {
      const { socket } = await stream(key);
      socket.destroy();
      (await enter(key)).destroy();
    }

    await until('all places', async () => {
      const sockets = await Promise.all(Array.from({ length: PER_CALLER }, () => enter(key)));
      const isIn = () => sockets.every((socket) => hears(socket, 'connection_ack'));
      await Promise.race([
        until('the welcome', isIn, 2_000).catch(() => undefined),
        ...sockets.map(({ farewell }) => farewell),
      ]);
      if (!isIn()) for (const socket of sockets) socket.destroy();
      return isIn();
    });
  });
});

test('files of one caller: eight at a time', async () => {
  const [key, other] = [await newKey(), await newKey()];
  const upload = ({ secret }: MadeKey, day = '20260102') =>
    begin(
      `POST /statements/2088000000000001_transaction_${day}.txt HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${secret}\r\nContent-Length: 1000\r\n\r\nx`,
    );
  const uploads = await Promise.all(Array.from({ length: 9 }, () => upload(key)));
  const answers = () => uploads.map((one) => one.answer()).filter((text) => text !== '');
  await until('a refusal', () => answers().length > 0);
  const { answer, socket } = await upload(other, '20260103');
  socket.write('x'.repeat(999));
  await until('an answer', () => answer() !== '');

  expect(answers()).toEqual([expect.stringContaining('RATE_LIMITED')]);
  expect(statusesOf(answer())).toEqual([422]);
});

describe('one WebSocket', () => {
  test('that does not say who it is is closed after five seconds', async () => {
    const startedAt = performance.now();
    const socket = await open();

    expect(await socket.farewell).toBe(4408);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  }, 15_000);

  test('that asks before it says who it is gets nothing', async () => {
    const socket = await open();
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer { role } }' } });

    expect(await socket.farewell).toBe(4401);
    expect(socket.texts).toEqual([]);
  });

  test('carries two hundred operations, and one more is refused without harm to them', async () => {
    const socket = await entered(await newKey());
    for (let count = 0; count <= 200; count += 1) {
      socket.send({ id: `s${count}`, type: 'subscribe', payload: { query: LIVE } });
    }
    await until('the refusal', () => hears(socket, '"s200"', 'error', 'BAD_USER_INPUT'));

    await pay(stack, counter);

    await until('all the others', () =>
      Array.from({ length: 200 }, (_, index) => `"s${index}"`).every((id) =>
        hears(socket, id, 'paymentReceived'),
      ),
    );
    expect(socket.texts.filter((text) => text.includes('"error"'))).toHaveLength(1);
  });

  test('that sends a message above 1 MB is closed', async () => {
    const heard = await stack.client.subscribe('{ viewer { role } }');
    const closed = stack.client.closeCode();
    await heard.first(1);

    void stack.client.subscribe(`# ${'x'.repeat(1024 * 1024)}\n{ viewer { role } }`);

    expect(await closed).toBe(1009);
  });

  test.each([
    [
      'messages',
      (socket: RawSocket) => {
        socket.send({ type: 'ping' });
      },
    ],
    [
      'answers that nobody asked for',
      (socket: RawSocket) => {
        socket.pong();
      },
    ],
  ])('that floods us with %s is closed for good, and not heard any more', async (_, send) => {
    const socket = await entered(await newKey());

    for (let count = 0; count < 3_000; count += 1) send(socket);

    expect(await socket.farewell).toBe(1008);
    expect(socket.texts.length).toBeLessThanOrEqual(1_001);
    expect(stack.log.lines).toContainEqual(
      expect.objectContaining({ fact: 'a subscriber sent too many messages and was closed' }),
    );
  });

  test('that floods us with pings is cut off', async () => {
    const socket = await entered(await newKey());

    for (let count = 0; count < 3_000; count += 1) socket.ping();

    await socket.cut;
  });

  test('that was sent away is not heard any more, though its client stays', async () => {
    const key = await newKey();
    const socket = await entered(key);
    await stack.client.get(
      `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { message } } }`,
      { input: { apiKeyId: key.apiKey.id } },
    );
    expect(await socket.farewell).toBe(4401);

    const name = `after_the_end_${Date.now()}`;
    const query = `mutation { registerMerchant(input: { alipayMerchantId: "${name}", name: "Late", type: ENTERPRISE, industry: "5812" }) { merchant { id } userErrors { message } } }`;
    socket.send({ id: 'late', type: 'subscribe', payload: { query } });
    await socket.cut;

    expect(hears(socket, '"late"')).toBe(false);
    const { merchants } = await stack.client.get('{ merchants { nodes { alipayMerchantId } } }');
    expect(JSON.stringify(merchants)).not.toContain(name);
  }, 30_000);
});

test('a client that answers no ping is gone, one that does stays', async () => {
  await dead.cut;

  const before = alive.items.length;
  await pay(stack, counter);
  await until('the payment', () => alive.items.length > before);
}, 30_000);
