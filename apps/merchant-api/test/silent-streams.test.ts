import { openStatementProxy, type StatementProxy } from '@countersign/postgres';

import { type Counter, openCounter, paymentFields, post } from './support/shop';
import { type Stack, startStack } from './support/stack';
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
  readonly transaction?: { readonly alipayTransId: string };
}

const WITH_PAYMENT = `subscription ($after: String) { paymentReceived(after: $after) {
  cursor transaction { alipayTransId } } }`;
/** As the payment of an event is read for its answer; who changes one locks it. */
const READS_PAYMENT = /^(?!.*for no key update).*from "transactions" "trade"/is;

/** The answers to that many such statements never come, and nobody closes the connection. */
function fallSilentWhere(reads: RegExp, times: number): () => number {
  let count = 0;
  wire.watch(({ text }, moment) => {
    if (moment === 'before' || !reads.test(text) || count >= times) return undefined;
    count += 1;
    return new Promise<void>(() => undefined);
  });
  return () => count;
}

async function pay(): Promise<string> {
  const fields = paymentFields();
  await until('a message that is taken', async () => {
    return (await post(counter.notifyUrl, fields)).text === 'success';
  });
  return fields['trade_no'] ?? '';
}

const numbersOf = (told: readonly unknown[]): string[] =>
  (told as (Told | null)[]).map((one) => one?.transaction?.alipayTransId ?? 'nothing');

test('an event whose reading finds the database silent once is read again, and told', async () => {
  const till = await stack.client.subscribe(WITH_PAYMENT);
  await till.ping();
  const silences = fallSilentWhere(READS_PAYMENT, 1);

  const first = await pay();
  await until('the first payment, after a silence', () => till.items.length === 1);
  const second = await pay();
  await until('the second payment', () => till.items.length === 2);

  expect(silences()).toBe(1);
  expect(till.errors).toEqual([]);
  expect(numbersOf(till.items)).toEqual([first, second]);
  till.stop();
}, 90_000);
