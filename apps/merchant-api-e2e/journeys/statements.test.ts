import { createStatementServer } from '@countersign/alipay-services/sftp';
import { startGatewaySimulator } from '@countersign/gateway-simulator';

import type { Operation } from '../support/graphql-client';
import { GATEWAY_KEYS, PARTNER_ID } from '../support/keys';
import { REFUND_QUERY, SPOT_REFUND } from '../support/lost-answers';
import { takePayments } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

afterEach(endWorlds);

const PASSWORD = 'statement-password';
const DAY_MS = 24 * 3_600_000;

const RECONCILE: Operation<{
  reconcileDay: {
    statements: { kind: string; status: string; lineCount: number; matchedCount: number }[];
    userErrors: { code: string }[];
  };
}> = {
  text: `mutation ($input: ReconcileDayInput!) { reconcileDay(input: $input) {
    statements { kind status lineCount matchedCount } userErrors { code } } }`,
};

const DISCREPANCIES: Operation<{
  discrepancies: {
    nodes: {
      kind: string;
      status: string;
      transaction: { alipayTransId: string } | null;
    }[];
  };
}> = {
  text: `{ discrepancies(first: 100) { nodes { kind status transaction { alipayTransId } } } }`,
};

const SETTLEMENT: Operation<{
  transaction: { fee: unknown; net: unknown; settledAt: string | null } | null;
}> = {
  text: `query ($alipayTransId: String) { transaction(alipayTransId: $alipayTransId) {
    fee { amount } net { amount } settledAt } }`,
};

function beijingDay(instant = Date.now()): string {
  return new Date(instant + 8 * 3_600_000).toISOString().slice(0, 10);
}

async function reconcile({ graphql }: World, date: string) {
  return (await graphql(RECONCILE, { input: { date } })).reconcileDay;
}

test('a day with losses is reconciled from Alipay’s file server: the books are complete again', async () => {
  const world = await startWorld({ simulator: { sftp: { password: PASSWORD } } });
  const { merchant, gateway } = world;
  const counter = await merchant.openCounter();
  const [kept, pending] = await takePayments(world, counter, ['10.00', '20.00']);
  const today = beijingDay();
  expect(await reconcile(world, today)).toEqual({
    statements: [],
    userErrors: [{ code: 'NOT_FOUND' }],
  });

  await gateway.fault('notification', 'drop', 8);
  const lost = await gateway.pay({ qrcode: counter.qrCode.code, amount: '33.30' });
  await gateway.fault(SPOT_REFUND, 'reset-after-effect', 100);
  await gateway.fault(REFUND_QUERY, 'reset', 100); // the statement is the first to tell
  await merchant.refund({
    transactionId: pending?.id,
    idempotencyKey: 'k',
    amount: { amount: '5.00', currency: 'HKD' },
  });
  await gateway.call('POST /statements', { date: today });
  const { statements, userErrors } = await reconcile(world, today);

  expect(userErrors).toEqual([]);
  expect(statements).toEqual([
    expect.objectContaining({ kind: 'TRANSACTION', status: 'RECONCILED', lineCount: 4 }),
  ]);
  const { discrepancies } = await world.graphql(DISCREPANCIES, {});
  expect(discrepancies.nodes.map(({ kind, status }) => `${kind} ${status}`).sort()).toEqual([
    'MISSING_LOCALLY HEALED',
    'STATUS_MISMATCH HEALED',
  ]);
  expect(await merchant.transactionOf(lost)).toMatchObject({
    status: 'PAID',
    amount: { amount: '33.30' },
    store: { id: counter.store.id },
  });
  expect(await merchant.transactionBy({ alipayTransId: pending?.alipayTransId })).toMatchObject({
    status: 'PARTIALLY_REFUNDED',
    refunds: [{ status: 'SUCCEEDED' }],
  });
  const again = await reconcile(world, today);
  expect(again.statements).toEqual(statements);
  expect(await merchant.transactionBy({ alipayTransId: kept?.alipayTransId })).toMatchObject({
    status: 'PAID',
  });
});

test('after days of downtime the worker fetches what the server still keeps, and settlements', async () => {
  const world = await startWorld({ simulator: { sftp: { password: PASSWORD } } });
  const { merchant, gateway } = world;
  const counter = await merchant.openCounter();
  const [payment] = await takePayments(world, counter, ['100.00']);
  await world.stopApi();
  const lost = await gateway.pay({ qrcode: counter.qrCode.code, amount: '44.40' });

  // What is paid on a Friday is settled on Monday, and told of in the course of Tuesday.
  await gateway.call('POST /clock', { offsetMs: 5 * DAY_MS });
  await world.startApi();

  const settled = await waitFor('the settled payment', async () => {
    const { transaction } = await world.graphql(SETTLEMENT, {
      alipayTransId: payment?.alipayTransId,
    });
    return transaction?.settledAt !== null && transaction;
  });
  expect(settled).toMatchObject({ fee: { amount: '0.80' }, net: { amount: '99.20' } });
  expect(await merchant.transactionOf(lost)).toMatchObject({ status: 'PAID' });
});

test('a file server with another host key, or another password, is not spoken to', async () => {
  const simulator = await startGatewaySimulator({
    partnerId: PARTNER_ID,
    ...GATEWAY_KEYS,
    sftp: { password: PASSWORD },
  });
  const { url = '', hostKey = '' } = simulator.sftp ?? {};

  expect(await createStatementServer({ url, password: PASSWORD, hostKey }).list()).toEqual([]);
  await expect(createStatementServer({ url, password: 'wrong', hostKey }).list()).rejects.toThrow();
  await expect(
    createStatementServer({ url, password: PASSWORD, hostKey: `SHA256:${'A'.repeat(43)}` }).list(),
  ).rejects.toThrow('another host key');
  await simulator.close();
});
