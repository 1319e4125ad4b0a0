import { Refund } from '../src/refund/refund.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { Statement } from '../src/statement/statement.entity';
import { Transaction } from '../src/transaction/transaction.entity';
import { cut } from './support/gateway';
import { receivePayment } from './support/payments';
import {
  complaints,
  importDay,
  importText,
  lineOf,
  named,
  SETTLEMENT_FILE,
  settlementFile,
  transactionFile,
} from './support/statements';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** A refund of 5.00 that has no answer; `giveUp` has a person say that it failed. */
async function refundUnderWay({ id, currency }: Transaction): Promise<() => Promise<unknown>> {
  world.gateway.next(cut);
  const { refund } = await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: id,
    amount: { amount: '5.00', currency },
    idempotencyKey: 'k',
  });
  return () =>
    resolveRefund(world.domain, {
      caller: world.owner,
      refundId: refund?.id ?? '',
      outcome: 'FAILED',
      note: 'the customer has seen nothing',
    });
}

test('a cancel’s line that a refund under way left no room for is taken up once that has failed', async () => {
  const { transaction } = await receivePayment(world);
  const giveUp = await refundUnderWay(transaction);
  await importDay(world, '2026-01-02', [
    lineOf(transaction),
    lineOf(transaction, { type: 'CANCEL' }),
  ]);
  await importDay(world, '2026-01-03', []);
  expect(await named(world)).toEqual(['STATUS_MISMATCH status OPEN']);

  await giveUp();
  await importDay(world, '2026-01-04', []);

  expect(await named(world)).toEqual(['STATUS_MISMATCH status RESOLVED']);
  expect(
    await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
  ).toMatchObject({ status: 'CANCELLED', cancelStatus: 'DONE' });
  expect(
    await world.database.manager.findOneByOrFail(Statement, { date: '2026-01-02' }),
  ).toMatchObject({ status: 'RECONCILED' });
});

test('a refund’s line whose settled amount is in another currency, and larger, is taken up too', async () => {
  const { id } = (await receivePayment(world)).transaction;
  await world.database.manager.update(Transaction, { id }, { currency: 'CNY' });
  const payment = await world.database.manager.findOneByOrFail(Transaction, { id });
  const giveUp = await refundUnderWay(payment);
  const lines = [
    lineOf(payment, { amount: '12.00', paid: '10.00' }),
    lineOf(payment, { type: 'REFUND', partnerId: 'PORTAL', amount: '10.80', paid: '9.00' }),
  ];
  await importText(world, transactionFile(lines).replaceAll('shopQrCode|HKD', 'shopQrCode|CNY'));
  expect(await named(world)).toEqual(['MISSING_LOCALLY refund OPEN']);

  await giveUp();
  await importDay(world, '2026-01-03', []);

  expect(await world.database.manager.findOneByOrFail(Transaction, { id })).toMatchObject({
    refundedMinor: 900n,
  });
});

test('a settled refund that had no room, and that the other file took up since, waits no more', async () => {
  const { transaction } = await receivePayment(world);
  const giveUp = await refundUnderWay(transaction);
  const { alipayTransId: tradeNo, partnerTransId } = transaction;
  const common = { tradeNo, fee: '0.05' };
  const settlement = settlementFile([
    { ...common, partnerId: partnerTransId ?? '', amount: '10.00', net: '9.95' },
    { ...common, type: 'R', partnerId: 'PORTAL', amount: '8.00', net: '7.95' },
  ]);
  await importText(world, settlement, SETTLEMENT_FILE);
  expect(await named(world)).toEqual(['MISSING_LOCALLY refund OPEN']);

  await giveUp();
  await importDay(world, '2026-01-02', [
    lineOf(transaction),
    lineOf(transaction, { type: 'REFUND', partnerId: 'PORTAL', amount: '8.00' }),
  ]);

  const open = (await complaints(world)).filter(({ status }) => status === 'OPEN');
  expect(open).toEqual([]);
  expect(
    await world.database.manager.findOneByOrFail(Refund, { partnerRefundId: 'PORTAL' }),
  ).toMatchObject({ status: 'SUCCEEDED', feeMinor: 5n, netMinor: 795n });
});
