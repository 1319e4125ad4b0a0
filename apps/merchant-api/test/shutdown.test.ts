import { REFUND } from './support/gateway';
import { type Counter, openCounter, pay, paymentFields, post } from './support/shop';
import { type Stack, startStack } from './support/stack';
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
  let release: (() => void) | undefined;
  const arrived = new Promise<void>((resolve) => {
    stack.gateway.hold(REFUND, () => {
      resolve();
      return new Promise((go) => {
        release = go;
      });
    });
  });
  const refund = stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { status } } }`,
    { input: { transactionId: paid.id, idempotencyKey: 'k' } },
  );
  await arrived;

  const closed = stack.api.close();
  const refused = await fetch(stack.api.url).then(
    () => 'answered',
    () => 'refused',
  );
  release?.();

  expect(await refund).toEqual({ refundTransaction: { refund: { status: 'SUCCEEDED' } } });
  expect(refused).toBe('refused');
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
