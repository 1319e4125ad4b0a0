import { Client } from 'pg';

import { REFUND } from './support/gateway';
import { keepAlive } from './support/kept-alive';
import { type Counter, openCounter, pay, paymentFields, post } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { askOver } from './support/transports';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
beforeEach(async () => {
  stack = await startStack({ GATEWAY_TIMEOUT_MS: '3000' });
  counter = await openCounter(stack);
}, 60_000);
afterEach(() => stack.close());

test('a refund under way is finished and answered before the API stops', async () => {
  const paid = await pay(stack, counter);
  const { arrived, release } = holdRefund();
  const refund = stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
    { input: { transactionId: paid.id, idempotencyKey: 'k' } },
  );
  await arrived;

  const closed = stack.api.close();
  await refusesConnections();
  release();

  expect(await refund).toEqual({ refundTransaction: { refund: { status: 'SUCCEEDED' } } });
  await closed;
});

test('a refund under way over a WebSocket is answered, and its socket is closed after it', async () => {
  const paid = await pay(stack, counter);
  const { arrived, release } = holdRefund();
  const closing = stack.client.closeCode();
  const refund = await stack.client.subscribe(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
    { input: { transactionId: paid.id, idempotencyKey: 'k' } },
  );
  await arrived;

  const closed = stack.api.close();
  await refusesConnections();
  release();
  await closed;

  expect(await closing).toBe(1001);
  expect(refund.items).toEqual([{ refund: { status: 'SUCCEEDED' } }]);
  expect(refund.isOver).toBe(true);
});

test('a refund under way over server-sent events is answered', async () => {
  const paid = await pay(stack, counter);
  const { arrived, release } = holdRefund();
  const refund = askOver(stack, 'SSE', {
    query: `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
    variables: { input: { transactionId: paid.id, idempotencyKey: 'k' } },
  });
  await arrived;

  const closed = stack.api.close();
  await refusesConnections();
  release();

  expect(await refund).toMatchObject({
    data: { refundTransaction: { refund: { status: 'SUCCEEDED' } } },
  });
  await closed;
});

test('subscribers are sent away with 1001, and the API stops at once when nothing is under way', async () => {
  const closing = stack.client.closeCode();
  const live = await stack.client.subscribe('subscription { paymentReceived { cursor } }');
  await live.ping();

  const startedAt = performance.now();
  await stack.api.close();

  expect(await closing).toBe(1001);
  expect(performance.now() - startedAt).toBeLessThan(2_500);
});

test('a gateway that never answers holds the API up no longer than its time-out', async () => {
  const paid = await pay(stack, counter);
  stack.gateway.answer(REFUND, () => 'SILENCE');
  const refund = stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
    { input: { transactionId: paid.id, idempotencyKey: 'k' } },
  );
  await until('the request', () =>
    stack.gateway.requests.some(({ service }) => service === REFUND),
  );

  await stack.api.close();

  expect(await refund).toEqual({ refundTransaction: { refund: { status: 'PENDING' } } });
});

test('a message acknowledged before the stop is kept', async () => {
  const fields = paymentFields();
  const answer = await post(counter.notifyUrl, fields);

  await stack.api.close();

  const kept = await stack.database.run(
    `select 1 from notifications where notify_id = '${fields['notify_id'] ?? ''}'`,
  );
  expect(answer.text).toBe('success');
  expect(kept).toHaveLength(1);
});

test('nothing is left connected to the database', async () => {
  await stack.api.close();

  const connections = await stack.database.run(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  expect(connections).toEqual([]);
});

describe('with a time to drain', () => {
  const drainMs = 600;
  beforeEach(async () => {
    await stack.close();
    stack = await startStack({ DRAIN_MS: `${drainMs}` });
    counter = await openCounter(stack);
  }, 60_000);

  test('readiness ends first, and everybody is answered until a proxy has heard of it', async () => {
    const live = await stack.client.subscribe('subscription { paymentReceived { cursor } }');
    await live.ping();
    const kept = keepAlive(stack.api.port);
    expect(await kept.ask('GET /readyz')).toMatchObject({ status: 200, connection: 'keep-alive' });

    const closed = stack.api.close();
    const told = await kept.ask('GET /readyz');
    const others = await Promise.all([
      fetch(`${stack.api.url}/livez`).then(({ status }) => status),
      post(counter.notifyUrl, paymentFields()).then(({ text }) => text),
      stack.client.get('{ viewer { subject } }'),
    ]);

    expect(told).toMatchObject({ status: 503, connection: 'close' });
    expect(others).toEqual([200, 'success', { viewer: { subject: 'demo' } }]);
    await kept.closed();
    await closed;
    await refusesConnections();
  });

  test('a connection that is kept alive is closed with its answer, and holds nobody up', async () => {
    const paid = await pay(stack, counter);
    const { arrived, release } = holdRefund();
    const kept = keepAlive(stack.api.port);
    const refund = kept.ask('POST /graphql', {
      query: `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
      variables: { input: { transactionId: paid.id, idempotencyKey: 'k' } },
    });
    await arrived;

    const startedAt = performance.now();
    const closed = stack.api.close();
    release();

    expect(await refund).toMatchObject({ status: 200, connection: 'close' });
    await kept.closed();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(drainMs + 2_000);
  });
});

test('who works in the background ends the batch it has begun, and leaves the rest to others', async () => {
  const batch = 100;
  const locker = new Client({ connectionString: stack.database.url });
  await locker.connect();
  await locker.query('begin; lock table transactions in access exclusive mode');
  await stack.database.run(
    `insert into notifications (id, content_hash, status, body, received_at)
     select gen_random_uuid(), n::text, 'RECEIVED', 'nothing that can be read', now()
     from generate_series(1, ${3 * batch}) n`,
  );
  await until('the worker in its first batch', async () => {
    const held = await stack.database.run(
      `select 1 from pg_locks where relation = 'notifications'::regclass and mode = 'RowShareLock'`,
    );
    return held.length > 0;
  });

  const closed = stack.api.close();
  await locker.query('commit');
  await locker.end();
  await closed;

  const [left] = await stack.database.run(
    `select count(*)::int as left from notifications where status = 'RECEIVED'`,
  );
  expect(left).toEqual({ left: 2 * batch });
});

/** Holds what is asked about refunds at the gateway, until it is let go. */
function holdRefund(): { readonly arrived: Promise<void>; readonly release: () => void } {
  let release: (() => void) | undefined;
  const arrived = new Promise<void>((resolve) => {
    stack.gateway.hold(REFUND, () => {
      resolve();
      return new Promise((go) => {
        release = go;
      });
    });
  });
  return { arrived, release: () => release?.() };
}

async function refusesConnections(): Promise<void> {
  await expect(fetch(stack.api.url)).rejects.toThrow('fetch failed');
}
