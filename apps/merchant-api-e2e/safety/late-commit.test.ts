import { openStatementProxy, type StatementProxy } from '@countersign/postgres';
import { Client } from 'pg';

import { TRANSACTION_EVENTS } from '../support/documents';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { holdNextEvent } from '../support/held-commit';
import { takePayments } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { startWorld } from '../support/world';

let proxy: StatementProxy | undefined;
afterEach(async () => {
  try {
    await endWorldsInAgreement();
  } finally {
    await proxy?.close();
  }
});

test('an event whose commit is held back while another is written is neither skipped nor heard twice', async () => {
  const world = await startWorld({
    through: {
      database: async (url) => {
        proxy = await openStatementProxy(url);
        return proxy.url;
      },
    },
  });
  if (proxy === undefined) throw new Error('the API goes past the proxy');
  const { merchant } = world;
  const payments = await takePayments(world, await merchant.openCounter(), ['1.00', '2.00']);
  const [first, second] = payments.map(({ id }) => id);
  const live = await world.subscribe(TRANSACTION_EVENTS, { types: ['CLAIMED'] });
  const cursor = (await merchant.timeline(second ?? '')).at(-1)?.cursor;
  const commit = holdNextEvent(proxy);

  const late = merchant.claim({ transactionId: first, saleReference: 'LATE' });
  await commit.arrived();
  const prompt = merchant.claim({ transactionId: second, saleReference: 'PROMPT' });
  await waitFor('the other writer, who waits for the first', () => waitsForEvents(world));
  // Those who come now must not be told of anything beyond an event that they cannot see yet.
  const joined = await world.subscribe(TRANSACTION_EVENTS, { types: ['CLAIMED'], after: cursor });
  expect([live.received, joined.received]).toEqual([[], []]);
  commit.letGo();
  await Promise.all([late, prompt]);

  const streams = [live, joined];
  await waitFor('both events', () => streams.every(({ received }) => received.length >= 2));
  const resumed = await world.subscribe(TRANSACTION_EVENTS, {
    ...{ types: ['CLAIMED'], after: live.received[0]?.transactionEvents.cursor },
  });
  await waitFor('what was missed', () => resumed.received.length >= 1);
  const heard = [...streams, resumed].map(({ received }) =>
    received.map(({ transactionEvents }) => transactionEvents.transaction.id),
  );
  expect(heard).toEqual([[first, second], [first, second], [second]]);
});

async function waitsForEvents({ databaseUrl }: { readonly databaseUrl: string }): Promise<boolean> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    return rowCount === 1;
  } finally {
    await client.end();
  }
}
