import { waitUntil } from '@countersign/postgres';

import { type Tx } from '../src/database/tx';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { Merchant } from '../src/merchant/merchant.entity';
import { QrCode } from '../src/qr-code/qr-code.entity';
import { Refund } from '../src/refund/refund.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { type ExportRow, exportRows, type ExportSubject } from '../src/report/export-rows';
import { salesReport } from '../src/report/sales-report';
import { noticeRestoration } from '../src/restoration/notice-restoration';
import { restorationProgress } from '../src/restoration/restoration.queries';
import { catchUpStatements } from '../src/statement/catch-up-statements';
import { lockDay } from '../src/statement/hold-import';
import { findMissingDays } from '../src/statement/missing-days';
import { reconcileDay } from '../src/statement/reconcile-day';
import { resolveDiscrepancy } from '../src/statement/resolve-discrepancy';
import { Statement } from '../src/statement/statement.entity';
import {
  countDiscrepancies,
  statementsPage,
  unsettledPayments,
} from '../src/statement/statement.queries';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { claimTransaction } from '../src/transaction/claim-transaction';
import { Transaction } from '../src/transaction/transaction.entity';
import { transactionTotals } from '../src/transaction/transaction.queries';
import { settlementCurrencyOf } from '../src/transaction/transaction.rules';
import { cut, refusal, signed } from './support/gateway';
import { aMerchant, aQrCode, aStore } from './support/records';
import { notify, openInbox, openCounter, paymentFields, receivePayment } from './support/payments';
import {
  complaints,
  importDay,
  importText,
  type Line,
  lineOf,
  SETTLEMENT_FILE,
  settlementFile,
  settlementOf,
  TRANSACTION_FILE,
  transactionFile,
} from './support/statements';
import { callerOf, createWorld, PARTNER_ID, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

let onTestEnd: (() => Promise<void>) | undefined;
afterEach(async () => {
  await onTestEnd?.();
  onTestEnd = undefined;
});

const reload = ({ id }: { id: string }): Promise<Transaction> =>
  world.database.manager.findOneByOrFail(Transaction, { id });
const byNumber = (alipayTransId: string): Promise<Transaction> =>
  world.database.manager.findOneByOrFail(Transaction, { alipayTransId });
const refundsOf = ({ id }: { id: string }): Promise<Refund[]> =>
  world.database.manager.findBy(Refund, { transactionId: id });

async function eventsOf({ id }: { id: string }): Promise<string[]> {
  const events = await world.database.manager.find(TransactionEvent, {
    where: { transactionId: id },
    order: { position: 'ASC' },
  });
  return events.map(({ type, actor }) => `${type} ${actor}`);
}

/** A refund whose answer was lost. */
async function pendingRefund(transaction: Transaction, amount: string): Promise<Refund> {
  world.gateway.next(cut);
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    amount: { amount, currency: 'HKD' },
    idempotencyKey: `key ${amount}`,
  });
  const refunds = await refundsOf(transaction);
  const refund = refunds.find(({ idempotencyKey }) => idempotencyKey === `key ${amount}`);
  if (refund === undefined) throw new Error('no refund was opened');
  return refund;
}

const NUMBER = '2026010222001400000000000777';

test('only an owner imports, and only files under the names that Alipay gives them', async () => {
  await expect(
    reconcileDay(world.domain, { caller: callerOf('MANAGER'), date: '2026-01-02' }),
  ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  for (const name of [
    'statement.txt',
    `2088000000000999_transaction_20260102.txt`,
    `${PARTNER_ID}_transaction_20260230.txt`,
    `${PARTNER_ID}_transaction_00000101.txt`,
  ]) {
    expect(await importText(world, transactionFile([]), name)).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: ['fileName'],
    });
  }
  expect(await world.database.manager.count(Statement)).toBe(0);
});

test('a day that agrees is reconciled, and importing it again changes nothing', async () => {
  const { transaction } = await receivePayment(world);
  const text = transactionFile([lineOf(transaction)]);

  const first = await importText(world, text);
  const again = await importText(world, text);

  expect(first).toMatchObject({
    statement: { status: 'RECONCILED', lineCount: 1, matchedCount: 1, date: '2026-01-02' },
  });
  expect(again.statement).toEqual(first.statement);
  expect(await complaints(world)).toEqual([]);
  expect(await world.database.manager.count(Statement)).toBe(1);
  expect(await eventsOf(transaction)).toEqual(['PAYMENT_RECEIVED alipay']);
});

async function theMerchantId(): Promise<string> {
  const { alipayMerchantId } = await world.database.manager.findOneByOrFail(Merchant, {});
  return alipayMerchantId;
}

test('a payment of before its merchant came to us was made at none of our counters', async () => {
  await openCounter(world);
  const merchantId = await theMerchantId();
  const at = '2026-01-02 12:30:00';

  await importText(
    world,
    transactionFile([{ partnerId: 'T776', tradeNo: NUMBER, amount: '88.80', at, merchantId }]),
  );

  const nowhere = { storeId: null, qrCodeId: null };
  const healed = await byNumber(NUMBER);
  expect(healed).toMatchObject({ status: 'PAID', ...nowhere });
  const told = { transactionId: healed.id, type: 'PAYMENT_RECEIVED' as const };
  expect(await world.database.manager.findOneBy(TransactionEvent, told)).toMatchObject(nowhere);
});

/** A shop that is on record since the morning, and what becomes of it until the file comes. */
test.each<[string, (storeId: string) => Promise<unknown>]>([
  ['has no code yet', () => Promise.resolve()],
  ['has had its first code for an hour less', (storeId) => aQrCode(world, { storeId })],
  [
    'has one that Alipay has refused',
    (storeId) => aQrCode(world, { storeId, code: null, status: 'REJECTED' }),
  ],
  ...(['STOPPED', 'DELETED'] as const).map(
    (status): [string, (storeId: string) => Promise<unknown>] => [
      `had the last of its codes ${status} an hour before`,
      async (storeId) => {
        const createdAt = new Date('2026-01-02T01:00:00Z');
        const updatedAt = new Date('2026-01-02T05:04:05Z');
        await aQrCode(world, { storeId, status, createdAt, updatedAt });
        await aQrCode(world, { storeId, status: 'DELETED', createdAt, updatedAt: createdAt });
      },
    ],
  ),
])('nobody has paid at a store that %s', async (_since, open) => {
  const since = new Date('2026-01-02T01:00:00Z');
  const { id, alipayMerchantId: merchantId } = await aMerchant(world, { createdAt: since });
  const { id: storeId } = await aStore(world, { merchantId: id, createdAt: since });
  await open(storeId);
  const at = '2026-01-02 14:04:05';

  await importText(
    world,
    transactionFile([{ partnerId: 'T779', tradeNo: NUMBER, amount: '88.80', at, merchantId }]),
  );

  const healed = await byNumber(NUMBER);
  expect(healed).toMatchObject({ status: 'PAID', storeId: null, qrCodeId: null });
  const caller = callerOf('CASHIER', { storeIds: [storeId] });
  expect(
    await claimTransaction(world.domain, {
      ...{ caller, transactionId: healed.id, saleReference: 'theirs' },
    }),
  ).toMatchObject({ refusal: 'NOT_FOUND' });
});

test.each<[string, (code: QrCode) => Promise<unknown>]>([
  [
    'a code that was deleted since',
    ({ id }) => {
      const updatedAt = new Date('2026-01-02T10:00:00Z');
      return world.database.manager.update(QrCode, { id }, { status: 'DELETED', updatedAt });
    },
  ],
  [
    'the one code that Alipay has not refused',
    ({ storeId }) => aQrCode(world, { storeId, code: null, status: 'REJECTED' }),
  ],
])('a payment that we never heard of was made at %s', async (_where, change) => {
  const { store, code } = await openCounter(world);
  await change(code);
  const merchantId = await theMerchantId();

  await importText(
    world,
    transactionFile([{ partnerId: 'T780', tradeNo: NUMBER, amount: '88.80', merchantId }]),
  );

  expect(await byNumber(NUMBER)).toMatchObject({ storeId: store.id, qrCodeId: code.id });
});

test('a payment that we never heard of is made of its line, published, and asked for', async () => {
  const { store, code } = await openCounter(world);
  const merchantId = await theMerchantId();

  const result = await importText(
    world,
    transactionFile([{ partnerId: 'T777', tradeNo: NUMBER, amount: '88.80', merchantId }]),
  );

  expect(result).toMatchObject({ statement: { status: 'RECONCILED', matchedCount: 0 } });
  const healed = await byNumber(NUMBER);
  expect(healed).toMatchObject({
    status: 'PAID',
    amountMinor: 8_880n,
    partnerTransId: 'T777',
    paymentInstitution: 'ALIPAY_HK',
    storeId: store.id,
    qrCodeId: code.id,
    institutionCheckAt: world.clock.now(),
    paidAt: new Date('2026-01-02T07:04:03Z'),
  });
  expect(await eventsOf(healed)).toEqual([
    'PAYMENT_RECEIVED reconciliation',
    'RECONCILED reconciliation',
  ]);
  expect(await complaints(world)).toMatchObject([
    {
      kind: 'MISSING_LOCALLY',
      status: 'HEALED',
      lineNumber: 3,
      transactionId: healed.id,
      actual: '88.80 HKD',
    },
  ]);
});

test('a notification that comes after the statement is the same payment', async () => {
  const { code } = await openCounter(world);
  const fields = paymentFields();
  await importText(
    world,
    transactionFile([
      {
        partnerId: fields['out_trade_no'] ?? '',
        tradeNo: fields['trade_no'] ?? '',
        amount: '10.00',
      },
    ]),
  );
  const inbox = openInbox(world);
  await notify(inbox, fields, code.id);
  await processNotifications(world.domain, { limit: 10 });
  await inbox.close();

  const payment = await byNumber(fields['trade_no'] ?? '');
  expect((await eventsOf(payment)).filter((event) => event.startsWith('PAYMENT_'))).toHaveLength(1);
});

test('a pending refund and a pending cancel are settled by their lines', async () => {
  const { transaction: one } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const refund = await pendingRefund(one, '4.00');
  world.gateway.next(cut);
  await cancelTransaction(world.domain, { caller: world.owner, transactionId: other.id });

  await importText(
    world,
    transactionFile([
      lineOf(one, { type: 'REFUND', partnerId: refund.partnerRefundId, amount: '4.00' }),
      lineOf(other, { type: 'CANCEL' }),
      lineOf(one),
      lineOf(other),
    ]),
  );

  expect(await reload(one)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedMinor: 400n });
  expect(await reload(other)).toMatchObject({ status: 'CANCELLED', cancelNextCheckAt: null });
  expect(await complaints(world)).toMatchObject([
    { kind: 'STATUS_MISMATCH', status: 'HEALED', field: 'refund.status', expected: 'PENDING' },
    { kind: 'STATUS_MISMATCH', status: 'HEALED', field: 'status', actual: 'CANCELLED' },
  ]);
  expect((await eventsOf(one)).at(-1)).toBe('REFUND_SUCCEEDED reconciliation');
  expect((await eventsOf(other)).at(-1)).toBe('CANCELLED reconciliation');
});

test('refunds and cancels made elsewhere come into the books, also of payments first told of here', async () => {
  const { transaction: one } = await receivePayment(world);
  const { transaction: failed } = await receivePayment(world);
  world.gateway.next(refusal('MERCHANT_BALANCE_NOT_ENOUGH'));
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: failed.id,
    idempotencyKey: 'k',
  });
  const [believed] = await refundsOf(failed);

  await importText(
    world,
    transactionFile([
      lineOf(one),
      lineOf(failed),
      lineOf(one, {
        ...{ type: 'REFUND', partnerId: 'ELSEWHERE-1', amount: '2.50' },
        at: '2026-01-02 16:30:00',
      }),
      lineOf(failed, { type: 'REFUND', partnerId: believed?.partnerRefundId ?? '' }),
      { type: 'CANCEL', partnerId: 'T777', tradeNo: NUMBER, amount: '5.00' },
      { type: 'REFUND', partnerId: 'R8', tradeNo: '2026010222001400000000000888', amount: '1.00' },
      { partnerId: 'T8', tradeNo: '2026010222001400000000000888', amount: '3.00' },
    ]),
  );

  expect(await reload(one)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedMinor: 250n });
  expect(await reload(failed)).toMatchObject({ status: 'REFUNDED' });
  // As the line says: reports count it on that day, whenever the file was imported.
  expect(await refundsOf(one)).toMatchObject([{ settledAt: new Date('2026-01-02T08:30:00Z') }]);
  expect(await byNumber(NUMBER)).toMatchObject({ status: 'CANCELLED' });
  expect(await byNumber('2026010222001400000000000888')).toMatchObject({ refundedMinor: 100n });
  expect((await complaints(world)).map(({ status }) => status)).toEqual(
    Array.from({ length: 5 }, () => 'HEALED'),
  );
});

test('no idempotency key that a caller gives is that of a refund that the file tells of', async () => {
  const { transaction } = await receivePayment(world);
  const refund = (idempotencyKey: string) => {
    world.gateway.next((request) =>
      signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
    );
    return refundTransaction(world.domain, {
      ...{ caller: world.owner, transactionId: transaction.id, idempotencyKey },
      amount: { amount: '1.00', currency: 'HKD' },
    });
  };
  await refund('statement:PORTAL');
  const [mine] = await refundsOf(transaction);

  const result = await importDay(world, '2026-01-02', [
    lineOf(transaction),
    lineOf(transaction, { type: 'REFUND', partnerId: mine?.partnerRefundId ?? '', amount: '1.00' }),
    lineOf(transaction, { type: 'REFUND', partnerId: 'PORTAL', amount: '1.00' }),
  ]);

  expect(result).toMatchObject({ statement: { status: 'RECONCILED' } });
  const healed = await world.database.manager.findOneByOrFail(Refund, {
    partnerRefundId: 'PORTAL',
  });
  expect(healed).toMatchObject({ status: 'SUCCEEDED', amountMinor: 100n });
  expect(await refund(healed.idempotencyKey)).toMatchObject({
    refusal: 'INVALID_INPUT',
    field: ['idempotencyKey'],
  });
});

test('what contradicts the books waits for a person, with both values, and changes nothing', async () => {
  const { transaction: amount } = await receivePayment(world);
  const { transaction: order } = await receivePayment(world);
  const { transaction: tooMuch } = await receivePayment(world);
  const { transaction: twice } = await receivePayment(world);
  const { transaction: refunded } = await receivePayment(world);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: refunded.id,
    amount: { amount: '1.00', currency: 'HKD' },
    idempotencyKey: 'k',
  });
  const [refund] = await refundsOf(refunded);
  const before = await world.database.manager.find(Transaction, { order: { id: 'ASC' } });

  const result = await importText(
    world,
    transactionFile([
      lineOf(amount, { amount: '10.01' }),
      lineOf(order, { partnerId: 'ANOTHER' }),
      lineOf(tooMuch),
      lineOf(tooMuch, { type: 'REFUND', partnerId: 'R-TOO-MUCH', amount: '10.01' }),
      lineOf(twice),
      lineOf(twice),
      lineOf(refunded),
      lineOf(refunded, {
        type: 'REFUND',
        partnerId: refund?.partnerRefundId ?? '',
        amount: '1.50',
      }),
      lineOf(refunded, { type: 'CANCEL' }),
      { type: 'REFUND', partnerId: 'R-NOBODY', tradeNo: NUMBER, amount: '1.00' },
    ]),
  );

  expect(result).toMatchObject({
    statement: { status: 'DISCREPANCIES', lineCount: 10, matchedCount: 3 },
  });
  expect(
    (await complaints(world)).map((it) => [
      it.lineNumber,
      it.kind,
      it.status,
      it.field,
      it.expected,
      it.actual,
    ]),
  ).toEqual([
    [3, 'AMOUNT_MISMATCH', 'OPEN', 'amount', '10.00 HKD', '10.01 HKD'],
    [4, 'STATUS_MISMATCH', 'OPEN', 'partnerTransId', order.partnerTransId, 'ANOTHER'],
    [6, 'MISSING_LOCALLY', 'OPEN', 'refund', null, '10.01 HKD'],
    [8, 'DUPLICATE_LINE', 'OPEN', 'line', null, `${TRANSACTION_FILE}:7`],
    [10, 'AMOUNT_MISMATCH', 'OPEN', 'amount', '1.00 HKD', '1.50 HKD'],
    [11, 'STATUS_MISMATCH', 'OPEN', 'status', 'PARTIALLY_REFUNDED', 'CANCELLED'],
    [12, 'MISSING_LOCALLY', 'OPEN', 'refund', null, '1.00 HKD'],
  ]);
  expect(await world.database.manager.find(Transaction, { order: { id: 'ASC' } })).toEqual(before);
  expect(await countDiscrepancies(world.database, world.owner, { statuses: ['OPEN'] })).toBe(7);
});

test('lines of another product of the same partner are nobody’s business here', async () => {
  const result = await importText(
    world,
    transactionFile([{ partnerId: 'T1', tradeNo: NUMBER, amount: '1.00', scene: 'paymentQrCode' }]),
  );

  expect(result).toMatchObject({
    statement: { status: 'RECONCILED', lineCount: 1, matchedCount: 0 },
  });
  expect(await world.database.manager.count(Transaction)).toBe(0);
});

test('a line about our own payment is compared whatever its scene: by its trade, its order or its refund', async () => {
  const { transaction: ours } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const { transaction: refunded } = await receivePayment(world);
  const refund = await pendingRefund(refunded, '4.00');
  const astray = await pendingRefund(refunded, '1.00');
  const scene = 'portal';
  const elsewhere = { scene, type: 'REFUND', partnerId: 'R-PORTAL' };

  const result = await importText(
    world,
    transactionFile([
      lineOf(ours, { scene, amount: '99.00' }),
      lineOf(ours, { ...elsewhere, amount: '4.00' }),
      lineOf(other, { scene, tradeNo: NUMBER }),
      lineOf(refunded, { scene }),
      lineOf(refunded, { ...elsewhere, partnerId: refund.partnerRefundId, amount: '4.00' }),
      { scene, partnerId: 'T1', tradeNo: '1', amount: '1.00' },
      { ...elsewhere, partnerId: 'R1', tradeNo: '1', amount: '1.00' },
      { ...elsewhere, partnerId: astray.partnerRefundId, tradeNo: '1', amount: '1.00' },
    ]),
  );

  expect(result).toMatchObject({
    statement: { status: 'DISCREPANCIES', lineCount: 8, matchedCount: 1 },
  });
  expect((await complaints(world)).map((it) => [it.lineNumber, it.field, it.status])).toEqual([
    [3, 'amount', 'OPEN'],
    [4, 'refund', 'HEALED'],
    [5, 'alipayTransId', 'OPEN'],
    [7, 'refund.status', 'HEALED'],
    [10, 'alipayTransId', 'OPEN'],
    // Line 5 tells of another number of Alipay's.
    [null, 'payment', 'OPEN'],
  ]);
  expect(await reload(ours)).toMatchObject({ refundedMinor: 400n });
});

test('a settlement of our own payment settles it whatever its scene', async () => {
  const { transaction } = await receivePayment(world);
  const text = settlementOf([
    lineOf(transaction),
    { partnerId: 'T1', tradeNo: NUMBER, amount: '1.00' },
  ]).replaceAll('shopQrCode', 'portal');

  const result = await importText(world, text, SETTLEMENT_FILE);

  expect(result).toMatchObject({
    statement: { status: 'RECONCILED', lineCount: 2, matchedCount: 1 },
  });
  expect(await reload(transaction)).toMatchObject({ netMinor: 995n });
});

test('what the file lacks is named; what may still come is not yet due, and the next file decides', async () => {
  const { transaction: missing } = await receivePayment(world);
  const { transaction: late } = await receivePayment(world, { gmt_payment: '2026-01-02 23:50:00' });
  const { transaction: never } = await receivePayment(world, {
    gmt_payment: '2026-01-02 23:59:59',
  });
  const { transaction: refunded } = await receivePayment(world);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: refunded.id,
    idempotencyKey: 'k',
  });
  const [refund] = await refundsOf(refunded);

  const first = await importText(world, transactionFile([lineOf(refunded)]));

  expect(first).toMatchObject({ statement: { status: 'DISCREPANCIES', matchedCount: 1 } });
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await complaints(world)).map((it) => [
        it.refundId ?? it.transactionId ?? '',
        `${it.kind} ${it.field ?? ''} ${it.status}`,
      ]),
    );
  expect(await states()).toEqual({
    [missing.id]: 'MISSING_IN_STATEMENT payment OPEN',
    [late.id]: 'MISSING_IN_STATEMENT payment NOT_YET_DUE',
    [never.id]: 'MISSING_IN_STATEMENT payment NOT_YET_DUE',
    [refund?.id ?? '']: 'MISSING_IN_STATEMENT refund NOT_YET_DUE',
  });

  await importText(
    world,
    transactionFile(
      [
        lineOf(late, { at: '2026-01-02 23:50:00' }),
        lineOf(refunded, { type: 'REFUND', partnerId: refund?.partnerRefundId ?? '' }),
      ],
      '2026-01-03',
    ),
    `${PARTNER_ID}_transaction_20260103.txt`,
  );

  expect(await states()).toEqual({
    [missing.id]: 'MISSING_IN_STATEMENT payment OPEN',
    [late.id]: 'MISSING_IN_STATEMENT payment RESOLVED',
    [never.id]: 'MISSING_IN_STATEMENT payment OPEN',
    [refund?.id ?? '']: 'MISSING_IN_STATEMENT refund RESOLVED',
  });
});

test('a person resolves with a note, once, and the statement is reconciled then', async () => {
  const { transaction } = await receivePayment(world);
  await importText(world, transactionFile([lineOf(transaction, { amount: '9.00' })]));
  const [discrepancy] = await complaints(world);
  const resolve = (note: string, caller = world.owner) =>
    resolveDiscrepancy(world.domain, { caller, discrepancyId: discrepancy?.id ?? '', note });

  await expect(resolve('x', callerOf('AUDITOR'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await resolve('  ')).toMatchObject({ refusal: 'INVALID_INPUT', field: ['note'] });
  expect(await resolve('Alipay corrects it')).toMatchObject({
    discrepancy: {
      status: 'RESOLVED',
      resolvedBy: world.owner.subject,
      note: 'Alipay corrects it',
    },
  });
  expect(await resolve('again')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  const { edges } = await statementsPage(world.database, world.owner, { page: {} });
  expect(edges.map(({ node }) => node.status)).toEqual(['RECONCILED']);
});

test.each<[string, (text: string) => string | Buffer, RegExp]>([
  ['truncated', (text) => text.slice(0, -30), /TRUNCATED.*line 4/],
  [
    'rewritten by a spreadsheet',
    (text) => text.replace(/\d{28}/, '2.02601E+27'),
    /MANGLED.*line 3: Transaction_id/,
  ],
  [
    'of another partner',
    (text) => text.replace(PARTNER_ID, '2088000000000999'),
    /FOREIGN.*Partner/,
  ],
  ['of another day', (text) => text.replace('2026-01-02', '2026-01-05'), /FOREIGN.*Payment_time/],
  [
    'in two charsets',
    (text) => Buffer.concat([Buffer.from(`${text}é\n`), Buffer.from([0xe9, 0x0a])]),
    /MIS_ENCODED/,
  ],
])(
  'a file that is %s is rejected with its reason, and nothing is changed',
  async (_name, damage, reason) => {
    const { transaction } = await receivePayment(world);
    const good = transactionFile([
      { partnerId: 'T777', tradeNo: NUMBER, amount: '88.80' },
      lineOf(transaction),
    ]);

    const result = await importText(world, damage(good));

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', statement: { status: 'REJECTED' } });
    expect('message' in result && result.message).toMatch(reason);
    expect(await world.database.manager.count(Transaction)).toBe(1);
    expect(await complaints(world)).toEqual([]);
    expect(await importText(world, good)).toMatchObject({ statement: { status: 'RECONCILED' } });
  },
);

test('a corrected file takes the place of the earlier one, and leaves a trace', async () => {
  const { transaction } = await receivePayment(world);
  const wrong = await importText(world, transactionFile([lineOf(transaction, { amount: '9.00' })]));
  const right = await importText(world, transactionFile([lineOf(transaction)]));

  expect(right).toMatchObject({ statement: { status: 'RECONCILED', matchedCount: 1 } });
  expect(
    await world.database.manager.findOneByOrFail(Statement, { id: wrong.statement?.id ?? '' }),
  ).toMatchObject({ supersededBy: right.statement?.id, status: 'RECONCILED' });
  expect(await complaints(world)).toMatchObject([
    {
      status: 'RESOLVED',
      resolvedBy: 'reconciliation',
      note: expect.stringContaining('superseded') as string,
    },
  ]);
});

test('what a person has closed stays closed when the corrected file says the very same, and nothing else does', async () => {
  const { transaction: told } = await receivePayment(world);
  const { transaction: lacking } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const file = (amount: string): Line[] => [
    lineOf(told, { amount }),
    lineOf(other, { amount: '8.00' }),
  ];
  await importText(world, transactionFile(file('9.00')));
  for (const { id, transactionId } of await complaints(world)) {
    if (transactionId === other.id) continue;
    const note = transactionId === told.id ? 'Alipay was called' : 'paid in cash';
    await resolveDiscrepancy(world.domain, { caller: world.owner, discrepancyId: id, note });
  }
  const ofCorrected = async (lines: readonly Line[]): Promise<unknown[]> => {
    const { statement } = await importText(world, transactionFile(lines));
    return (await complaints(world))
      .filter(({ statementId }) => statementId === statement?.id)
      .map((it) => [it.transactionId, it.status, it.note, it.resolvedBy]);
  };
  const { subject } = world.owner;

  const foreign = lineOf(other, { partnerId: 'X', tradeNo: '1', scene: 'onlineShop' });
  expect(await ofCorrected([foreign, ...file('9.00')])).toEqual([
    [told.id, 'RESOLVED', 'Alipay was called', subject],
    [other.id, 'OPEN', null, null],
    [lacking.id, 'RESOLVED', 'paid in cash', subject],
  ]);
  expect(await ofCorrected(file('9.01'))).toEqual([
    [told.id, 'OPEN', null, null],
    [other.id, 'OPEN', null, null],
    [lacking.id, 'RESOLVED', 'paid in cash', subject],
  ]);
});

test.each([
  ['stood beside it', 2, ['OPEN', 'OPEN']],
  ['came with the corrected file', 1, ['RESOLVED', 'OPEN']],
])(
  'a refund’s line that %s is not closed with that of its payment, which says the same',
  async (_where, inFirstFile, ofCorrected) => {
    const { transaction } = await receivePayment(world);
    const merchantId = 'M_SOMEBODY';
    const portal = { type: 'REFUND', partnerId: 'PORTAL-1', amount: '4.00' };
    const lines = [
      lineOf(transaction, { merchantId }),
      lineOf(transaction, { merchantId, ...portal }),
      lineOf(transaction, { partnerId: 'X', tradeNo: '1', scene: 'onlineShop' }),
    ];
    await importText(world, transactionFile(lines.slice(0, inFirstFile)));
    const [ofPayment] = await complaints(world);
    const note = 'the shop has moved to that merchant';
    const command = { caller: world.owner, discrepancyId: ofPayment?.id ?? '', note };
    await resolveDiscrepancy(world.domain, command);

    const { statement } = await importText(world, transactionFile(lines));

    expect(statement).toMatchObject({ status: 'DISCREPANCIES' });
    expect(
      (await complaints(world))
        .filter(({ statementId }) => statementId === statement?.id)
        .map(({ status }) => status),
    ).toEqual(ofCorrected);
  },
);

test('lines that say the same stay closed together, once a person has closed each of them', async () => {
  const { transaction } = await receivePayment(world);
  const merchantId = 'M_SOMEBODY';
  const portal = { type: 'REFUND', partnerId: 'PORTAL-1', amount: '4.00' };
  const lines = [
    lineOf(transaction, { merchantId }),
    lineOf(transaction, { merchantId, ...portal }),
  ];
  await importText(world, transactionFile(lines));
  for (const { id: discrepancyId } of await complaints(world)) {
    await resolveDiscrepancy(world.domain, { caller: world.owner, discrepancyId, note: 'seen' });
  }

  const foreign = lineOf(transaction, { partnerId: 'X', tradeNo: '1', scene: 'onlineShop' });
  const corrected = await importText(world, transactionFile([...lines, foreign]));

  expect(corrected).toMatchObject({ statement: { status: 'RECONCILED' } });
});

test.each([
  ['transaction', TRANSACTION_FILE, transactionFile],
  ['settlement', SETTLEMENT_FILE, settlementOf],
] as const)(
  'an empty %s file does not take the place of one with lines',
  async (_kind, name, write) => {
    const { transaction } = await receivePayment(world);
    await importText(world, write([lineOf(transaction)]), name);
    const before = await reload(transaction);

    expect(await importText(world, '', name)).toMatchObject({
      refusal: 'INVALID_INPUT',
      message: expect.stringMatching(/TRUNCATED.*is empty/) as string,
      statement: { status: 'REJECTED' },
    });

    expect(await reload(transaction)).toEqual(before);
    expect(await complaints(world)).toEqual([]);
    expect(await importText(world, write([lineOf(transaction)]), name)).toMatchObject({
      statement: { status: 'RECONCILED', supersededBy: null },
    });
  },
);

test.each([
  ['transaction', TRANSACTION_FILE, transactionFile],
  ['settlement', SETTLEMENT_FILE, settlementOf],
] as const)(
  'a line about a fee alone waits for a person, and holds up no other of its %s file',
  async (_kind, name, write) => {
    const { transaction } = await receivePayment(world);
    const feeAlone = {
      partnerId: 'T-fee',
      tradeNo: '2026010222001400000000000001',
      amount: '0.00',
    };
    const unheard = {
      partnerId: 'T-new',
      tradeNo: '2026010222001400000000000002',
      amount: '10.00',
    };

    const result = await importText(world, write([feeAlone, lineOf(transaction), unheard]), name);

    expect(result).toMatchObject({ statement: { status: 'DISCREPANCIES', matchedCount: 1 } });
    expect((await complaints(world)).map(({ status, actual }) => [status, actual])).toEqual([
      ['OPEN', '0.00 HKD'],
      ['HEALED', '10.00 HKD'],
    ]);
    expect(await byNumber(unheard.tradeNo)).toMatchObject({ status: 'PAID' });
  },
);

test('a file is taken back even if that takes longer than any statement may', async () => {
  const hasty = await createWorld({ statementTimeoutMs: 1_000 });
  onTestEnd = () => hasty.close();
  const { transaction } = await receivePayment(hasty);
  await importText(hasty, transactionFile([lineOf(transaction, { amount: '9.00' })]));
  await hasty.database.manager.query(
    `create function take_long() returns trigger language plpgsql as $$
     begin perform pg_sleep(1.5); return old; end $$`,
  );
  await hasty.database.manager.query(
    `create trigger long before delete on statement_lines for each row execute function take_long()`,
  );

  const right = await importText(hasty, transactionFile([lineOf(transaction)]));

  expect(right).toMatchObject({ statement: { status: 'RECONCILED', matchedCount: 1 } });
});

test('a settlement tells fee, net and time, line by line; a contradiction and a second settlement are named', async () => {
  const { transaction: one } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: one.id,
    amount: { amount: '4.00', currency: 'HKD' },
    idempotencyKey: 'k',
  });
  const [refund] = await refundsOf(one);
  expect(await unsettledPayments(world.database, world.owner)).toMatchObject([
    { currency: 'HKD', count: 2, amountMinor: 1_600n },
  ]);
  const key = ({ alipayTransId, partnerTransId }: Transaction) => ({
    tradeNo: alipayTransId,
    partnerId: partnerTransId ?? '',
  });
  const paid = { ...key(one), amount: '10.00', fee: '0.08', net: '9.92' };
  const back = {
    type: 'R' as const,
    tradeNo: one.alipayTransId,
    partnerId: refund?.partnerRefundId ?? '',
    amount: '-4.00',
    fee: '-0.03',
    net: '-3.97',
  };

  const result = await importText(
    world,
    settlementFile([paid, back, { ...key(other), amount: '10.50', fee: '0.08', net: '10.42' }]),
    SETTLEMENT_FILE,
  );
  await importText(
    world,
    settlementFile([{ ...paid, settledAt: new Date('2026-01-06T07:00:00Z') }]),
    `${PARTNER_ID}_settlement_20260105.txt`,
  );

  expect(result).toMatchObject({
    statement: { status: 'DISCREPANCIES', lineCount: 3, matchedCount: 2 },
  });
  expect(await reload(one)).toMatchObject({
    feeMinor: 8n,
    netMinor: 992n,
    settledAt: new Date('2026-01-03T07:46:00Z'),
  });
  expect((await refundsOf(one))[0]).toMatchObject({ feeMinor: 3n, netMinor: 397n });
  expect(await reload(other)).toMatchObject({ settledAt: null });
  expect((await complaints(world)).map(({ kind, lineNumber }) => [kind, lineNumber])).toEqual([
    ['DUPLICATE_LINE', 1],
    ['AMOUNT_MISMATCH', 3],
  ]);
  expect(await unsettledPayments(world.database, world.owner)).toMatchObject([{ count: 1 }]);
});

test('what is settled in another currency is noted in that, also in an export, and taken back with its file', async () => {
  const { transaction } = await receivePayment(world);
  const inCny = settlementOf([lineOf(transaction, { amount: '9.20' })])
    .replace('|HKD|', '|CNY|')
    .replace('|HKD|9.20|', '|HKD|10.00|');
  const exported = async (subject: ExportSubject): Promise<readonly ExportRow[]> => {
    const rows = [];
    for await (const some of exportRows(world.database, world.owner, subject, {}))
      rows.push(...some);
    return rows;
  };

  expect(await importText(world, inCny, SETTLEMENT_FILE)).toMatchObject({
    statement: { status: 'RECONCILED', matchedCount: 1 },
  });

  const settled = await reload(transaction);
  expect(settled).toMatchObject({ feeMinor: 5n, netMinor: 915n, currency: 'HKD' });
  expect(settlementCurrencyOf(settled)).toBe('CNY');
  expect(await exported('settlements')).toMatchObject([
    {
      currency: 'HKD',
      amount: '10.00',
      fee: '0.05',
      settlement: '9.15',
      settlement_currency: 'CNY',
    },
  ]);
  expect(await exported('transactions')).toMatchObject([
    { currency: 'HKD', amount: '10.00', fee: '0.05', net: '9.15', settlement_currency: 'CNY' },
  ]);

  await importText(world, settlementOf([lineOf(transaction)]), SETTLEMENT_FILE);

  expect(await reload(transaction)).toMatchObject({ netMinor: 995n, settlementCurrency: null });
});

test('a corrected settlement settles anew', async () => {
  const { transaction } = await receivePayment(world);
  const line = {
    tradeNo: transaction.alipayTransId,
    partnerId: transaction.partnerTransId ?? '',
    amount: '10.00',
  };
  await importText(world, settlementFile([{ ...line, fee: '0.08', net: '9.92' }]), SETTLEMENT_FILE);
  await importText(world, settlementFile([{ ...line, fee: '0.10', net: '9.90' }]), SETTLEMENT_FILE);

  expect(await reload(transaction)).toMatchObject({ feeMinor: 10n, netMinor: 990n });
  expect(await complaints(world)).toEqual([]);
});

test('a payment known to the settlement file alone is made of its line', async () => {
  await importText(
    world,
    settlementFile([
      { tradeNo: NUMBER, partnerId: 'T777', amount: '88.80', fee: '0.71', net: '88.09' },
    ]),
    SETTLEMENT_FILE,
  );

  expect(await byNumber(NUMBER)).toMatchObject({ status: 'PAID', feeMinor: 71n, netMinor: 8_809n });
});

test('an import that broke off is taken up by importing the file again', async () => {
  const { transaction } = await receivePayment(world);
  const text = transactionFile([
    { partnerId: 'T777', tradeNo: NUMBER, amount: '88.80' },
    lineOf(transaction, { amount: '9.00' }),
  ]);
  const whole = await importText(world, text);
  // As a process leaves it that dies just before the end.
  await world.database.manager.query(
    'update statements set status = null, imported_at = null, matched_count = 0',
  );
  expect((await statementsPage(world.database, world.owner, { page: {} })).edges).toEqual([]);

  const again = await importText(world, text);

  expect(again).toMatchObject({
    statement: { id: whole.statement?.id, status: 'DISCREPANCIES', matchedCount: 0 },
  });
  expect((await complaints(world)).map(({ kind, status }) => [kind, status])).toEqual([
    ['MISSING_LOCALLY', 'HEALED'],
    ['AMOUNT_MISMATCH', 'OPEN'],
  ]);
});

test('two who import the same file at once import it once', async () => {
  await openCounter(world);
  const text = transactionFile([{ partnerId: 'T777', tradeNo: NUMBER, amount: '88.80' }]);

  await Promise.all([importText(world, text), importText(world, text)]);

  expect(await world.database.manager.count(Statement)).toBe(1);
  expect(await eventsOf(await byNumber(NUMBER))).toEqual([
    'PAYMENT_RECEIVED reconciliation',
    'RECONCILED reconciliation',
  ]);
});

/** Resolves when somebody waits for a lock that is held. */
async function untilWaiting(): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const waiting: unknown[] = await world.database.manager.query(
      `select from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    return waiting.length === 1;
  };
  if (!(await waitUntil(isSo, 10_000))) throw new Error('Nobody waits.');
}

test('bytes that nobody has taken up are no statement, whenever they turn out to be whole', async () => {
  await openCounter(world);
  const text = transactionFile([{ partnerId: 'T777', tradeNo: NUMBER, amount: '88.80' }]);
  const { manager } = world.database;
  const held = manager.dataSource.createQueryRunner();
  onTestEnd = () => held.release();
  await held.startTransaction();
  await lockDay({ manager: held.manager } as Tx, { kind: 'TRANSACTION', date: '2026-01-02' });
  const brought = importText(world, text);
  await untilWaiting();

  const known: unknown[] = await manager.query('select from statements where sha256 is not null');

  expect(known).toEqual([]);
  await held.commitTransaction();
  expect((await brought).statement).toMatchObject({ status: 'RECONCILED' });
});

test('the reconciled files of every day in question, and of the day after, end the doubts of a restored backup', async () => {
  await receivePayment(world);
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  world.clock.advance(24 * 3_600_000);
  await noticeRestoration(world.domain);
  const importDay = (date: string, lines: Parameters<typeof transactionFile>[0] = []) =>
    importText(
      world,
      transactionFile(lines, date),
      `${PARTNER_ID}_transaction_${date.replaceAll('-', '')}.txt`,
    );

  await importDay('2026-01-03');
  await importDay('2026-01-04');
  // A refund that cannot be taken up is still missing: the day does not count.
  await importDay('2026-01-02', [
    { type: 'REFUND', partnerId: 'R-NOBODY', tradeNo: NUMBER, amount: '1.00' },
  ]);
  expect(await restorationProgress(world.database)).not.toBeNull();
  for (const { id, status } of await complaints(world)) {
    if (status === 'RESOLVED') continue;
    await resolveDiscrepancy(world.domain, {
      caller: world.owner,
      discrepancyId: id,
      note: 'entered by hand',
    });
  }

  expect(await restorationProgress(world.database)).toBeNull();
});

test.each(['', '\n', '\uFEFF\r\n\r\n'])(
  'a file of which nothing can be read, as %j, ends no doubts of a restored backup: it tells of no refund',
  async (nothing) => {
    await receivePayment(world);
    await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
    world.clock.advance(24 * 3_600_000);
    await noticeRestoration(world.domain);

    await importText(world, nothing);
    await importDay(world, '2026-01-03', []);
    await importDay(world, '2026-01-04', []);
    for (const { id, status } of await complaints(world)) {
      if (status === 'RESOLVED') continue;
      await resolveDiscrepancy(world.domain, {
        ...{ caller: world.owner, discrepancyId: id },
        note: 'Alipay has the file no more; paid, by the portal',
      });
    }

    expect(await restorationProgress(world.database)).toMatchObject({ inDoubt: 1 });
  },
);

test('an empty file, as one is that is just being written, ends no doubts, and the whole one does', async () => {
  const { transaction } = await receivePayment(world);
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  await noticeRestoration(world.domain);
  const NEXT_DAY = `${PARTNER_ID}_transaction_20260103.txt`;

  await importText(world, '', NEXT_DAY);
  await importDay(world, '2026-01-02', [lineOf(transaction)]);

  expect(await restorationProgress(world.database)).toMatchObject({ inDoubt: 1 });

  const portal = { type: 'REFUND', partnerId: 'PORTAL', amount: '4.00' };
  await importDay(world, '2026-01-03', [lineOf(transaction, portal)]);

  expect(await restorationProgress(world.database)).toBeNull();
  expect(await reload(transaction)).toMatchObject({ refundedMinor: 400n });
});

test('a refund that a restored backup lacks is taken up whatever the scene of its line', async () => {
  const { transaction } = await receivePayment(world);
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  await noticeRestoration(world.domain);
  const line = { type: 'REFUND', partnerId: 'PORTAL', amount: '10.00', scene: 'portal' };

  await importDay(world, '2026-01-02', [lineOf(transaction), lineOf(transaction, line)]);
  await importDay(world, '2026-01-03', []);

  expect(await restorationProgress(world.database)).toBeNull();
  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED', refundedMinor: 1000n });
});

test('a refund that was open in a restored backup keeps the doubts, until a person says what became of it', async () => {
  const { transaction } = await receivePayment(world);
  const refund = await pendingRefund(transaction, '4.00');
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  world.clock.advance(60_000);
  await noticeRestoration(world.domain);

  const elsewhere = { type: 'REFUND', partnerId: 'PORTAL', amount: '4.00' };
  await importText(
    world,
    transactionFile([lineOf(transaction), { ...elsewhere, tradeNo: transaction.alipayTransId }]),
  );
  await importText(
    world,
    transactionFile([], '2026-01-03'),
    `${PARTNER_ID}_transaction_20260103.txt`,
  );
  for (const { id } of await complaints(world)) {
    await resolveDiscrepancy(world.domain, { caller: world.owner, discrepancyId: id, note: 'ok' });
  }
  expect(await restorationProgress(world.database)).toMatchObject({ pending: 1 });
  await resolveRefund(world.domain, {
    caller: world.owner,
    refundId: refund.id,
    outcome: 'FAILED',
    note: 'the till says that Alipay refused it',
  });

  expect(await restorationProgress(world.database)).toBeNull();
});

test('also thousands of payments that a file lacks are named', async () => {
  await world.database.manager.query(
    `insert into transactions (id, alipay_trans_id, status, alipay_status, alipay_statuses_seen,
       amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
     select gen_random_uuid(), n::text, 'PAID', 'TRADE_SUCCESS', '{TRADE_SUCCESS}', 100, 'HKD',
       'ALIPAY_HK', '2026-01-02T04:00:00Z', now(), now() from generate_series(1, 6000) n`,
  );

  const result = await importText(world, transactionFile([]));

  expect(result).toMatchObject({ statement: { status: 'DISCREPANCIES' } });
  expect(await countDiscrepancies(world.database, world.owner, { statuses: ['OPEN'] })).toBe(6_000);
});

test('catching up takes the earliest day first, and one bad file holds up no other', async () => {
  const { transaction } = await receivePayment(world);
  const files = new Map([
    [`${PARTNER_ID}_transaction_20260103.txt`, transactionFile([], '2026-01-03')],
    [`${PARTNER_ID}_transaction_20260101.txt`, transactionFile([], '2026-01-01')],
    [TRANSACTION_FILE, transactionFile([lineOf(transaction)])],
    ['notes.txt', 'nobody asked'],
  ]);
  const statementFiles = {
    list: () => Promise.resolve([...files.keys()].map((name) => ({ name }))),
    open: (name: string) =>
      name.includes('20260101')
        ? Promise.reject(new Error('it was not whole'))
        : Promise.resolve(streamOf(files.get(name) ?? '')),
  };

  const first = await catchUpStatements({ ...world.domain, statementFiles });
  const again = await catchUpStatements({ ...world.domain, statementFiles });

  expect(first.imported).toEqual([TRANSACTION_FILE, `${PARTNER_ID}_transaction_20260103.txt`]);
  expect(again.imported).toEqual([]);
  expect(
    world.log.filter(({ fact }) => fact === 'a statement could not be imported now'),
  ).toHaveLength(2);
});

test('a day on which customers paid and that has no file is told of once it is late', async () => {
  await receivePayment(world);
  const statementFiles = { list: () => Promise.resolve([]), open: () => Promise.resolve(null) };
  const missing = async () =>
    (await catchUpStatements({ ...world.domain, statementFiles })).missingDays;

  world.clock.set(new Date('2026-01-03T03:59:00Z'));
  expect(await missing()).toEqual([]);
  world.clock.set(new Date('2026-01-03T04:01:00Z'));
  expect(await missing()).toEqual(['2026-01-02']);
});

test('a day whose corrected file broke off in its import is told of, too', async () => {
  const { transaction } = await receivePayment(world);
  await importText(world, transactionFile([]));
  await importText(world, transactionFile([lineOf(transaction)]));
  // As a process leaves it that dies just before the end.
  await world.database.manager.query(
    'update statements set status = null, imported_at = null where superseded_by is null',
  );
  const missing = (): Promise<string[]> =>
    findMissingDays(world.database, new Date('2026-01-03T04:01:00Z'));
  expect(await missing()).toEqual(['2026-01-02']);

  await importText(world, transactionFile([lineOf(transaction)]));

  expect(await missing()).toEqual([]);
});

test('what an upload left behind that never became whole is forgotten', async () => {
  await world.database.manager.query(
    `insert into statements (id, kind, date, file_name, imported_by, started_at)
     values (gen_random_uuid(), 'TRANSACTION', '2026-01-01', 'x', 'y', $1)`,
    [world.clock.now()],
  );
  world.clock.advance(25 * 3_600_000);

  await importText(world, transactionFile([]));

  expect(await world.database.manager.countBy(Statement, { fileName: 'x' })).toBe(0);
});

test('a day is fetched and imported: what is there, nothing twice, and a clear word otherwise', async () => {
  const { transaction } = await receivePayment(world);
  const files = new Map<string, string>();
  const open = (fileName: string) => {
    const text = files.get(fileName);
    return Promise.resolve(text === undefined ? null : streamOf(text));
  };
  const reconcile = (statementFiles = { open }) =>
    reconcileDay({ ...world.domain, statementFiles }, { caller: world.owner, date: '2026-01-02' });

  expect(
    await reconcileDay(world.domain, { caller: world.owner, date: '2026-01-02' }),
  ).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  expect(await reconcile()).toMatchObject({ refusal: 'NOT_FOUND', statements: [] });
  expect(
    await reconcile({ open: () => Promise.reject(new Error('no route to host')) }),
  ).toMatchObject({ refusal: 'ALIPAY_UNAVAILABLE' });
  files.set(TRANSACTION_FILE, transactionFile([lineOf(transaction)]));
  files.set(SETTLEMENT_FILE, 'no settlement');
  expect(await reconcile()).toMatchObject({
    refusal: 'INVALID_INPUT',
    statements: [{ status: 'RECONCILED' }, { status: 'REJECTED' }],
  });
});

async function* streamOf(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 100) {
    yield await Promise.resolve(Buffer.from(text.slice(at, at + 100)));
  }
}

test.each([
  ['2.50', 'PARTIALLY_REFUNDED', 250n],
  ['10.00', 'REFUNDED', 1000n],
])('what was given back was paid: %s of a payment that nobody told of', async (...given) => {
  const [amount, status, refundedMinor] = given;
  const { transaction } = await receivePayment(world, {
    trade_status: 'WAIT_BUYER_PAY',
    gmt_payment: '',
  });

  await importText(
    world,
    transactionFile([lineOf(transaction, { type: 'REFUND', partnerId: 'ELSEWHERE-1', amount })]),
  );

  expect(await reload(transaction)).toMatchObject({
    ...{ status, refundedMinor, paidAt: transaction.createdAt },
    institutionCheckAt: world.clock.now(),
  });
  expect(await eventsOf(transaction)).toEqual([
    'PAYMENT_RECEIVED reconciliation',
    'RECONCILED reconciliation',
    'REFUND_SUCCEEDED reconciliation',
  ]);
  const sums = { currency: 'HKD', count: 1, grossMinor: 1000n, refundedMinor };
  expect(await transactionTotals(world.database, world.owner)).toMatchObject([sums]);
  const days = { from: '2026-01-02', to: '2026-01-02', groupBy: 'DAY' } as const;
  expect(await salesReport(world.database, world.owner, days)).toMatchObject([sums]);
});

async function refundsOfDays(): Promise<readonly object[]> {
  const days = { from: '2026-01-01', to: '2026-01-05', groupBy: 'DAY' } as const;
  const report = await salesReport(world.database, world.owner, days);
  return report.filter(({ refundedMinor }) => refundedMinor > 0n);
}

test.each([
  ['the line says', '2026-01-02 23:30:00', '2026-01-02'],
  ['its file is of, where the line repeats when was paid', '2026-01-02 15:04:03', '2026-01-03'],
])(
  'a refund that Alipay books a day later was given back on the day that %s',
  async (_, at, day) => {
    const { transaction } = await receivePayment(world);
    await importDay(world, '2026-01-02', [lineOf(transaction)]);
    world.clock.set(new Date('2026-01-04T01:30:00Z')); // when the file of the day before has come

    await importDay(world, '2026-01-03', [
      lineOf(transaction, { ...{ type: 'REFUND', partnerId: 'ELSEWHERE-1', amount: '2.50' }, at }),
    ]);

    expect(await refundsOfDays()).toMatchObject([{ key: day, refundedMinor: 250n }]);
  },
);

test.each([
  ['that the line tells', '2026-01-02 23:30:00', '2026-01-02'],
  ['of the import, where the line repeats when was paid', '2026-01-02 15:04:03', '2026-01-04'],
])('a refund that a settlement tells of first was given back on the day %s', async (_, at, day) => {
  const { transaction } = await receivePayment(world);
  world.clock.set(new Date('2026-01-04T01:30:00Z'));

  const refund = lineOf(transaction, { partnerId: 'ELSEWHERE-1', amount: '2.50' });
  const sums = { fee: '0.02', net: '2.48' };
  const settledAt = new Date('2026-01-03T07:46:00Z');
  await importText(
    world,
    settlementFile([{ ...refund, ...sums, type: 'R', at, settledAt }]),
    SETTLEMENT_FILE,
  );

  expect(await refundsOfDays()).toMatchObject([{ key: day, refundedMinor: 250n }]);
});
