import { openStatementProxy, type StatementProxy } from '@countersign/postgres';

import { REFUND } from './support/gateway';
import { openRawSocket } from './support/raw-http';
import { type Counter, findPayment, openCounter, paymentFields, post } from './support/shop';
import { type Stack, startStack, TOKEN } from './support/stack';
import { until } from './support/until';

let stack: Stack;
let wire: StatementProxy;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack(async (databaseUrl) => {
    wire = await openStatementProxy(databaseUrl);
    return { DATABASE_URL: wire.url };
  });
  counter = await openCounter(stack);
}, 60_000);
afterAll(async () => {
  await stack.close();
  await wire.close();
});

interface Told {
  readonly cursor: string;
  readonly transaction: { readonly alipayTransId: string };
}

/** The merchant is read for the answer alone: neither the payment nor its event needs it. */
const WITH_MERCHANT = `subscription ($after: String) { paymentReceived(after: $after) {
  cursor transaction { alipayTransId store { merchant { name } } } } }`;
const READS_MERCHANT = /from "?merchants"?/i;

/** As if the database went away whenever such a thing is read, so many times. */
function cutWhere(reads: RegExp, times: number): () => number {
  let left = times;
  const stop = wire.watch(({ text }, moment) => {
    if (moment === 'after' || !reads.test(text)) return;
    left -= 1;
    if (left <= 0) stop();
    wire.cut();
  });
  return () => times - left;
}

async function pay(): Promise<string> {
  const fields = paymentFields();
  const taken = async (): Promise<boolean> =>
    (await post(counter.notifyUrl, fields)).text === 'success';
  await until('a message that is taken', taken);
  return fields['trade_no'] ?? '';
}

const numbersOf = (told: readonly unknown[]): string[] =>
  (told as readonly Told[]).map(({ transaction }) => transaction.alipayTransId);

test('an event that cannot be read at the moment is read again, and told', async () => {
  const till = await stack.client.subscribe(WITH_MERCHANT);
  await till.ping();
  const cuts = cutWhere(READS_MERCHANT, 1);

  const no = await pay();

  expect(numbersOf(await till.first(1))).toEqual([no]);
  expect(cuts()).toBe(1);
  expect(till.errors).toEqual([]);
  till.stop();
});

test('while an event cannot be read its subscribers are sent away, and miss nothing when they come back', async () => {
  const till = await stack.client.subscribe(WITH_MERCHANT);
  await till.ping();
  const first = await pay();
  await till.first(1);
  const [{ cursor } = { cursor: '' }] = till.items as readonly Told[];
  const code = stack.client.closeCode();
  const cuts = cutWhere(READS_MERCHANT, 3);

  const second = await pay();

  expect(await code).toBe(1013);
  expect(cuts()).toBe(3);
  expect(numbersOf(till.items)).toEqual([first]);
  const back = await stack.client.subscribe(WITH_MERCHANT, { after: cursor });
  expect(numbersOf(await back.first(1))).toEqual([second]);
  back.stop();
}, 60_000);

test('what is under way on the same socket is answered before its client is sent away', async () => {
  const no = await pay();
  const paid = await until('the payment', () => findPayment(stack, no));
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  stack.gateway.hold(REFUND, () => held);
  const socket = await openRawSocket(stack.api.port);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${TOKEN}` } });
  await until('the acknowledgement', () => socket.texts.length === 1);
  socket.send({ id: 'till', type: 'subscribe', payload: { query: WITH_MERCHANT } });
  socket.send({
    id: 'refund',
    type: 'subscribe',
    payload: {
      query: `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
      variables: { input: { transactionId: paid.id, idempotencyKey: 'k' } },
    },
  });
  await until('the refund under way', () =>
    stack.gateway.requests.some(({ service }) => service === REFUND),
  );
  const cuts = cutWhere(READS_MERCHANT, 3);
  await pay();
  await until('an interruption', () => cuts() === 3);

  release();

  expect(await socket.farewell).toBe(1013);
  const told = socket.texts.map((text) => JSON.parse(text) as { id?: string; type: string });
  expect(told.filter(({ id, type }) => id === 'till' && type !== 'next')).toEqual([]);
  expect(told.filter(({ id }) => id === 'refund')).toEqual([
    {
      id: 'refund',
      type: 'next',
      payload: { data: { refundTransaction: { refund: { status: 'SUCCEEDED' } } } },
    },
    { id: 'refund', type: 'complete' },
  ]);
  socket.destroy();
}, 60_000);

test('over server-sent events, too: the stream is cut, and not said to be complete', async () => {
  const url = `${stack.api.graphqlUrl}/stream`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query: WITH_MERCHANT }),
  });
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? [])
      text += Buffer.from(chunk as Uint8Array).toString();
  };
  const ended = read().then(
    () => 'complete',
    () => 'cut',
  );
  let paid = '';
  await until('a stream that hears', async () => {
    paid = await pay();
    return text.includes('event: next');
  });
  await until('all that was paid', () => text.includes(paid));
  const before = text;
  cutWhere(READS_MERCHANT, 3);

  await pay();

  expect(await ended).toBe('cut');
  expect(text.replace(/:\n\n/g, '')).toBe(before.replace(/:\n\n/g, ''));
}, 60_000);

test('a stream that cannot begin is no error of its client either', async () => {
  const cuts = cutWhere(/from "stores"/i, 1); // the background, which looks there too, writes no quotes
  const code = stack.client.closeCode();

  const till = await stack.client.subscribe(
    `subscription ($id: ID) { paymentReceived(storeId: $id) { cursor } }`,
    { id: counter.storeId },
  );

  expect(await code).toBe(1013);
  expect(cuts()).toBe(1);
  expect(till.items).toEqual([]);
});
