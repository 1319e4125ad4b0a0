import { type Fields } from '@countersign/alipay-protocol';

import { type Caller } from '../src/domain';
import { Merchant } from '../src/merchant/merchant.entity';
import { type QrCode } from '../src/qr-code/qr-code.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { Store } from '../src/store/store.entity';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { recoverTransaction } from '../src/transaction/recover-transaction';
import { Transaction } from '../src/transaction/transaction.entity';
import { signed, tradeIs } from './support/gateway';
import { findTrade, openCounter, paymentFields, receivePayment } from './support/payments';
import { aTransaction } from './support/records';
import {
  complaints,
  importText,
  type Line,
  lineOf,
  SETTLEMENT_FILE,
  settlementFile,
  settlementOf,
  transactionFile,
} from './support/statements';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

const OTHER_NUMBER = '2026010222001400000000000777';

/** What the one complaint says: its line, kind, status, field and both values. */
async function complaintsInShort(): Promise<unknown[]> {
  return (await complaints(world)).map((it) => [
    ...[it.lineNumber, it.kind, it.status, it.field, it.expected, it.actual],
  ]);
}

async function expectNothingChanged(work: () => Promise<unknown>): Promise<void> {
  const payments = (): Promise<Transaction[]> =>
    world.database.manager.find(Transaction, { order: { id: 'ASC' } });
  const before = await payments();
  await work();
  expect(await payments()).toEqual(before);
}

test.each<[string, Partial<Line>, string, (payment: Transaction) => unknown[]]>([
  [
    'what is settled, where the customer paid the right amount',
    { amount: '10.01', paid: '10.00' },
    'AMOUNT_MISMATCH',
    () => ['amount', '10.00 HKD', '10.01 HKD'],
  ],
  [
    'the merchant',
    { merchantId: 'M_SOMEBODY' },
    'STATUS_MISMATCH',
    () => ['secondaryMerchantId', expect.any(String) as string, 'M_SOMEBODY'],
  ],
  [
    'the time of the payment',
    { at: '2026-01-01 15:04:03' },
    'STATUS_MISMATCH',
    ({ paidAt }) => ['paidAt', paidAt?.toISOString(), '2026-01-01T07:04:03.000Z'],
  ],
])('a payment’s line that contradicts %s is named', async (_what, some, kind, values) => {
  const { transaction } = await receivePayment(world);

  await expectNothingChanged(() => importText(world, transactionFile([lineOf(transaction, some)])));

  expect(await complaintsInShort()).toEqual([[3, kind, 'OPEN', ...values(transaction)]]);
});

test('a line with our order number and another number of Alipay’s makes no second payment', async () => {
  const { transaction } = await receivePayment(world);

  await expectNothingChanged(() =>
    importText(world, transactionFile([lineOf(transaction, { tradeNo: OTHER_NUMBER })])),
  );

  expect((await complaintsInShort())[0]).toEqual([
    ...[3, 'STATUS_MISMATCH', 'OPEN', 'alipayTransId', transaction.alipayTransId, OTHER_NUMBER],
  ]);
});

test('a payment that lacks its order number does not get that of another one from its line', async () => {
  const { transaction: ours } = await receivePayment(world);
  const other = await aTransaction(world, {
    alipayTransId: OTHER_NUMBER,
    partnerTransId: null,
    amountMinor: ours.amountMinor,
  });

  await expectNothingChanged(() =>
    importText(world, transactionFile([lineOf(ours, { tradeNo: OTHER_NUMBER })])),
  );

  expect((await complaintsInShort())[0]).toEqual([
    ...[3, 'STATUS_MISMATCH', 'OPEN', 'alipayTransId', ours.alipayTransId, other.alipayTransId],
  ]);
});

test('a payment that nobody knows, told of in the file of another day, waits for a person', async () => {
  await importText(
    world,
    transactionFile([
      { partnerId: 'T777', tradeNo: OTHER_NUMBER, amount: '1.00', at: '2026-01-05 12:00:00' },
    ]),
  );

  expect(await complaintsInShort()).toEqual([
    [3, 'MISSING_LOCALLY', 'OPEN', 'paidAt', '2026-01-02', '2026-01-05T04:00:00.000Z'],
  ]);
  expect(await world.database.manager.count(Transaction)).toBe(0);
});

test('a refund’s line that names another trade is named', async () => {
  const { transaction: one } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  const refunded = await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: one.id,
    amount: { amount: '1.00', currency: 'HKD' },
    idempotencyKey: 'k',
  });
  const partnerId = ('refund' in refunded && refunded.refund.partnerRefundId) || '';

  await expectNothingChanged(() =>
    importText(
      world,
      transactionFile([
        lineOf(one),
        lineOf(other),
        lineOf(other, { type: 'REFUND', partnerId, amount: '1.00' }),
      ]),
    ),
  );

  expect(await complaintsInShort()).toEqual([
    [5, 'STATUS_MISMATCH', 'OPEN', 'alipayTransId', one.alipayTransId, other.alipayTransId],
  ]);
});

test('a settlement under another order number, or of another time, settles nothing', async () => {
  const { transaction: one } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const line = { amount: '10.00', fee: '0.08', net: '9.92' };

  await expectNothingChanged(() =>
    importText(
      world,
      settlementFile([
        { ...line, tradeNo: one.alipayTransId, partnerId: 'ANOTHER' },
        {
          ...{ ...line, tradeNo: other.alipayTransId, partnerId: other.partnerTransId ?? '' },
          at: '2026-01-01 15:04:03',
        },
      ]),
      SETTLEMENT_FILE,
    ),
  );

  expect((await complaintsInShort()).map((it) => (it as unknown[]).slice(0, 4))).toEqual([
    [1, 'STATUS_MISMATCH', 'OPEN', 'partnerTransId'],
    [2, 'STATUS_MISMATCH', 'OPEN', 'paidAt'],
  ]);
});

test.each(['P', 'R'] as const)(
  'a settlement’s line (%s) of a cancelled trade settles nothing, and is named where the books lack the cancel',
  async (type) => {
    const { transaction: cancelled } = await receivePayment(world);
    world.gateway.next(
      signed({ result_code: 'SUCCESS', action: 'refund', trade_no: cancelled.alipayTransId }),
    );
    await cancelTransaction(world.domain, { caller: world.owner, transactionId: cancelled.id });
    const { transaction: paid } = await receivePayment(world);
    const trades = [cancelled.alipayTransId, paid.alipayTransId, OTHER_NUMBER];

    await expectNothingChanged(() =>
      importText(
        world,
        settlementFile(
          trades.map((tradeNo) => ({
            ...{ type, tradeNo, partnerId: tradeNo },
            ...{ amount: '10.00', fee: '0.00', net: '10.00' },
          })),
        ),
        SETTLEMENT_FILE,
      ),
    );

    expect(await complaintsInShort()).toEqual([
      [2, 'STATUS_MISMATCH', 'OPEN', 'status', 'PAID', 'CANCELLED'],
      [3, 'MISSING_LOCALLY', 'OPEN', 'status', null, 'CANCELLED'],
    ]);
  },
);

test('a settlement that pays out a cancelled payment, under its order number, settles nothing and is named', async () => {
  const { transaction: cancelled } = await receivePayment(world);
  world.gateway.next(
    signed({ result_code: 'SUCCESS', action: 'refund', trade_no: cancelled.alipayTransId }),
  );
  await cancelTransaction(world.domain, { caller: world.owner, transactionId: cancelled.id });

  await expectNothingChanged(() =>
    importText(world, settlementOf([lineOf(cancelled)]), SETTLEMENT_FILE),
  );

  expect(await complaintsInShort()).toEqual([
    [1, 'STATUS_MISMATCH', 'OPEN', 'status', 'CANCELLED', 'PAID'],
  ]);
});

test.each([
  ['the day’s file has told of its cancel', 1],
  ['a corrected file says so, too', 2],
])('a payment that a settlement paid out before %s is named', async (_when, files) => {
  const { transaction, fields } = await receivePayment(world);
  await importText(world, settlementOf([lineOf(transaction)]), SETTLEMENT_FILE);

  const lines = [lineOf(transaction), lineOf(transaction, { type: 'CANCEL' })];
  for (const file of [lines, lines.toReversed()].slice(0, files)) {
    await importText(world, transactionFile(file));
  }

  expect(await findTrade(world, fields)).toMatchObject({ status: 'CANCELLED' });
  const open = (await complaints(world)).filter(({ status }) => status === 'OPEN');
  expect(open).toMatchObject([
    {
      ...{ kind: 'STATUS_MISMATCH', field: 'settledAt', transactionId: transaction.id },
      ...{ expected: '2026-01-03T07:46:00.000Z', actual: 'CANCELLED' },
    },
  ]);
});

describe('a refund made elsewhere, which a settlement tells under the number of its order', () => {
  type Import = (payment: Transaction) => Promise<unknown>;
  const importDayFile: Import = (payment) =>
    importText(
      world,
      transactionFile([
        lineOf(payment),
        lineOf(payment, { type: 'REFUND', partnerId: 'PORTAL-1', amount: '4.00' }),
      ]),
    );
  const importSettlement: Import = (payment) => {
    const { partnerTransId, alipayTransId: tradeNo } = payment;
    const line = { tradeNo, partnerId: partnerTransId ?? '' };
    return importText(
      world,
      settlementFile([
        { ...line, amount: '10.00', fee: '0.05', net: '9.95' },
        { ...line, type: 'R', amount: '-4.00', fee: '-0.02', net: '-3.98' },
      ]),
      SETTLEMENT_FILE,
    );
  };

  test.each<[string, readonly Import[]]>([
    ['the day’s file', [importDayFile, importSettlement]],
    ['the settlement', [importSettlement, importDayFile]],
  ])('is one refund, with %s first', async (_first, imports) => {
    const { transaction, fields } = await receivePayment(world);

    for (const bring of imports) await bring(transaction);

    expect(await findTrade(world, fields)).toMatchObject({ refundedMinor: 400n });
    const open = (await complaints(world)).filter(({ status }) => status === 'OPEN');
    expect(open).toContainEqual(
      expect.objectContaining({ kind: 'MISSING_LOCALLY', field: 'refund', actual: '4.00 HKD' }),
    );
  });
});

describe('a payment at one of several stores of a merchant, of which no message came', () => {
  const openShops = async (): Promise<{ counter: QrCode; second: QrCode; merchantId: string }> => {
    const { code: counter, store } = await openCounter(world);
    const { code: second } = await openCounter(world);
    const { manager } = world.database;
    const asOfTheMerchant = { merchantId: store.merchantId, alipayStoreId: 'S_2' };
    await manager.update(Store, { id: second.storeId }, asOfTheMerchant);
    const { alipayMerchantId } = await manager.findOneByOrFail(Merchant, { id: store.merchantId });
    return { counter, second, merchantId: alipayMerchantId };
  };
  const fileOf = (fields: Fields, merchantId: string): Promise<unknown> => {
    const line = { partnerId: fields['out_trade_no'] ?? '', tradeNo: fields['trade_no'] ?? '' };
    return importText(world, transactionFile([{ ...line, amount: '10.00', merchantId }]));
  };
  const recover = (
    fields: Fields,
    caller: Caller,
    code?: QrCode,
  ): ReturnType<typeof recoverTransaction> => {
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    return recoverTransaction(world.domain, {
      ...{ caller, partnerTransId: fields['out_trade_no'] ?? '' },
      ...{ alipayTransId: fields['trade_no'] ?? '' },
      ...(code === undefined ? {} : { qrCodeId: code.id }),
    });
  };
  const managerAt = ({ storeId }: QrCode): Caller => callerOf('MANAGER', { storeIds: [storeId] });

  type Come = (fields: Fields, merchantId: string) => Promise<unknown>;
  test.each<[string, Come]>([
    ['the file brings', fileOf],
    [
      'the file tells of after somebody has recovered it',
      async (fields, merchantId) => {
        await recover(fields, world.owner);
        await fileOf(fields, merchantId);
      },
    ],
  ])('which %s, is at no shop of another merchant', async (_how, come) => {
    const { second, merchantId } = await openShops();
    const { code: ofAnother } = await openCounter(world);
    const fields = paymentFields();
    await come(fields, merchantId);
    const { id: transactionId, storeId } = await findTrade(world, fields);
    expect(storeId).toBeNull();
    const caller = managerAt(ofAnother);

    expect(await recover(fields, caller, ofAnother)).toMatchObject({ refusal: 'NOT_FOUND' });
    const refund = await refundTransaction(world.domain, {
      ...{ caller, transactionId, idempotencyKey: 'theirs' },
    });
    await recover(fields, world.owner, ofAnother);

    expect(refund).toMatchObject({ refusal: 'NOT_FOUND' });
    expect(await findTrade(world, fields)).toMatchObject({ storeId: null, qrCodeId: null });
    expect(await recover(fields, managerAt(second), second)).toMatchObject({
      transaction: { storeId: second.storeId, qrCodeId: second.id },
    });
  });

  test.each<[string, Partial<Line>]>([
    ['of another product', { scene: 'webPay' }],
    ['of which a file has told a refund alone', { type: 'REFUND', amount: '4.00' }],
  ])('%s, is at no shop of another merchant either', async (_what, some) => {
    const { merchantId } = await openShops();
    const { code: ofAnother } = await openCounter(world);
    const fields = paymentFields();
    const line = { partnerId: fields['out_trade_no'] ?? '', tradeNo: fields['trade_no'] ?? '' };
    await importText(world, transactionFile([{ ...line, amount: '10.00', merchantId, ...some }]));
    const caller = managerAt(ofAnother);

    expect(await recover(fields, caller, ofAnother)).toMatchObject({ refusal: 'NOT_FOUND' });

    const { id: transactionId, storeId } = await findTrade(world, fields);
    expect(storeId).toBeNull();
    expect(
      await refundTransaction(world.domain, { caller, transactionId, idempotencyKey: 'theirs' }),
    ).toMatchObject({ refusal: 'NOT_FOUND' });
  });

  test('is at the shop of the merchant whom the corrected file names', async () => {
    const { merchantId } = await openShops();
    const { code: ofAnother, store } = await openCounter(world);
    const { manager } = world.database;
    const { alipayMerchantId } = await manager.findOneByOrFail(Merchant, { id: store.merchantId });
    const fields = paymentFields();
    await fileOf(fields, merchantId);
    await fileOf(fields, alipayMerchantId);

    expect(await recover(fields, world.owner, ofAnother)).toMatchObject({
      transaction: { storeId: ofAnother.storeId, qrCodeId: ofAnother.id },
    });
  });
});
