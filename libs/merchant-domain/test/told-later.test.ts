import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { signed } from './support/gateway';
import { receivePayment } from './support/payments';
import { importDay, type Line, lineOf, named } from './support/statements';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** It makes another file, and says nothing of our payments. */
const FOREIGN: Line = { partnerId: 'X', tradeNo: '1', amount: '1.00', scene: 'onlineShop' };

/** A payment that the file of its day lacks. */
async function missingPayment(): Promise<Line> {
  const { transaction } = await receivePayment(world);
  await importDay(world, '2026-01-02', []);
  return lineOf(transaction, { at: '2026-01-02 15:04:03' });
}

test('a refund’s line does not tell of the payment itself', async () => {
  const payment = await missingPayment();

  await importDay(world, '2026-01-03', [
    { ...payment, type: 'REFUND', partnerId: 'P-1', amount: '3.00' },
  ]);

  expect(await named(world)).toEqual([
    'MISSING_LOCALLY refund HEALED',
    'MISSING_IN_STATEMENT payment OPEN',
  ]);
});

test('what a corrected file does not tell of any more is missing again', async () => {
  const payment = await missingPayment();
  await importDay(world, '2026-01-03', [payment]);
  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment RESOLVED']);

  await importDay(world, '2026-01-03', [FOREIGN]);
  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment OPEN']);

  await importDay(world, '2026-01-03', [payment, FOREIGN]);
  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment RESOLVED']);
});

test.each([
  ['came later', false],
  ['was corrected since', true],
])(
  'of what the next day’s file alone told and tells no more, where the file of its day %s, each is named once',
  async (_when, hadThem) => {
    const { transaction } = await receivePayment(world);
    const { transaction: late } = await receivePayment(world, {
      gmt_payment: '2026-01-02 23:50:00',
    });
    const told = [
      lineOf(transaction, { at: '2026-01-02 15:04:03' }),
      lineOf(late, { at: '2026-01-02 23:50:00' }),
    ];
    if (hadThem) await importDay(world, '2026-01-02', told);
    await importDay(world, '2026-01-03', told);
    await importDay(world, '2026-01-02', [FOREIGN]);
    const missing = async (): Promise<string[]> =>
      (await named(world)).filter((it) => it.startsWith('MISSING'));
    expect(await missing()).toEqual([]);

    await importDay(world, '2026-01-03', [{ ...FOREIGN, tradeNo: '2' }]);
    await importDay(world, '2026-01-04', []);

    expect(await missing()).toEqual([
      'MISSING_IN_STATEMENT payment OPEN',
      'MISSING_IN_STATEMENT payment OPEN',
    ]);

    await importDay(world, '2026-01-03', [...told, FOREIGN]);
    expect(await missing()).toEqual([
      'MISSING_IN_STATEMENT payment RESOLVED',
      'MISSING_IN_STATEMENT payment RESOLVED',
    ]);
  },
);

test('what the file of an earlier day tells is settled, also when that comes later', async () => {
  const payment = await missingPayment();

  await importDay(world, '2026-01-01', [payment]);

  expect(await named(world)).toContain('MISSING_IN_STATEMENT payment RESOLVED');
});

test.each([
  ['and no cancel', [], ['MISSING_IN_STATEMENT cancel OPEN']],
  ['and its cancel', ['CANCEL'], []],
])(
  'of a payment cancelled before midnight the next file tells the payment %s',
  async (_what, more, expected) => {
    const { transaction } = await receivePayment(world, { gmt_payment: '2026-01-02 23:50:00' });
    world.clock.set(new Date('2026-01-02T15:55:00Z'));
    world.gateway.next(
      signed({ result_code: 'SUCCESS', action: 'refund', trade_no: transaction.alipayTransId }),
    );
    await cancelTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });
    await importDay(world, '2026-01-02', []);

    const payment = lineOf(transaction, { at: '2026-01-02 23:50:00' });
    await importDay(world, '2026-01-03', [payment, ...more.map((type) => ({ ...payment, type }))]);
    await importDay(world, '2026-01-04', []);

    expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment RESOLVED', ...expected]);

    // The corrected file of its day comes after the one that tells of it.
    await importDay(world, '2026-01-02', [FOREIGN]);

    expect((await named(world)).filter((it) => it.includes('cancel'))).toEqual(expected);
  },
);
