import { openStatementProxy, type StatementProxy } from '@countersign/postgres';

import { type Counter, openCounter, pay } from './support/shop';
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

const READS_CURSOR = /from "transaction_events".*position" desc limit 1/is;
const longerThanAListMs = 300;

interface Begun {
  readonly transactions: { readonly nodes: readonly { readonly alipayTransId: string }[] };
  readonly after: string;
}

const LIST = 'transactions(first: 100, filter: { storeId: $storeId }) { nodes { alipayTransId } }';
const NOW = 'after: latestEventCursor';

test.each([
  ['after its list', `${LIST} ${NOW}`],
  ['before its list', `${NOW} ${LIST}`],
  ['in a fragment', `${LIST} ...Rest`],
  ['in a fragment without a name', `${LIST} ... { ${NOW} }`],
])(
  'a payment that is made while a cursor is read %s, in one document, is in the list or the stream',
  async (_, fields) => {
    const rest = fields.includes('...Rest') ? `fragment Rest on Query { ${NOW} }` : '';
    let meanwhile: string | undefined;
    const goOn = wire.watch(async ({ text }, moment) => {
      if (meanwhile !== undefined || moment === 'after' || !READS_CURSOR.test(text)) return;
      meanwhile = '';
      // As over a connection that is just being opened, or has lost a packet.
      await new Promise((resolve) => setTimeout(resolve, longerThanAListMs));
      meanwhile = (await pay(stack, counter)).alipayTransId;
    });

    const { transactions, after } = (await stack.client.get(
      `query ($storeId: ID!) { ${fields} } ${rest}`,
      { storeId: counter.storeId },
    )) as unknown as Begun;
    goOn();
    const till = await stack.client.subscribe(
      `subscription ($storeId: ID!, $after: String) {
        paymentReceived(storeId: $storeId, after: $after) { transaction { alipayTransId } } }`,
      { storeId: counter.storeId, after },
    );
    const next = (await pay(stack, counter)).alipayTransId;
    const heard = (): string[] =>
      (till.items as { transaction: { alipayTransId: string } }[]).map(
        ({ transaction }) => transaction.alipayTransId,
      );
    await until('the next payment', () => heard().includes(next));

    expect(meanwhile).toMatch(/^\d+$/);
    const listed = transactions.nodes.map(({ alipayTransId }) => alipayTransId);
    expect([...listed, ...heard()]).toContain(meanwhile);
    till.stop();
  },
);

test('what is asked for beside a cursor that cannot be read is answered', async () => {
  const goOn = wire.watch(({ text }, moment) => {
    if (moment === 'before' && READS_CURSOR.test(text)) wire.cut();
  });

  const { data, errors } = await stack.client.ask('{ latestEventCursor viewer { role } }');
  goOn();

  expect(data).toEqual({ latestEventCursor: null, viewer: { role: 'OWNER' } });
  expect(errors).toMatchObject([{ path: ['latestEventCursor'] }]);
});
