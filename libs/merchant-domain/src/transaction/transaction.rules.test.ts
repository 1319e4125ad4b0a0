import fc from 'fast-check';

import { Transaction, type TransactionStatus } from './transaction.entity';
import {
  alipayStatusOf,
  amountOf,
  cancellableUntil,
  cancelledAt,
  cancelWindowClosed,
  cancelWindowEnd,
  decideCancel,
  decideClaim,
  isClosedUnexplained,
  isPaid,
  NEXT_TRANSACTION_STATUS,
  partnerTransIdMissing,
  paymentInstitutionOf,
  refundableAmountOf,
  refundedAmountOf,
  seenWith,
  settlementCurrencyOf,
  type TradeFacts,
  transactionStatusOf,
} from './transaction.rules';

function facts(some: Partial<TradeFacts>): TradeFacts {
  return {
    status: 'PAID',
    alipayStatusesSeen: [],
    amountMinor: 1000n,
    refundedMinor: 0n,
    pendingRefundMinor: 0n,
    cancelStatus: null,
    ...some,
  };
}

function transaction(some: Partial<Transaction>): Transaction {
  return Object.assign(new Transaction(), {
    status: 'PAID',
    alipayStatusesSeen: ['TRADE_SUCCESS'],
    amountMinor: 1000n,
    currency: 'HKD',
    refundedMinor: 0n,
    pendingRefundMinor: 0n,
    cancelStatus: null,
    saleReference: null,
    partnerTransId: 'T1',
    paidAt: new Date('2024-01-01T07:00:00Z'),
    createdAt: new Date('2024-01-01T07:00:00Z'),
    ...some,
  });
}

describe('the state of a trade (decision 11)', () => {
  test.each<[string, string[], Partial<TradeFacts>, TransactionStatus]>([
    ['nothing but an unknown value', ['TRADE_WHATEVER'], {}, 'AWAITING_PAYMENT'],
    ['unpaid', ['WAIT_BUYER_PAY'], {}, 'AWAITING_PAYMENT'],
    ['paid', ['TRADE_SUCCESS'], {}, 'PAID'],
    ['paid to a frozen account', ['TRADE_PENDING'], {}, 'PAID'],
    ['FINISHED alone means paid', ['TRADE_FINISHED'], {}, 'PAID'],
    ['FINISHED after SUCCESS', ['TRADE_FINISHED', 'TRADE_SUCCESS'], {}, 'FINISHED'],
    ['closed unpaid', ['TRADE_CLOSED', 'WAIT_BUYER_PAY'], {}, 'CLOSED'],
    ['closed by nobody we know', ['TRADE_CLOSED', 'TRADE_SUCCESS'], {}, 'CLOSED'],
    ['refunded in part', ['TRADE_SUCCESS'], { refundedMinor: 1n }, 'PARTIALLY_REFUNDED'],
    ['refunded in full', ['TRADE_SUCCESS'], { refundedMinor: 1000n }, 'REFUNDED'],
    [
      'closed by our full refund',
      ['TRADE_CLOSED', 'TRADE_SUCCESS'],
      { refundedMinor: 1000n },
      'REFUNDED',
    ],
    [
      'closed while our full refund is pending',
      ['TRADE_CLOSED', 'TRADE_SUCCESS'],
      { pendingRefundMinor: 1000n },
      'PAID',
    ],
    [
      'closed while a part is pending',
      ['TRADE_CLOSED', 'TRADE_SUCCESS'],
      { pendingRefundMinor: 1n },
      'CLOSED',
    ],
    [
      'closed while the rest is pending',
      ['TRADE_CLOSED', 'TRADE_SUCCESS'],
      { refundedMinor: 400n, pendingRefundMinor: 600n },
      'PARTIALLY_REFUNDED',
    ],
    ['closed unpaid, books in disorder', ['TRADE_CLOSED'], { pendingRefundMinor: 1000n }, 'CLOSED'],
    [
      'refunded in part, closed by somebody else',
      ['TRADE_CLOSED', 'TRADE_SUCCESS'],
      { refundedMinor: 400n },
      'CLOSED',
    ],
    ['cancelled', ['TRADE_SUCCESS'], { cancelStatus: 'DONE' }, 'CANCELLED'],
    ['a cancel under way', ['TRADE_SUCCESS'], { cancelStatus: 'PENDING' }, 'PAID'],
    ['a cancel that failed changes nothing', ['TRADE_SUCCESS'], { cancelStatus: 'FAILED' }, 'PAID'],
  ])('%s: %j', (_name, alipayStatusesSeen, books, status) => {
    expect(transactionStatusOf(facts({ alipayStatusesSeen, ...books }))).toBe(status);
  });

  test('does not depend on the order or number of messages', () => {
    const message = fc.constantFrom(
      'WAIT_BUYER_PAY',
      'TRADE_PENDING',
      'TRADE_SUCCESS',
      'TRADE_FINISHED',
      'TRADE_CLOSED',
      'SOMETHING_NEW',
    );
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1 }),
        fc.infiniteStream(fc.nat()),
        (messages, order) => {
          const shuffled = messages
            .map((text) => ({ text, key: Number(order.next().value) }))
            .sort((a, b) => a.key - b.key)
            .map(({ text }) => text);
          const inOrder = messages.reduce<string[]>(seenWith, []);
          const inAnother = [...shuffled, ...messages].reduce<string[]>(seenWith, []);

          expect(transactionStatusOf(facts({ alipayStatusesSeen: inAnother }))).toBe(
            transactionStatusOf(facts({ alipayStatusesSeen: inOrder })),
          );
          expect(alipayStatusOf(inAnother)).toBe(alipayStatusOf(inOrder));
        },
      ),
    );
  });

  test('never goes back, whatever is heard next', () => {
    const step = fc.constantFrom(
      'WAIT_BUYER_PAY',
      'TRADE_SUCCESS',
      'TRADE_FINISHED',
      'TRADE_CLOSED',
      'X',
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 2 }), (steps) => {
        let seen: string[] = [];
        let before: TransactionStatus | undefined;
        for (const next of steps) {
          seen = seenWith(seen, next);
          const after = transactionStatusOf(facts({ alipayStatusesSeen: seen }));
          if (before !== undefined && before !== after) {
            expect(NEXT_TRANSACTION_STATUS[before]).toContain(after);
          }
          before = after;
        }
      }),
    );
  });

  test('shows the furthest raw value, and an unknown one only when alone', () => {
    expect(alipayStatusOf(['TRADE_FINISHED', 'TRADE_SUCCESS'])).toBe('TRADE_FINISHED');
    expect(alipayStatusOf(['NEW_STATE', 'WAIT_BUYER_PAY'])).toBe('WAIT_BUYER_PAY');
    expect(alipayStatusOf(['X_STATE', 'WAIT_BUYER_PAY'])).toBe('WAIT_BUYER_PAY');
    expect(alipayStatusOf(['NEW_STATE'])).toBe('NEW_STATE');
    expect(alipayStatusOf(['B_STATE', 'C_STATE', 'A_STATE'])).toBe('C_STATE');
    expect(alipayStatusOf([])).toBe('UNKNOWN');

    const fromFirstToLast = [
      'WAIT_BUYER_PAY',
      'TRADE_PENDING',
      'TRADE_SUCCESS',
      'TRADE_FINISHED',
      'TRADE_CLOSED',
    ];
    fromFirstToLast.forEach((status, at) => {
      expect(alipayStatusOf(fromFirstToLast.slice(0, at + 1).reverse())).toBe(status);
    });
  });

  test('is paid by three raw values, and by no other', () => {
    expect(
      ['TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_PENDING'].map((one) => isPaid([one])),
    ).toEqual([true, true, true]);
    expect(isPaid(['WAIT_BUYER_PAY', 'TRADE_CLOSED', 'NEW_STATE'])).toBe(false);
    expect(isPaid(['WAIT_BUYER_PAY', 'TRADE_SUCCESS'])).toBe(true);
    expect(isPaid([])).toBe(false);
  });

  test('what was seen is kept once each, in one order, and the set before is left alone', () => {
    const seen = ['TRADE_SUCCESS', 'WAIT_BUYER_PAY'];

    expect(seenWith(seen, 'TRADE_CLOSED')).toEqual([
      'TRADE_CLOSED',
      'TRADE_SUCCESS',
      'WAIT_BUYER_PAY',
    ]);
    expect(seenWith(seen, 'TRADE_SUCCESS')).toEqual(seen);
    expect(seenWith(seen, 'TRADE_SUCCESS')).not.toBe(seen);
  });
});

test.each([
  ['ALIPAYCN', 'ALIPAY_CN'],
  ['ALIPAYHK', 'ALIPAY_HK'],
  ['ALIPAYPLUS', 'ALIPAY_PLUS'],
  ['ALIPAYMO', 'UNKNOWN'],
  [null, 'UNKNOWN'],
])('the wallet %s is %s', (code, institution) => {
  expect(paymentInstitutionOf(code)).toBe(institution);
});

/** The whole map, so that no way is opened unnoticed. */
test('a status goes where it may, and never back', () => {
  expect(NEXT_TRANSACTION_STATUS).toEqual({
    AWAITING_PAYMENT: ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'CANCELLED', 'CLOSED', 'FINISHED'],
    PAID: ['PARTIALLY_REFUNDED', 'REFUNDED', 'CANCELLED', 'CLOSED', 'FINISHED'],
    PARTIALLY_REFUNDED: ['REFUNDED', 'CLOSED', 'FINISHED'],
    REFUNDED: [],
    CANCELLED: [],
    CLOSED: ['REFUNDED', 'CANCELLED'],
    FINISHED: ['REFUNDED', 'CANCELLED', 'CLOSED'],
  });
});

describe('whether our books explain that Alipay has closed a trade: by', () => {
  const closed = ['TRADE_CLOSED', 'TRADE_SUCCESS'];
  test.each<[string, Partial<TradeFacts>, boolean]>([
    ['nothing of ours', {}, false],
    ['a part', { refundedMinor: 600n, pendingRefundMinor: 399n }, false],
    ['a cancel that failed', { cancelStatus: 'FAILED' }, false],
    ['refunds', { refundedMinor: 1000n }, true],
    ['refunds under way', { refundedMinor: 600n, pendingRefundMinor: 400n }, true],
    ['a cancel under way', { cancelStatus: 'PENDING' }, true],
    ['a cancel', { cancelStatus: 'DONE' }, true],
    ['that nobody had paid', { alipayStatusesSeen: ['TRADE_CLOSED', 'WAIT_BUYER_PAY'] }, true],
    ['that it is not', { alipayStatusesSeen: ['TRADE_SUCCESS'] }, true],
  ])('%s', (_name, some, isExplained) => {
    expect(isClosedUnexplained(facts({ alipayStatusesSeen: closed, ...some }))).toBe(!isExplained);
  });
});

describe('amounts', () => {
  test('are in the currency of the payment', () => {
    expect(amountOf(transaction({ currency: 'CNY' }))).toEqual({ minor: 1000n, currency: 'CNY' });
  });

  test.each<[Partial<Transaction>, bigint, bigint]>([
    // given back, and still refundable
    [{ status: 'PAID' }, 0n, 1000n],
    [{ status: 'PARTIALLY_REFUNDED', refundedMinor: 300n, pendingRefundMinor: 200n }, 300n, 500n],
    [{ status: 'PAID', cancelStatus: 'PENDING' }, 0n, 0n],
    [{ status: 'CANCELLED', cancelStatus: 'DONE' }, 1000n, 0n],
    [{ status: 'CANCELLED', cancelStatus: 'DONE', alipayStatusesSeen: ['WAIT_BUYER_PAY'] }, 0n, 0n],
    [{ status: 'FINISHED', refundedMinor: 10n }, 10n, 0n],
    [{ status: 'AWAITING_PAYMENT' }, 0n, 0n],
  ])('%o', (some, refunded, refundable) => {
    expect(refundedAmountOf(transaction(some))).toEqual({ minor: refunded, currency: 'HKD' });
    expect(refundableAmountOf(transaction(some))).toEqual({ minor: refundable, currency: 'HKD' });
  });
});

describe('the cancel window (decision 14)', () => {
  test.each([
    // paid (UTC)             created (UTC)           ends (UTC): Beijing is eight hours ahead
    ['2024-01-01T07:00:00Z', '2024-01-01T06:59:00Z', '2024-01-01T16:00:00Z'],
    ['2024-01-01T15:59:59Z', '2024-01-01T15:50:00Z', '2024-01-01T16:00:00Z'],
    ['2024-01-01T16:00:00Z', '2024-01-01T15:50:00Z', '2024-01-02T16:00:00Z'],
    [null, '2024-01-01T07:00:00Z', '2024-01-01T16:00:00Z'],
    [null, '2024-01-01T15:50:00Z', '2024-01-01T16:05:00Z'],
  ])('paid %s, created %s: until %s', (paid, created, end) => {
    const window = cancelWindowEnd({
      paidAt: paid === null ? null : new Date(paid),
      createdAt: new Date(created),
    });

    expect(window.toISOString()).toBe(new Date(end).toISOString());
  });

  test('is shown while a cancel is possible, and null afterwards', () => {
    const paid = transaction({});

    expect(cancellableUntil(paid, new Date('2024-01-01T15:59:59.999Z'))).not.toBeNull();
    expect(cancellableUntil(paid, new Date('2024-01-01T16:00:00Z'))).toBeNull();
    expect(cancellableUntil(paid, new Date('2024-01-01T08:00:00Z'))).toEqual(
      new Date('2024-01-01T16:00:00Z'),
    );
    for (const some of [
      { refundedMinor: 1n },
      { pendingRefundMinor: 1n },
      { refundedMinor: 1n, pendingRefundMinor: 1n },
      { cancelStatus: 'PENDING' },
      { status: 'CLOSED' },
    ] as const) {
      expect(cancellableUntil(transaction(some), new Date('2024-01-01T08:00:00Z'))).toBeNull();
    }
    expect(
      cancellableUntil(
        transaction({ status: 'AWAITING_PAYMENT' }),
        new Date('2024-01-01T08:00:00Z'),
      ),
    ).not.toBeNull();
  });

  const inTime = new Date('2024-01-01T08:00:00Z');
  const tooLate = new Date('2024-01-01T16:00:00Z');
  test.each<[string, Partial<Transaction>, Date, string]>([
    ['a refund under way', { pendingRefundMinor: 1n }, inTime, 'NOT_ALLOWED_IN_STATE'],
    [
      'a part refunded',
      { status: 'PARTIALLY_REFUNDED', refundedMinor: 1n },
      inTime,
      'NOT_ALLOWED_IN_STATE',
    ],
    ['refunded', { status: 'REFUNDED', refundedMinor: 1000n }, inTime, 'NOT_ALLOWED_IN_STATE'],
    ['finished', { status: 'FINISHED' }, inTime, 'NOT_ALLOWED_IN_STATE'],
    ['closed', { status: 'CLOSED' }, inTime, 'NOT_ALLOWED_IN_STATE'],
    ['no order number', { partnerTransId: null }, inTime, 'NOT_ALLOWED_IN_STATE'],
    ['too late', {}, tooLate, 'CANCEL_WINDOW_CLOSED'],
    ['just in time', {}, new Date(tooLate.getTime() - 1), 'CANCEL'],
    ['a cancel under way', { cancelStatus: 'PENDING' }, inTime, 'ALREADY'],
    ['cancelled', { status: 'CANCELLED', cancelStatus: 'DONE' }, inTime, 'ALREADY'],
    ['cancelled, too late', { status: 'CANCELLED', cancelStatus: 'DONE' }, tooLate, 'ALREADY'],
    ['a cancel that failed', { cancelStatus: 'FAILED' }, inTime, 'CANCEL'],
    ['unpaid', { status: 'AWAITING_PAYMENT', paidAt: null }, inTime, 'CANCEL'],
    ['paid', {}, inTime, 'CANCEL'],
  ])('%s: decides', (_name, some, now, decision) => {
    const decided = decideCancel(transaction(some), now);

    expect(typeof decided === 'string' ? decided : decided.refusal).toBe(decision);
  });
});

describe('a refusal tells a person why, and what to do', () => {
  test.each<[string, Partial<Transaction>, RegExp]>([
    [
      'refunded',
      { refundedMinor: 1n },
      /refunded, or has a refund.*refund what is left instead\.$/,
    ],
    [
      'refunded by as much as is under way',
      { refundedMinor: 1n, pendingRefundMinor: 1n },
      /refunded, or has a refund/,
    ],
    ['closed', { status: 'CLOSED' }, /^A payment that is CLOSED cannot be cancelled\.$/],
  ])('a cancel of what is %s', (_name, some, message) => {
    expect(decideCancel(transaction(some), new Date('2024-01-01T08:00:00Z'))).toEqual({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: expect.stringMatching(message) as string,
    });
  });

  test('too late, with the code of Alipay where it was Alipay that said so', () => {
    const message = expect.stringMatching(
      /until the Beijing midnight.*refund it instead/,
    ) as string;

    expect(cancelWindowClosed()).toStrictEqual({ refusal: 'CANCEL_WINDOW_CLOSED', message });
    expect(cancelWindowClosed('TRADE_CANCEL_TIME_OUT')).toEqual({
      refusal: 'CANCEL_WINDOW_CLOSED',
      message,
      alipayCode: 'TRADE_CANCEL_TIME_OUT',
    });
  });

  test('no order number yet', () => {
    expect(partnerTransIdMissing()).toEqual({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: expect.stringMatching(/order number.*refresh it first/) as string,
    });
  });

  test.each<[Partial<Transaction>, RegExp]>([
    [{ saleReference: 'OTHER' }, /already belongs to sale OTHER: look for another payment/],
    [{ status: 'CLOSED' }, /^A payment that is CLOSED cannot pay for a sale\.$/],
    [{ cancelStatus: 'PENDING' }, /is being given back: wait for the outcome/],
  ])('a claim of %o', (some, message) => {
    expect(decideClaim(transaction(some), 'SALE-1')).toMatchObject({
      message: expect.stringMatching(message) as string,
    });
  });
});

const PAID_AT = '2026-01-02T07:04:03Z';

test.each<[string, string, string, string]>([
  [
    'within its window, when it is heard of',
    PAID_AT,
    '2026-01-02T08:00:00Z',
    '2026-01-02T08:00:00Z',
  ],
  ['in its last moment', PAID_AT, '2026-01-02T15:59:59.999Z', '2026-01-02T15:59:59.999Z'],
  ['before its end, told later', PAID_AT, '2026-01-02T16:00:00Z', '2026-01-02T15:59:59.999Z'],
  ['days later', PAID_AT, '2026-01-05T02:00:00Z', '2026-01-02T15:59:59.999Z'],
  ['of what was not paid', '', '2026-01-05T02:00:00Z', '2026-01-05T02:00:00Z'],
])('a cancel took effect %s', (_, paidAt, heardAt, at) => {
  const payment = { paidAt: paidAt === '' ? null : new Date(paidAt), createdAt: new Date(PAID_AT) };

  expect(cancelledAt(payment, new Date(heardAt))).toEqual(new Date(at));
});

describe('a claim (decision 16)', () => {
  test.each<[Partial<Transaction>, string]>([
    [{ saleReference: 'OTHER' }, 'ALREADY_CLAIMED'],
    [{ status: 'AWAITING_PAYMENT' }, 'NOT_ALLOWED_IN_STATE'],
    [{ status: 'CANCELLED', cancelStatus: 'DONE' }, 'NOT_ALLOWED_IN_STATE'],
    [{ status: 'REFUNDED', refundedMinor: 1000n }, 'NOT_ALLOWED_IN_STATE'],
    [{ status: 'REFUNDED', refundedMinor: 1000n, saleReference: 'SALE-1' }, 'ALREADY'],
    [{ status: 'CLOSED' }, 'NOT_ALLOWED_IN_STATE'],
    [{ status: 'FINISHED' }, 'CLAIM'],
    [{ saleReference: 'SALE-1' }, 'ALREADY'],
    [{ status: 'PARTIALLY_REFUNDED', refundedMinor: 1n }, 'CLAIM'],
    [{ pendingRefundMinor: 999n }, 'CLAIM'],
    [{ pendingRefundMinor: 1000n }, 'NOT_ALLOWED_IN_STATE'],
    [
      { status: 'PARTIALLY_REFUNDED', refundedMinor: 400n, pendingRefundMinor: 600n },
      'NOT_ALLOWED_IN_STATE',
    ],
    [{ cancelStatus: 'PENDING' }, 'NOT_ALLOWED_IN_STATE'],
    [{ cancelStatus: 'PENDING', saleReference: 'SALE-1' }, 'ALREADY'],
    [{ cancelStatus: 'FAILED' }, 'CLAIM'],
    [{}, 'CLAIM'],
  ])('%o', (some, decision) => {
    const decided = decideClaim(transaction(some), 'SALE-1');

    expect(typeof decided === 'string' ? decided : decided.refusal).toBe(decision);
  });
});

test.each([
  [null, 'HKD'],
  ['CNY', 'CNY'],
])('fee and net of a payment in HKD that was settled in %s are in %s', (settled, expected) => {
  expect(settlementCurrencyOf({ currency: 'HKD', settlementCurrency: settled })).toBe(expected);
});
