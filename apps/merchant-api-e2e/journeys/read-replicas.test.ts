import {
  crashPostgres,
  createDatabase,
  makeStandby,
  REPLICATING,
  type StandbyServer,
  startThrowawayPostgres,
} from '@countersign/postgres';

import { PAYMENT_RECEIVED } from '../support/documents';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { TOKEN } from '../support/keys';
import { migrate } from '../support/migrate';
import { readiness } from '../support/readiness';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

const ends: (() => Promise<void>)[] = [];
let one: World;
let two: World;
let standby: StandbyServer;
let code: string | null;
beforeAll(async () => {
  ({ one, two, standby } = await startWithReplica());
  code = (await one.merchant.openCounter()).qrCode.code;
});
afterAll(async () => {
  await endWorldsInAgreement();
  for (const end of ends.reverse()) await end();
});

/** Two instances of the API on one database, which read from its standby. */
async function startWithReplica(): Promise<{ one: World; two: World; standby: StandbyServer }> {
  const primary = await startThrowawayPostgres(REPLICATING);
  ends.push(() => primary.close());
  const url = await createDatabase(primary.url, 'books');
  await migrate(url);
  const cluster = await makeStandby(primary);
  ends.push(() => cluster.close());
  const standby = await cluster.start();
  await standby.caughtUp();
  const env = { DATABASE_URL: url, DATABASE_REPLICA_URLS: standby.urlFor('books') };
  const one = await startWorld({ env });
  const two = await startWorld({
    env: { ...env, ALIPAY_GATEWAY_URL: one.gatewayUrl, PUBLIC_URL: one.apiUrl, ROLE: 'api' },
  });
  return { one, two, standby };
}

async function metric({ apiUrl }: World, line: string): Promise<number> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  if (found === undefined) throw new Error(`no metric ${line}`);
  return Number(found.slice(line.length));
}

const readThere = (world: World): Promise<number> =>
  metric(world, 'countersign_readings_total{from="replica"}');

async function exportOf({ apiUrl }: World): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await fetch(`${apiUrl}/exports/transactions.csv`, { headers })).text();
}

async function untilInUse(world: World, { port }: StandbyServer, isInUse: boolean): Promise<void> {
  const line = `countersign_replica_in_use{replica="127.0.0.1:${port}"}`;
  await waitFor('the replica', async () => (await metric(world, line)) === Number(isInUse));
}

test('who hears of a payment, or has refunded one, finds it so, however far the replica is behind', async () => {
  const stream = await two.subscribe(PAYMENT_RECEIVED);
  await untilInUse(two, standby, true);
  await standby.pauseReplay();

  const trade = await one.gateway.pay({ qrcode: code, amount: '10.00' });
  const { paymentReceived } = await stream.next('the payment', () => true);
  const { id } = paymentReceived.transaction;
  const [listed] = await two.merchant.transactions();
  expect(listed).toMatchObject({ id, alipayTransId: trade.trade_no });

  const half = { transactionId: id, amount: { amount: '6.00', currency: 'HKD' } };
  const first = await one.merchant.refund({ ...half, idempotencyKey: 'first' });
  const second = await two.merchant.refund({ ...half, idempotencyKey: 'second' });
  expect(first).toMatchObject({ refund: { status: 'SUCCEEDED' }, userErrors: [] });
  expect(second.userErrors).toMatchObject([{ code: 'AMOUNT_EXCEEDS_REFUNDABLE' }]);
  expect(await two.merchant.transactionBy({ id })).toMatchObject({
    refundableAmount: { amount: '4.00' },
  });
  await standby.resumeReplay();
});

test('queries and exports are read from the replica, mutations are not, and its end stops nothing', async () => {
  const trade = await one.gateway.pay({ qrcode: code, amount: '10.00' });
  const { id } = await one.merchant.transactionOf(trade);
  await untilInUse(one, standby, true);

  // A busy machine lets the replica be late, and then the primary is read.
  await waitFor('a list and an export that are read there', async () => {
    const before = await readThere(one);
    expect(await one.merchant.transactions()).toContainEqual(expect.objectContaining({ id }));
    expect(await exportOf(one)).toContain(trade.trade_no);
    return (await readThere(one)) === before + 2;
  });
  const before = await readThere(one);
  await one.merchant.refund({ transactionId: id, idempotencyKey: 'all' });
  expect(await readThere(one)).toBe(before);

  await crashPostgres(standby, 'by force');
  expect((await one.merchant.transactions())[0]).toMatchObject({ id, status: 'REFUNDED' });
  expect(await exportOf(one)).toContain(trade.trade_no);
  await untilInUse(one, standby, false);
  expect(await readiness(one.apiUrl)).toMatchObject({ httpStatus: 200 });
});
