import WebSocket from 'ws';

import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack, TOKEN } from './support/stack';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

/** Many events at once, each with as much to say as is asked for. */
async function flood(transactionId: string, count: number, characters = 0): Promise<void> {
  const uuid = Buffer.from(transactionId, 'base64url').toString().replace('Transaction:', '');
  // By itself, whatever the server's default is: the background writes to the same payment.
  await stack.database.run(
    `begin isolation level read committed;
     insert into transaction_events (id, transaction_id, store_id, qr_code_id, type, status, actor, detail, occurred_at, recorded_at)
     select gen_random_uuid(), id, store_id, qr_code_id, 'STATUS_CHANGED', status, 'alipay', jsonb_build_object('said', repeat('x', ${characters})), now(), now()
     from transactions, generate_series(1, ${count}) where id = '${uuid}';
     commit`,
  );
  await stack.database.run(`select pg_notify('countersign', 'events')`);
}

test('one that does not read is closed with a code, and holds up nobody else', async () => {
  const paid = await pay(stack, counter);
  const slow = new WebSocket(stack.api.graphqlUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
  await new Promise((resolve) => slow.once('open', resolve));
  slow.send(
    JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${TOKEN}` } }),
  );
  await new Promise((resolve) => slow.once('message', resolve));
  const query = 'subscription { transactionEvents { detail } }';
  slow.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  const quick = await stack.client.subscribe('subscription { transactionEvents { cursor } }');
  await quick.ping();
  slow.pause();

  for (let round = 0; round < 4; round += 1) await flood(paid.id, 100, 100_000);

  await quick.first(400);
  await until('the warning', () =>
    stack.log.lines.some(({ fact }) => fact === 'a subscriber was too slow and was closed'),
  );
  const code = new Promise((resolve) => slow.once('close', resolve));
  slow.resume();
  expect(await code).toBe(1013);
}, 60_000);

test('one that comes back after a long time reads at its own pace, and is not closed', async () => {
  const paid = await pay(stack, counter);
  const first = await stack.client.subscribe('subscription { transactionEvents { cursor } }');
  await first.ping();
  await flood(paid.id, 1);
  await first.first(1);
  const [{ cursor } = { cursor: '' }] = first.items as { cursor: string }[];
  first.stop();
  await flood(paid.id, 2_500);

  const back = await stack.client.subscribe(
    'subscription ($after: String) { transactionEvents(after: $after) { cursor } }',
    { after: cursor },
  );

  expect(new Set(await back.first(2_500)).size).toBe(2_500);
}, 60_000);
