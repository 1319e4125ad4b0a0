import { Client } from 'pg';

import { PAYMENT_RECEIVED } from '../support/documents';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { ACQUIRE_CANCEL, SPOT_REFUND } from '../support/lost-answers';
import { takePayments } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

async function connectionsTo({ databaseUrl }: World): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ open: number }>(
      `select count(*)::int as open from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    return rows[0]?.open ?? 0;
  } finally {
    await client.end();
  }
}

test('what was open when the API stopped is settled by the next one, and what came meanwhile is heard', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const counter = await merchant.openCounter();
  const witness = await world.subscribe(PAYMENT_RECEIVED);
  const payments = await takePayments(world, counter, ['30.00', '40.00']);
  const [refunded, cancelled] = payments.map(({ id }) => id);
  await waitFor('both payments', () => witness.received.length === 2);
  const after = witness.received.at(-1)?.paymentReceived.cursor;
  await gateway.fault(SPOT_REFUND, 'reset-after-effect');
  await gateway.fault(ACQUIRE_CANCEL, 'reset');
  const refund = await merchant.refund({ transactionId: refunded, idempotencyKey: 'all' });
  const cancel = await merchant.cancel({ transactionId: cancelled });
  expect([refund.refund?.status, cancel.transaction?.cancelPending]).toEqual(['PENDING', true]);

  await world.stopApi();
  const { code } = await witness.closed;
  expect(code).toBe(1001);
  expect(await connectionsTo(world)).toBe(0);
  const meanwhile = await gateway.pay({ qrcode: counter.qrCode.code, amount: '50.00' });
  await world.startApi();
  const resumed = await world.subscribe(PAYMENT_RECEIVED, { after });

  await merchant.transactionOf(
    { trade_no: payments[0]?.alipayTransId ?? '' },
    ({ status }) => status === 'REFUNDED',
  );
  await merchant.transactionOf(
    { trade_no: payments[1]?.alipayTransId ?? '' },
    ({ status }) => status === 'CANCELLED',
  );
  await resumed.next(
    'the payment of meanwhile',
    ({ paymentReceived }) => paymentReceived.transaction.alipayTransId === meanwhile.trade_no,
  );
  expect(resumed.received).toHaveLength(1);
  const books = await gateway.books();
  expect(
    books.map(({ amount, refunded: back, refunds }) => [amount, back, refunds.length]),
  ).toEqual([
    ['30.00', '30.00', 1],
    ['40.00', '0.00', 0],
    ['50.00', '0.00', 0],
  ]);
});

test('a deed that is under way when the API stops is answered first', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const [payment] = await takePayments(world, await merchant.openCounter(), ['30.00']);
  await gateway.fault(SPOT_REFUND, 'slow:400');

  const refunding = merchant.refund({ transactionId: payment?.id, idempotencyKey: 'all' });
  await waitFor('the refund at the gateway', async () => {
    const [trade] = await gateway.books();
    return trade?.refunds.length === 1;
  });
  await world.stopApi();

  expect(await refunding).toMatchObject({ refund: { status: 'SUCCEEDED' }, userErrors: [] });
});
