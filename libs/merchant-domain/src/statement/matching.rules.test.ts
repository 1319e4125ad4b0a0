import { type Money } from '@countersign/alipay-protocol';

import { Refund } from '../refund/refund.entity';
import { Transaction } from '../transaction/transaction.entity';
import {
  amountIn,
  type Day,
  type Disagreement,
  duplicateOf,
  isOurScene,
  type Match,
  matchCancel,
  matchPayment,
  matchRefund,
  matchSettledPayment,
  matchSettlement,
  missingInStatement,
  type Settleable,
  type SettlementMatch,
} from './matching.rules';

type Line = Parameters<typeof matchPayment>[0];
type SettlementLine = Parameters<typeof matchSettlement>[0];
type Said = [Disagreement['kind'], string | null, string | null, string | null];

const TRADE = '2026010222001400000000000777';
const OTHER_TRADE = '2026010222001400000000000888';
const MATCHED: Match = { outcome: 'MATCHED' };

const hkd = (minor: bigint): Money => ({ minor, currency: 'HKD' });
const cny = (minor: bigint): Money => ({ minor, currency: 'CNY' });
const usd = (minor: bigint): Money => ({ minor, currency: 'USD' });
const jpy = (minor: bigint): Money => ({ minor, currency: 'JPY' });

const open = (...[kind, field, expected, actual]: Said): Match => ({
  outcome: 'OPEN',
  disagreement: { kind, field, expected, actual },
});
const heal = (...[kind, field, expected, actual]: Said): Match => ({
  outcome: 'HEAL',
  disagreement: { kind, field, expected, actual },
});

function lineOf(some: Partial<Line>): Line {
  return {
    amount: hkd(1000n),
    transAmount: null,
    partnerTransactionId: 'T1',
    transactionId: TRADE,
    paymentTime: new Date('2026-01-02T07:04:03Z'),
    secondaryMerchantId: 'M_SHOP',
    ...some,
  };
}

function paymentOf(some: Partial<Transaction>): Transaction {
  return Object.assign(new Transaction(), {
    alipayTransId: TRADE,
    partnerTransId: 'T1',
    status: 'PAID',
    alipayStatusesSeen: ['TRADE_SUCCESS'],
    amountMinor: 1000n,
    currency: 'HKD',
    refundedMinor: 0n,
    pendingRefundMinor: 0n,
    cancelStatus: null,
    paidAt: new Date('2026-01-02T07:04:03Z'),
    settledAt: null,
    ...some,
  });
}

function refundOf(some: Partial<Refund>): Refund {
  return Object.assign(new Refund(), {
    status: 'SUCCEEDED',
    amountMinor: 400n,
    currency: 'HKD',
    ...some,
  });
}

/** From midnight to midnight in Beijing, which is eight hours ahead. */
const DAY: Day = {
  date: '2026-01-02',
  from: new Date('2026-01-01T16:00:00Z'),
  to: new Date('2026-01-02T16:00:00Z'),
};

/** What no line about a trade may say otherwise, be it of its payment or of its cancel. */
const CONTRADICTIONS: [string, Partial<Line>, Partial<Transaction>, Match][] = [
  [
    'a cent more',
    { amount: hkd(1001n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
  ],
  [
    'a cent less',
    { amount: hkd(999n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '9.99 HKD'),
  ],
  [
    'a yen more, which has no decimals',
    { amount: jpy(1001n) },
    { currency: 'JPY' },
    open('AMOUNT_MISMATCH', 'amount', '1000 JPY', '1001 JPY'),
  ],
  [
    'another amount that the customer paid, where as much is settled as we say',
    { transAmount: hkd(1001n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
  ],
  [
    'another amount that is settled, where the customer paid as much as we say',
    { transAmount: hkd(1000n), amount: hkd(1001n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
  ],
  [
    'two other amounts, of which the one that the customer paid is named',
    { transAmount: hkd(1001n), amount: hkd(1002n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
  ],
  [
    'another amount that the customer paid, settled in another currency',
    { transAmount: hkd(1001n), amount: usd(1000n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
  ],
  [
    'another amount that is settled, paid in another currency',
    { transAmount: cny(1000n), amount: hkd(1001n) },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
  ],
  [
    'as many of another currency',
    { amount: cny(1000n) },
    {},
    open('AMOUNT_MISMATCH', 'currency', 'HKD', 'CNY'),
  ],
  [
    'two other currencies, of which the one that the customer paid is named',
    { transAmount: cny(1000n), amount: usd(1000n) },
    {},
    open('AMOUNT_MISMATCH', 'currency', 'HKD', 'CNY'),
  ],
  [
    'another order number',
    { partnerTransactionId: 'T2' },
    {},
    open('STATUS_MISMATCH', 'partnerTransId', 'T1', 'T2'),
  ],
  [
    'another merchant',
    { secondaryMerchantId: 'M_SOMEBODY' },
    {},
    open('STATUS_MISMATCH', 'secondaryMerchantId', 'M_SHOP', 'M_SOMEBODY'),
  ],
  [
    'another merchant, of a payment whose order number we lack',
    { secondaryMerchantId: 'M_SOMEBODY' },
    { partnerTransId: null },
    open('STATUS_MISMATCH', 'secondaryMerchantId', 'M_SHOP', 'M_SOMEBODY'),
  ],
  [
    'another amount, order number and merchant, of which the amount is named',
    { amount: hkd(1n), partnerTransactionId: 'T2', secondaryMerchantId: 'M_SOMEBODY' },
    {},
    open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '0.01 HKD'),
  ],
  [
    'another order number and merchant, of which the order number is named',
    { partnerTransactionId: 'T2', secondaryMerchantId: 'M_SOMEBODY' },
    {},
    open('STATUS_MISMATCH', 'partnerTransId', 'T1', 'T2'),
  ],
];

/** Ways to say the same in fewer words, or in two currencies. */
const AGREEMENTS: [string, Partial<Line>, string | null][] = [
  ['as the books say', {}, 'M_SHOP'],
  ['both amounts in our currency', { transAmount: hkd(1000n) }, 'M_SHOP'],
  ['settled in another currency', { transAmount: hkd(1000n), amount: usd(128n) }, 'M_SHOP'],
  ['paid in another currency', { transAmount: cny(921n) }, 'M_SHOP'],
  ['an older layout, which names no merchant', { secondaryMerchantId: '' }, 'M_SHOP'],
  ['a shop that we do not know', {}, null],
];

describe('the line of a payment on record', () => {
  test.each(AGREEMENTS)('%s: matched', (_name, line, merchantId) => {
    const known = { payment: paymentOf({}), merchantId, sameOrder: null };

    expect(matchPayment(lineOf(line), known, DAY)).toEqual(MATCHED);
    expect(matchPayment(lineOf(line), known, null)).toEqual(MATCHED);
  });

  test.each<[string, Partial<Transaction>]>([
    ['given back since', { status: 'REFUNDED', refundedMinor: 1000n }],
    ['cancelled since', { status: 'CANCELLED', cancelStatus: 'DONE' }],
    [
      'closed since',
      { status: 'CLOSED', alipayStatusesSeen: ['TRADE_CLOSED', 'TRADE_FINISHED', 'TRADE_SUCCESS'] },
    ],
    ['at a time that we do not know', { paidAt: null }],
    ['a quarter of an hour before the line', { paidAt: new Date('2026-01-02T06:49:03.000Z') }],
    ['a quarter of an hour after the line', { paidAt: new Date('2026-01-02T07:19:03.000Z') }],
    ['at a time that was guessed rightly', { paidAtGuessed: true }],
    ['at a time that we do not know, nor guess', { paidAt: null, paidAtGuessed: true }],
  ])('paid, and %s: matched', (_name, some) => {
    const known = { payment: paymentOf(some), merchantId: 'M_SHOP', sameOrder: null };

    expect(matchPayment(lineOf({}), known, DAY)).toEqual(MATCHED);
  });

  test.each<[string, string]>([
    ['a second before', '2026-01-02T07:04:02.000Z'],
    ['a day after', '2026-01-03T07:04:03.000Z'],
  ])('a time that was guessed, %s, gives way to that of the line', (_name, guess) => {
    const payment = paymentOf({ paidAt: new Date(guess), paidAtGuessed: true });

    expect(
      matchPayment(lineOf({}), { payment, merchantId: 'M_SHOP', sameOrder: null }, DAY),
    ).toEqual(heal('STATUS_MISMATCH', 'paidAt', guess, '2026-01-02T07:04:03.000Z'));
  });

  test.each<[string, Partial<Line>, Partial<Transaction>, Match]>([
    ...CONTRADICTIONS,
    [
      'a time more than a quarter of an hour later',
      {},
      { paidAt: new Date('2026-01-02T06:49:02.999Z') },
      open('STATUS_MISMATCH', 'paidAt', '2026-01-02T06:49:02.999Z', '2026-01-02T07:04:03.000Z'),
    ],
    [
      'a time more than a quarter of an hour earlier',
      {},
      { paidAt: new Date('2026-01-02T07:19:03.001Z') },
      open('STATUS_MISMATCH', 'paidAt', '2026-01-02T07:19:03.001Z', '2026-01-02T07:04:03.000Z'),
    ],
    [
      'another merchant and time, of which the merchant is named',
      { secondaryMerchantId: 'M_SOMEBODY', paymentTime: new Date('2026-01-02T09:00:00Z') },
      {},
      open('STATUS_MISMATCH', 'secondaryMerchantId', 'M_SHOP', 'M_SOMEBODY'),
    ],
    [
      'another time, of a payment that is unpaid in our books and lacks its order number',
      { paymentTime: new Date('2026-01-02T09:00:00Z') },
      { status: 'AWAITING_PAYMENT', alipayStatusesSeen: ['WAIT_BUYER_PAY'], partnerTransId: null },
      open('STATUS_MISMATCH', 'paidAt', '2026-01-02T07:04:03.000Z', '2026-01-02T09:00:00.000Z'),
    ],
  ])('%s: a person has to look', (_name, line, some, match) => {
    const known = { payment: paymentOf(some), merchantId: 'M_SHOP', sameOrder: null };

    expect(matchPayment(lineOf(line), known, DAY)).toEqual(match);
  });

  test.each<[string, Partial<Transaction>, Match]>([
    [
      'unpaid',
      { status: 'AWAITING_PAYMENT', alipayStatusesSeen: ['WAIT_BUYER_PAY'], paidAt: null },
      heal('STATUS_MISMATCH', 'status', 'AWAITING_PAYMENT', 'PAID'),
    ],
    [
      'closed unpaid',
      {
        status: 'CLOSED',
        alipayStatusesSeen: ['TRADE_CLOSED', 'WAIT_BUYER_PAY'],
        paidAt: null,
      },
      heal('STATUS_MISMATCH', 'status', 'CLOSED', 'PAID'),
    ],
    [
      'paid, without its order number',
      { partnerTransId: null },
      heal('STATUS_MISMATCH', 'partnerTransId', null, 'T1'),
    ],
    [
      'unpaid, without its order number',
      { status: 'AWAITING_PAYMENT', alipayStatusesSeen: [], paidAt: null, partnerTransId: null },
      heal('STATUS_MISMATCH', 'status', 'AWAITING_PAYMENT', 'PAID'),
    ],
  ])('%s in our books: they follow the line', (_name, some, match) => {
    const known = { payment: paymentOf(some), merchantId: 'M_SHOP', sameOrder: null };

    expect(matchPayment(lineOf({}), known, DAY)).toEqual(match);
  });
});

describe('the line of a cancel, of a payment on record', () => {
  test.each(AGREEMENTS)('cancelled, and %s: matched', (_name, line, merchantId) => {
    const known = {
      payment: paymentOf({ status: 'CANCELLED', cancelStatus: 'DONE' }),
      merchantId,
      sameOrder: null,
    };

    expect(matchCancel(lineOf(line), known, DAY)).toEqual(MATCHED);
  });

  test.each<[string, Partial<Line>, Partial<Transaction>]>([
    ['without an order number', {}, { partnerTransId: null }],
    ['hours after it was paid', { paymentTime: new Date('2026-01-02T15:00:00Z') }, {}],
    ['never paid', {}, { alipayStatusesSeen: ['WAIT_BUYER_PAY'], paidAt: null }],
  ])('cancelled, %s: matched', (_name, line, some) => {
    const known = {
      payment: paymentOf({ status: 'CANCELLED', cancelStatus: 'DONE', ...some }),
      merchantId: 'M_SHOP',
      sameOrder: null,
    };

    expect(matchCancel(lineOf(line), known, DAY)).toEqual(MATCHED);
  });

  test('cancelled, and paid out before: a person has to look', () => {
    const settledAt = new Date('2026-01-03T07:46:00Z');
    const payment = paymentOf({ status: 'CANCELLED', cancelStatus: 'DONE', settledAt });

    expect(
      matchCancel(lineOf({}), { payment, merchantId: 'M_SHOP', sameOrder: null }, DAY),
    ).toEqual(open('STATUS_MISMATCH', 'settledAt', settledAt.toISOString(), 'CANCELLED'));
  });

  test.each<[string, Partial<Line>, Partial<Transaction>, Match]>(CONTRADICTIONS)(
    '%s: a person has to look, whatever became of the cancel',
    (_name, line, some, match) => {
      for (const cancelStatus of [null, 'PENDING', 'DONE', 'FAILED'] as const) {
        const payment = paymentOf({ ...some, cancelStatus });

        expect(
          matchCancel(lineOf(line), { payment, merchantId: 'M_SHOP', sameOrder: null }, DAY),
        ).toEqual(match);
      }
    },
  );

  test.each<[string, Partial<Transaction>, Match]>([
    ['paid', {}, heal('STATUS_MISMATCH', 'status', 'PAID', 'CANCELLED')],
    [
      'unpaid',
      { status: 'AWAITING_PAYMENT', alipayStatusesSeen: ['WAIT_BUYER_PAY'], paidAt: null },
      heal('STATUS_MISMATCH', 'status', 'AWAITING_PAYMENT', 'CANCELLED'),
    ],
    [
      'closed',
      { status: 'CLOSED', alipayStatusesSeen: ['TRADE_CLOSED', 'TRADE_SUCCESS'] },
      heal('STATUS_MISMATCH', 'status', 'CLOSED', 'CANCELLED'),
    ],
    [
      'being cancelled',
      { cancelStatus: 'PENDING' },
      heal('STATUS_MISMATCH', 'status', 'PAID', 'CANCELLED'),
    ],
    [
      'paid, after a cancel that failed',
      { cancelStatus: 'FAILED' },
      heal('STATUS_MISMATCH', 'status', 'PAID', 'CANCELLED'),
    ],
    [
      'given back in part, so that no cancel is possible',
      { status: 'PARTIALLY_REFUNDED', refundedMinor: 1n },
      open('STATUS_MISMATCH', 'status', 'PARTIALLY_REFUNDED', 'CANCELLED'),
    ],
    [
      'being given back in part',
      { pendingRefundMinor: 1n },
      open('STATUS_MISMATCH', 'status', 'PAID', 'CANCELLED'),
    ],
    [
      'given back by as much as is still under way',
      { status: 'PARTIALLY_REFUNDED', refundedMinor: 1n, pendingRefundMinor: 1n },
      open('STATUS_MISMATCH', 'status', 'PARTIALLY_REFUNDED', 'CANCELLED'),
    ],
    [
      'given back in part, while a cancel is under way',
      { status: 'PARTIALLY_REFUNDED', refundedMinor: 1n, cancelStatus: 'PENDING' },
      open('STATUS_MISMATCH', 'status', 'PARTIALLY_REFUNDED', 'CANCELLED'),
    ],
  ])('%s in our books', (_name, some, match) => {
    const known = { payment: paymentOf(some), merchantId: 'M_SHOP', sameOrder: null };

    expect(matchCancel(lineOf({}), known, DAY)).toEqual(match);
  });
});

describe('the line of a trade that is not on record', () => {
  test.each<[string, Partial<Line>, Match]>([
    ['what is settled', {}, heal('MISSING_LOCALLY', null, null, '10.00 HKD')],
    [
      'what the customer paid, where the line says it',
      { transAmount: cny(921n) },
      heal('MISSING_LOCALLY', null, null, '9.21 CNY'),
    ],
    [
      'a fee alone, of which no payment can be made',
      { amount: hkd(0n) },
      open('MISSING_LOCALLY', 'amount', null, '0.00 HKD'),
    ],
    [
      'the very beginning of the margin before the day',
      { paymentTime: new Date('2026-01-01T15:45:00.000Z') },
      heal('MISSING_LOCALLY', null, null, '10.00 HKD'),
    ],
    [
      'an instant before that',
      { paymentTime: new Date('2026-01-01T15:44:59.999Z') },
      open('MISSING_LOCALLY', 'paidAt', '2026-01-02', '2026-01-01T15:44:59.999Z'),
    ],
    [
      'the first instant of the day',
      { paymentTime: new Date('2026-01-01T16:00:00.000Z') },
      heal('MISSING_LOCALLY', null, null, '10.00 HKD'),
    ],
    [
      'the last instant of the day',
      { paymentTime: new Date('2026-01-02T15:59:59.999Z') },
      heal('MISSING_LOCALLY', null, null, '10.00 HKD'),
    ],
    [
      'the very end of the margin after the day',
      { paymentTime: new Date('2026-01-02T16:15:00.000Z') },
      heal('MISSING_LOCALLY', null, null, '10.00 HKD'),
    ],
    [
      'an instant after that',
      { paymentTime: new Date('2026-01-02T16:15:00.001Z') },
      open('MISSING_LOCALLY', 'paidAt', '2026-01-02', '2026-01-02T16:15:00.001Z'),
    ],
  ])('%s, in the file of a day', (_name, line, match) => {
    const known = { payment: null, merchantId: null, sameOrder: null };

    expect(matchPayment(lineOf(line), known, DAY)).toEqual(match);
    expect(matchCancel(lineOf(line), known, DAY)).toEqual(match);
  });

  test('at any time, in a file that is not about the day of the payment', () => {
    const line = lineOf({ paymentTime: new Date('2025-12-24T07:00:00Z') });
    const known = { payment: null, merchantId: null, sameOrder: null };

    expect(matchPayment(line, known, null)).toEqual(
      heal('MISSING_LOCALLY', null, null, '10.00 HKD'),
    );
  });

  test.each<[string, Partial<Line>, Day | null]>([
    ['in the file of its day', {}, DAY],
    ['in the file of another day', { paymentTime: new Date('2026-01-05T04:00:00Z') }, DAY],
    ['in a file that is not about the day of the payment', {}, null],
  ])('its order number belongs to another trade, %s: a person has to look', (_name, line, day) => {
    const sameOrder = paymentOf({ alipayTransId: OTHER_TRADE });
    const known = { payment: null, merchantId: null, sameOrder };
    const match = open('STATUS_MISMATCH', 'alipayTransId', OTHER_TRADE, TRADE);

    expect(matchPayment(lineOf(line), known, day)).toEqual(match);
    expect(matchCancel(lineOf(line), known, day)).toEqual(match);
  });

  test.each<[string, Partial<Line>, Partial<Transaction>, Match]>([
    [
      'of a payment that lacks it',
      {},
      { partnerTransId: null },
      open('STATUS_MISMATCH', 'alipayTransId', OTHER_TRADE, TRADE),
    ],
    [
      'of a payment that lacks it, and at another merchant, of which the order is named',
      { secondaryMerchantId: 'M_SOMEBODY' },
      { partnerTransId: null },
      open('STATUS_MISMATCH', 'alipayTransId', OTHER_TRADE, TRADE),
    ],
    [
      'of a payment that lacks it, and another amount, of which the amount is named',
      { amount: hkd(1001n) },
      { partnerTransId: null },
      open('AMOUNT_MISMATCH', 'amount', '10.00 HKD', '10.01 HKD'),
    ],
  ])(
    'its order number belongs to another trade, %s: a person has to look',
    (_name, line, some, match) => {
      const sameOrder = paymentOf({ alipayTransId: OTHER_TRADE });
      const known = { payment: paymentOf(some), merchantId: 'M_SHOP', sameOrder };

      expect(matchPayment(lineOf(line), known, DAY)).toEqual(match);
      expect(matchCancel(lineOf(line), known, DAY)).toEqual(match);
    },
  );

  test('a payment that has its order number is matched by it, whoever else has it', () => {
    const sameOrder = paymentOf({ alipayTransId: OTHER_TRADE });
    const known = { payment: paymentOf({}), merchantId: 'M_SHOP', sameOrder };

    expect(matchPayment(lineOf({}), known, DAY)).toEqual(MATCHED);
  });
});

describe('the line of a refund on record', () => {
  test.each<[string, Partial<Line>, Partial<Refund>[], Match]>([
    ['made', {}, [{}], MATCHED],
    ['made, after an attempt that failed', {}, [{ status: 'FAILED' }, {}], MATCHED],
    [
      'made, after an attempt of another amount that failed',
      {},
      [{ status: 'FAILED', amountMinor: 500n }, {}],
      MATCHED,
    ],
    ['settled in another currency', { transAmount: hkd(400n), amount: usd(51n) }, [{}], MATCHED],
    [
      'pending',
      {},
      [{ status: 'PENDING' }],
      heal('STATUS_MISMATCH', 'refund.status', 'PENDING', 'SUCCEEDED'),
    ],
    [
      'pending, after an attempt that failed',
      {},
      [{ status: 'FAILED' }, { status: 'PENDING' }],
      heal('STATUS_MISMATCH', 'refund.status', 'PENDING', 'SUCCEEDED'),
    ],
    [
      'a cent more',
      { amount: hkd(401n) },
      [{}],
      open('AMOUNT_MISMATCH', 'amount', '4.00 HKD', '4.01 HKD'),
    ],
    [
      'a cent less than is pending',
      { amount: hkd(399n) },
      [{ status: 'PENDING' }],
      open('AMOUNT_MISMATCH', 'amount', '4.00 HKD', '3.99 HKD'),
    ],
    [
      'as much as the attempt that failed, and not as the one after it',
      { amount: hkd(500n) },
      [{ status: 'FAILED', amountMinor: 500n }, {}],
      open('AMOUNT_MISMATCH', 'amount', '4.00 HKD', '5.00 HKD'),
    ],
    [
      'in another currency',
      { amount: cny(400n) },
      [{}],
      open('AMOUNT_MISMATCH', 'currency', 'HKD', 'CNY'),
    ],
    [
      'in the currency of the refund',
      { amount: cny(401n) },
      [{ currency: 'CNY' }],
      open('AMOUNT_MISMATCH', 'amount', '4.00 CNY', '4.01 CNY'),
    ],
    [
      'of another trade',
      { transactionId: OTHER_TRADE },
      [{}],
      open('STATUS_MISMATCH', 'alipayTransId', TRADE, OTHER_TRADE),
    ],
    [
      'of another merchant',
      { secondaryMerchantId: 'M_SOMEBODY' },
      [{}],
      open('STATUS_MISMATCH', 'secondaryMerchantId', 'M_SHOP', 'M_SOMEBODY'),
    ],
    [
      'of another trade and merchant, of which the trade is named',
      { transactionId: OTHER_TRADE, secondaryMerchantId: 'M_SOMEBODY' },
      [{ status: 'PENDING' }],
      open('STATUS_MISMATCH', 'alipayTransId', TRADE, OTHER_TRADE),
    ],
    [
      'of another merchant and amount, of which the merchant is named',
      { secondaryMerchantId: 'M_SOMEBODY', amount: hkd(401n) },
      [{ status: 'PENDING' }],
      open('STATUS_MISMATCH', 'secondaryMerchantId', 'M_SHOP', 'M_SOMEBODY'),
    ],
    ['where the line names no merchant', { secondaryMerchantId: '' }, [{}], MATCHED],
  ])('%s', (_name, some, refunds, match) => {
    const line = lineOf({ amount: hkd(400n), partnerTransactionId: 'R1', ...some });

    expect(
      matchRefund(line, {
        refunds: refunds.map(refundOf),
        payment: paymentOf({ status: 'PARTIALLY_REFUNDED', refundedMinor: 400n }),
        merchantId: 'M_SHOP',
      }),
    ).toEqual(match);
  });

  test('at a shop that we do not know', () => {
    const known = { refunds: [refundOf({})], payment: paymentOf({}), merchantId: null };

    expect(matchRefund(lineOf({ amount: hkd(400n) }), known)).toEqual(MATCHED);
  });
});

describe('the line of a refund that our books lack, or believe to have failed', () => {
  test.each<[string, Partial<Line>, Partial<Transaction>, string, 'HEAL' | 'OPEN']>([
    ['a part', { amount: hkd(400n) }, {}, '4.00 HKD', 'HEAL'],
    ['a cent', { amount: hkd(1n) }, {}, '0.01 HKD', 'HEAL'],
    ['all', { amount: hkd(1000n) }, {}, '10.00 HKD', 'HEAL'],
    [
      'all that others leave',
      { amount: hkd(500n) },
      { refundedMinor: 300n, pendingRefundMinor: 200n },
      '5.00 HKD',
      'HEAL',
    ],
    [
      'after a cancel that failed',
      { amount: hkd(400n) },
      { cancelStatus: 'FAILED' },
      '4.00 HKD',
      'HEAL',
    ],
    [
      'of a payment that is closed',
      { amount: hkd(400n) },
      { status: 'CLOSED', alipayStatusesSeen: ['TRADE_CLOSED', 'TRADE_SUCCESS'] },
      '4.00 HKD',
      'HEAL',
    ],
    [
      'all that the customer paid, and more of the currency in which it is settled',
      { transAmount: hkd(1000n), amount: jpy(20_000n) },
      {},
      '10.00 HKD',
      'HEAL',
    ],
    [
      'all that is settled, and more of the currency in which the customer paid',
      { transAmount: jpy(20_000n), amount: hkd(1000n) },
      {},
      '20000 JPY',
      'HEAL',
    ],
    ['nothing', { amount: hkd(0n) }, {}, '0.00 HKD', 'OPEN'],
    ['a cent too much', { amount: hkd(1001n) }, {}, '10.01 HKD', 'OPEN'],
    [
      'a cent more than others leave',
      { amount: hkd(501n) },
      { refundedMinor: 300n, pendingRefundMinor: 200n },
      '5.01 HKD',
      'OPEN',
    ],
    [
      'of a payment that was cancelled',
      { amount: hkd(400n) },
      { cancelStatus: 'DONE' },
      '4.00 HKD',
      'OPEN',
    ],
    [
      'while a cancel is under way',
      { amount: hkd(400n) },
      { cancelStatus: 'PENDING' },
      '4.00 HKD',
      'OPEN',
    ],
    ['in another currency', { amount: cny(400n) }, {}, '4.00 CNY', 'OPEN'],
    [
      'in two other currencies',
      { transAmount: cny(400n), amount: usd(400n) },
      {},
      '4.00 CNY',
      'OPEN',
    ],
  ])('%s', (_name, some, payment, actual, outcome) => {
    const line = lineOf({ partnerTransactionId: 'R1', ...some });
    const known = { payment: paymentOf(payment), merchantId: 'M_SHOP' };

    expect(matchRefund(line, { ...known, refunds: [] })).toEqual({
      outcome,
      disagreement: { kind: 'MISSING_LOCALLY', field: 'refund', expected: null, actual },
    });
    expect(matchRefund(line, { ...known, refunds: [refundOf({ status: 'FAILED' })] })).toEqual({
      outcome,
      disagreement: {
        kind: 'STATUS_MISMATCH',
        field: 'refund.status',
        expected: 'FAILED',
        actual: 'SUCCEEDED',
      },
    });
  });

  test.each<[string, string, string, bigint, 'HEAL' | 'OPEN']>([
    ['under the order number, where a line has made one', 'T1', 'P1', 400n, 'OPEN'],
    ['where a line has made one under the order number', 'P1', 'T1', 400n, 'OPEN'],
    ['where the one of the order number is of another amount', 'P1', 'T1', 300n, 'HEAL'],
    ['where both have numbers of their own', 'P2', 'P1', 400n, 'HEAL'],
  ])('%s', (_name, partnerTransactionId, partnerRefundId, amountMinor, outcome) => {
    const line = lineOf({ amount: hkd(400n), partnerTransactionId });
    const payment = paymentOf({ status: 'PARTIALLY_REFUNDED', refundedMinor: amountMinor });
    const made = [refundOf({ partnerRefundId, amountMinor })];

    expect(matchRefund(line, { payment, merchantId: 'M_SHOP', refunds: [], made })).toMatchObject({
      outcome,
    });
  });

  test.each<[string, Partial<Line>, string]>([
    ['what is settled', {}, '4.00 HKD'],
    ['what the customer paid', { transAmount: cny(368n) }, '3.68 CNY'],
  ])('of a payment that nobody knows: a person sees %s', (_name, some, actual) => {
    const line = lineOf({ amount: hkd(400n), partnerTransactionId: 'R1', ...some });

    expect(matchRefund(line, { refunds: [], payment: null, merchantId: null })).toEqual(
      open('MISSING_LOCALLY', 'refund', null, actual),
    );
  });

  test.each<[string, Partial<Line>, Match]>([
    [
      'trade',
      { transactionId: OTHER_TRADE },
      open('STATUS_MISMATCH', 'alipayTransId', TRADE, OTHER_TRADE),
    ],
    [
      'merchant',
      { secondaryMerchantId: 'M_SOMEBODY' },
      open('STATUS_MISMATCH', 'secondaryMerchantId', 'M_SHOP', 'M_SOMEBODY'),
    ],
  ])('of another %s: a person has to look', (_name, some, match) => {
    const line = lineOf({ amount: hkd(400n), partnerTransactionId: 'R1', ...some });
    const known = { payment: paymentOf({}), merchantId: 'M_SHOP' };

    expect(matchRefund(line, { ...known, refunds: [] })).toEqual(match);
    expect(matchRefund(line, { ...known, refunds: [refundOf({ status: 'FAILED' })] })).toEqual(
      match,
    );
  });
});

test.each<[string, Partial<Transaction>, Match]>([
  [
    'was cancelled',
    { status: 'CANCELLED', cancelStatus: 'DONE' },
    open('STATUS_MISMATCH', 'status', 'CANCELLED', 'PAID'),
  ],
  [
    'was cancelled before anybody paid',
    { status: 'CANCELLED', cancelStatus: 'DONE', alipayStatusesSeen: [], paidAt: null },
    open('STATUS_MISMATCH', 'status', 'CANCELLED', 'PAID'),
  ],
  ['may be cancelled yet', { cancelStatus: 'PENDING' }, MATCHED],
  ['was not cancelled after all', { cancelStatus: 'FAILED' }, MATCHED],
  [
    'was not known to be paid',
    { status: 'AWAITING_PAYMENT', alipayStatusesSeen: [], paidAt: null },
    heal('STATUS_MISMATCH', 'status', 'AWAITING_PAYMENT', 'PAID'),
  ],
])('a settlement that pays out a payment that %s', (_name, some, match) => {
  const known = { payment: paymentOf(some), merchantId: null, sameOrder: null };

  expect(matchSettledPayment(lineOf({}), known)).toEqual(match);
});

describe('the settlement of what agrees otherwise', () => {
  const settled: Settleable = {
    feeMinor: 8n,
    netMinor: 992n,
    currency: 'HKD',
    settledAt: new Date('2026-01-03T07:46:00Z'),
  };

  test.each<[string, Partial<SettlementLine>, Settleable, SettlementMatch]>([
    [
      'the first time',
      {},
      { feeMinor: null, netMinor: null, currency: null, settledAt: null },
      { outcome: 'SETTLE' },
    ],
    ['the same again', {}, settled, MATCHED],
    [
      'another fee',
      { fee: hkd(9n) },
      settled,
      open('DUPLICATE_LINE', 'fee', '0.08 HKD', '0.09 HKD'),
    ],
    [
      'as much in another currency',
      { fee: cny(8n), settlement: cny(992n) },
      settled,
      open('DUPLICATE_LINE', 'fee', '0.08 HKD', '0.08 CNY'),
    ],
    [
      'another net amount',
      { settlement: hkd(991n) },
      settled,
      open('DUPLICATE_LINE', 'net', '9.92 HKD', '9.91 HKD'),
    ],
    [
      'the same time, where the amounts were not noted',
      {},
      { ...settled, feeMinor: null, netMinor: null },
      open('DUPLICATE_LINE', 'fee', null, '0.08 HKD'),
    ],
    [
      'the same time and fee, where the net amount was not noted',
      {},
      { ...settled, netMinor: null },
      open('DUPLICATE_LINE', 'net', null, '9.92 HKD'),
    ],
    [
      'a second later',
      { settlementTime: new Date('2026-01-03T07:46:01Z') },
      settled,
      open('DUPLICATE_LINE', 'settledAt', '2026-01-03T07:46:00.000Z', '2026-01-03T07:46:01.000Z'),
    ],
    [
      'a second earlier',
      { settlementTime: new Date('2026-01-03T07:45:59Z') },
      settled,
      open('DUPLICATE_LINE', 'settledAt', '2026-01-03T07:46:00.000Z', '2026-01-03T07:45:59.000Z'),
    ],
    [
      'another time, where the amounts were not noted',
      { settlementTime: new Date('2026-01-06T07:00:00Z') },
      { ...settled, feeMinor: null, netMinor: null },
      open('DUPLICATE_LINE', 'settledAt', '2026-01-03T07:46:00.000Z', '2026-01-06T07:00:00.000Z'),
    ],
  ])('%s', (_name, some, known, match) => {
    const line: SettlementLine = {
      fee: hkd(8n),
      settlement: hkd(992n),
      settlementTime: new Date('2026-01-03T07:46:00Z'),
      ...some,
    };

    expect(matchSettlement(line, known)).toEqual(match);
  });
});

test('a duplicate names the file and the line of the first', () => {
  expect(
    duplicateOf({ fileName: '2088000000000001_transaction_20260102.txt', lineNumber: 7 }),
  ).toEqual(open('DUPLICATE_LINE', 'line', null, '2088000000000001_transaction_20260102.txt:7'));
});

test.each([
  ['shopQrCode', true],
  ['', true],
  ['paymentQrCode', false],
  ['shopqrcode', false],
])('the scene "%s" is ours: %s', (orderScene, ours) => {
  expect(isOurScene({ orderScene })).toBe(ours);
});

test.each<[string, string, string]>([
  ['at the beginning of the day', '2026-01-01T16:00:00.000Z', 'OPEN'],
  ['just before its last quarter of an hour', '2026-01-02T15:44:59.999Z', 'OPEN'],
  ['as its last quarter of an hour begins', '2026-01-02T15:45:00.000Z', 'NOT_YET_DUE'],
  ['in its last instant', '2026-01-02T15:59:59.999Z', 'NOT_YET_DUE'],
])('what the file lacks of a payment or a cancel %s (%s) is %s', (_name, happenedAt, status) => {
  const happened = new Date(happenedAt);

  expect(missingInStatement('PAYMENT', happened, DAY.to)).toBe(status);
  expect(missingInStatement('CANCEL', happened, DAY.to)).toBe(status);
  expect(missingInStatement('REFUND', happened, DAY.to)).toBe('NOT_YET_DUE');
});

describe('the amount in a currency', () => {
  test.each<[string, Money, Money | null, Money | undefined]>([
    ['what is settled, where it alone is told', hkd(1000n), null, hkd(1000n)],
    ['what the customer paid, where both are in it', hkd(1000n), hkd(1001n), hkd(1001n)],
    ['what the customer paid, where only that is in it', usd(128n), hkd(1000n), hkd(1000n)],
    ['what is settled, where only that is in it', hkd(1000n), cny(921n), hkd(1000n)],
    ['nothing of two others', usd(128n), cny(921n), undefined],
    ['nothing of another', usd(128n), null, undefined],
  ])('%s', (_name, amount, transAmount, expected) => {
    expect(amountIn({ amount, transAmount }, 'HKD')).toEqual(expected);
  });
});
