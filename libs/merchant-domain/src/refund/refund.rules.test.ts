import { type Money } from '@countersign/alipay-protocol';

import { ALIPAY, RECONCILIATION } from '../event/actors';
import { Transaction } from '../transaction/transaction.entity';
import { Refund } from './refund.entity';
import {
  canTakeUp,
  decideRefund,
  doubtfulAttempts,
  exceedsLimit,
  IDEMPOTENCY_KEY_MAX,
  isSameRefund,
  keyNobodyGave,
  NEXT_REFUND_STATUS,
  type RefundEvidence,
  refundVerdict,
} from './refund.rules';

const TOO_MUCH = 'AMOUNT_EXCEEDS_REFUNDABLE';
const hkd = (minor: bigint): Money => ({ minor, currency: 'HKD' });

function transaction(some: Partial<Transaction>): Transaction {
  return Object.assign(new Transaction(), {
    status: 'PAID',
    alipayStatusesSeen: ['TRADE_SUCCESS'],
    amountMinor: 1000n,
    currency: 'HKD',
    refundedMinor: 0n,
    pendingRefundMinor: 0n,
    cancelStatus: null,
    partnerTransId: 'T1',
    ...some,
  });
}

describe('whether and how much to refund', () => {
  test.each<[string, Partial<Transaction>, Money | null, Money | null, string | bigint]>([
    ['unpaid', { status: 'AWAITING_PAYMENT' }, hkd(100n), null, 'NOT_ALLOWED_IN_STATE'],
    [
      'cancelled',
      { status: 'CANCELLED', cancelStatus: 'DONE' },
      hkd(100n),
      null,
      'NOT_ALLOWED_IN_STATE',
    ],
    ['refunded', { status: 'REFUNDED', refundedMinor: 1000n }, null, null, 'NOT_ALLOWED_IN_STATE'],
    ['finished', { status: 'FINISHED' }, hkd(100n), null, 'NOT_ALLOWED_IN_STATE'],
    ['closed', { status: 'CLOSED' }, hkd(100n), null, 'NOT_ALLOWED_IN_STATE'],
    ['a cancel is under way', { cancelStatus: 'PENDING' }, hkd(100n), null, 'NOT_ALLOWED_IN_STATE'],
    ['no order number yet', { partnerTransId: null }, hkd(100n), null, 'NOT_ALLOWED_IN_STATE'],
    ['another currency', {}, { minor: 100n, currency: 'CNY' }, null, 'CURRENCY_MISMATCH'],
    ['nothing', {}, hkd(0n), null, 'INVALID_INPUT'],
    ['a cent too much', {}, hkd(1001n), null, 'AMOUNT_EXCEEDS_REFUNDABLE'],
    [
      'more than a pending refund leaves',
      { pendingRefundMinor: 901n },
      hkd(100n),
      null,
      'AMOUNT_EXCEEDS_REFUNDABLE',
    ],
    ['all of nothing left', { pendingRefundMinor: 1000n }, null, null, 'AMOUNT_EXCEEDS_REFUNDABLE'],
    ['above the limit', {}, hkd(501n), hkd(500n), 'REFUND_LIMIT_EXCEEDED'],
    ['all, above the limit', {}, null, hkd(500n), 'REFUND_LIMIT_EXCEEDED'],
    [
      'a limit in another currency',
      {},
      hkd(1n),
      { minor: 500n, currency: 'CNY' },
      'REFUND_LIMIT_EXCEEDED',
    ],
    ['up to the limit', {}, hkd(500n), hkd(500n), 500n],
    ['the last cent', { status: 'PARTIALLY_REFUNDED', refundedMinor: 999n }, null, null, 1n],
    ['all', {}, null, null, 1000n],
    ['exactly what is left', { pendingRefundMinor: 400n }, hkd(600n), null, 600n],
  ])('%s', (_name, some, asked, limit, expected) => {
    const decided = decideRefund(transaction(some), asked, limit);

    expect('refusal' in decided ? decided.refusal : decided.minor).toBe(expected);
  });

  test('a cancel above the limit is refused like a refund', () => {
    expect(exceedsLimit(hkd(501n), hkd(500n))?.refusal).toBe('REFUND_LIMIT_EXCEEDED');
    expect(exceedsLimit(hkd(500n), null)).toBeUndefined();
  });
});

describe('a refund that Alipay has made and only our books miss', () => {
  test.each<[string, Partial<Transaction>, Money | null, string | bigint]>([
    ['of a payment still paid', {}, hkd(100n), 100n],
    ['of one that Alipay has closed', { status: 'CLOSED' }, null, 1000n],
    ['beside others', { status: 'CLOSED', refundedMinor: 1n, pendingRefundMinor: 2n }, null, 997n],
    ['of more than is left', { status: 'CLOSED', refundedMinor: 1n }, hkd(1000n), TOO_MUCH],
    ['of nothing that is left', { status: 'REFUNDED', refundedMinor: 1000n }, null, TOO_MUCH],
    [
      'of a payment that was cancelled',
      { status: 'CANCELLED', cancelStatus: 'DONE' },
      hkd(1n),
      TOO_MUCH,
    ],
    ['while a cancel is under way', { cancelStatus: 'PENDING' }, hkd(1n), 'NOT_ALLOWED_IN_STATE'],
    ['after a cancel that failed', { cancelStatus: 'FAILED' }, hkd(1n), 1n],
  ])('%s', (_name, some, asked, expected) => {
    const decided = decideRefund(transaction(some), asked, null, { isMade: true });

    expect('refusal' in decided ? decided.refusal : decided.minor).toBe(expected);
  });
});

describe('a refusal tells a person why, where and what to do', () => {
  const inAmount = ['amount', 'amount'];
  test.each<[Partial<Transaction>, Money | null, RegExp, string[] | undefined]>([
    [{ cancelStatus: 'PENDING' }, null, /^A cancel of this payment is under way: wait/, undefined],
    [{ status: 'CLOSED' }, null, /^A payment that is CLOSED cannot be refunded\.$/, undefined],
    [{ partnerTransId: null }, null, /order number/, undefined],
    [{}, { minor: 1n, currency: 'CNY' }, /was made in HKD: refund it in/, ['amount', 'currency']],
    [{}, hkd(0n), /give an amount above zero/, inAmount],
    [{}, hkd(1001n), /see refundableAmount/, inAmount],
    [{ pendingRefundMinor: 1000n }, null, /see refundableAmount/, undefined],
  ])('%o', (some, asked, message, field) => {
    const decided = decideRefund(transaction(some), asked, null);

    expect(decided).toMatchObject({ message: expect.stringMatching(message) as string });
    expect('field' in decided ? decided.field : undefined).toEqual(field);
  });

  test('above the limit', () => {
    expect(exceedsLimit(hkd(2n), hkd(1n))).toEqual({
      refusal: 'REFUND_LIMIT_EXCEEDED',
      message: expect.stringMatching(/ask a manager/) as string,
    });
  });
});

test.each<[string, Partial<Refund>[], number]>([
  ['none', [], 0],
  ['one refused at its only attempt', [{ attempts: 1, resolvedBy: null }], 0],
  ['one refused at a repeat', [{ attempts: 2, resolvedBy: null }], 2],
  ['one closed by a person', [{ attempts: 1, resolvedBy: 'owner' }], 1],
  [
    'several',
    [
      { attempts: 2, resolvedBy: null },
      { attempts: 5, resolvedBy: 'owner' },
      { attempts: 3, resolvedBy: null },
    ],
    5,
  ],
])('calls that may yet take effect, after %s', (_name, sameDeed, calls) => {
  expect(doubtfulAttempts(sameDeed.map((one) => Object.assign(new Refund(), one)))).toBe(calls);
});

test('a refund ends once', () => {
  expect(NEXT_REFUND_STATUS).toEqual({
    PENDING: ['SUCCEEDED', 'FAILED'],
    SUCCEEDED: [],
    FAILED: [],
  });
});

describe('what the same idempotency key must mean (decision 15)', () => {
  const refund = Object.assign(new Refund(), {
    requestedMinor: 1250n,
    currency: 'HKD',
    reason: null,
  });

  test.each<[string, Money | null, string | null, boolean]>([
    ['another amount', hkd(1251n), null, false],
    ['another currency', { minor: 1250n, currency: 'CNY' }, null, false],
    ['no amount is not the same as one', null, null, false],
    ['another reason', hkd(1250n), 'broken', false],
    ['the same', hkd(1250n), null, true],
  ])('%s', (_name, amount, reason, same) => {
    expect(isSameRefund(refund, { amount, reason })).toBe(same);
  });

  test('everything left, asked again, is the same', () => {
    const all = Object.assign(new Refund(), {
      requestedMinor: null,
      currency: 'HKD',
      reason: 'broken',
    });

    expect(isSameRefund(all, { amount: null, reason: 'broken' })).toBe(true);
    expect(isSameRefund(all, { amount: hkd(1250n), reason: 'broken' })).toBe(false);
  });

  test.each<[string, Money | null, boolean]>([
    ['its amount', hkd(1250n), true],
    ['everything left', null, true],
    ['another amount', hkd(1251n), false],
    ['another currency', { minor: 1250n, currency: 'CNY' }, false],
  ])(
    'of one that a statement or a notice told of the amount alone counts: %s',
    (_name, amount, same) => {
      for (const requestedBy of [RECONCILIATION, ALIPAY]) {
        const told = Object.assign(new Refund(), {
          ...{ requestedMinor: null, amountMinor: 1250n, currency: 'HKD', reason: null },
          requestedBy,
        });

        expect(isSameRefund(told, { amount, reason: 'broken' })).toBe(same);
      }
    },
  );
});

describe('whether a refund that was given up, and made, fits its payment', () => {
  test.each<[string, Partial<Transaction>, boolean]>([
    ['of a part', {}, true],
    ['of all that is left', { refundedMinor: 400n, pendingRefundMinor: 200n }, true],
    ['that closed the payment', { status: 'CLOSED' }, true],
    ['after a cancel that failed', { cancelStatus: 'FAILED' }, true],
    ['of a cent too much', { refundedMinor: 400n, pendingRefundMinor: 201n }, false],
    ['while a cancel is under way', { cancelStatus: 'PENDING' }, false],
    ['of what was cancelled', { cancelStatus: 'DONE' }, false],
  ])('%s', (_name, some, can) => {
    expect(canTakeUp(transaction(some), 400n)).toBe(can);
  });
});

describe('what evidence makes of a pending refund (decision 5)', () => {
  const unknown = { kind: 'UNKNOWN' } as const;
  const no = { kind: 'REJECTED', alipayCode: 'TRADE_HAS_CLOSE', signed: true } as const;
  const taken = {
    kind: 'REJECTED',
    alipayCode: 'DISCORDANT_REPEAT_REQUEST',
    signed: true,
  } as const;
  const unsignedNo = { kind: 'REJECTED', alipayCode: 'ILLEGAL_SIGN', signed: false } as const;

  test.each<[string, RefundEvidence, string]>([
    ['no answer at first', { attempts: 1, call: unknown }, 'PENDING'],
    ['a definite no at first', { attempts: 1, call: no }, 'FAILED'],
    ['an unsigned configuration error at first', { attempts: 1, call: unsignedNo }, 'FAILED'],
    ['a no to a repeat alone', { attempts: 2, call: no }, 'PENDING'],
    [
      'a no to a repeat, and the query is silent',
      { attempts: 2, call: no, query: { status: 'UNKNOWN' } },
      'PENDING',
    ],
    [
      'a no to a repeat, and the refund is under way',
      { attempts: 2, call: no, query: { status: 'PROCESSING' } },
      'PENDING',
    ],
    [
      'a no to a repeat, because the first took effect',
      { attempts: 2, call: no, query: { status: 'SUCCESS' } },
      'SUCCEEDED',
    ],
    [
      'a signed no to a repeat, and nothing found after it',
      { attempts: 2, call: no, query: { status: 'NOT_FOUND' } },
      'FAILED',
    ],
    [
      'an unsigned no to a repeat, and nothing found',
      { attempts: 2, call: unsignedNo, query: { status: 'NOT_FOUND' } },
      'PENDING',
    ],
    [
      'a repeat without an answer, and nothing found',
      { attempts: 3, call: unknown, query: { status: 'NOT_FOUND' } },
      'PENDING',
    ],
    [
      'the query says failed',
      {
        attempts: 2,
        call: unknown,
        query: { status: 'FAILED', errorCode: 'MERCHANT_BALANCE_NOT_ENOUGH' },
      },
      'FAILED',
    ],
    [
      'the query says cancelled',
      { attempts: 2, call: unknown, query: { status: 'CANCELED' } },
      'FAILED',
    ],
    [
      'the query says success',
      { attempts: 2, call: unknown, query: { status: 'SUCCESS' } },
      'SUCCEEDED',
    ],
    ['a signed yes', { attempts: 5, call: { kind: 'SUCCEEDED' } }, 'SUCCEEDED'],
    [
      'what a backup lacks, and Alipay made of another amount',
      { attempts: 2, call: taken, query: { status: 'SUCCESS' }, isTakenUp: true },
      'FAILED',
    ],
    [
      'what a backup lacks, and a repeat that is refused for whatever else',
      { attempts: 2, call: no, query: { status: 'SUCCESS' }, isTakenUp: true },
      'PENDING',
    ],
    [
      'what a backup lacks, and no answer to a repeat',
      { attempts: 2, call: unknown, query: { status: 'SUCCESS' }, isTakenUp: true },
      'PENDING',
    ],
  ])('%s', (_name, evidence, status) => {
    expect(refundVerdict(evidence).status).toBe(status);
  });

  test.each<[string, RefundEvidence, string]>([
    ['the no itself', { attempts: 1, call: no }, 'TRADE_HAS_CLOSE'],
    [
      'the no that the query confirms',
      { attempts: 2, call: no, query: { status: 'NOT_FOUND', errorCode: 'X' } },
      'TRADE_HAS_CLOSE',
    ],
    [
      'what the query says',
      { attempts: 2, call: no, query: { status: 'FAILED', errorCode: 'BALANCE' } },
      'BALANCE',
    ],
    [
      'the state that the query shows, where it says nothing else',
      { attempts: 2, call: no, query: { status: 'CANCELED', errorCode: null } },
      'CANCELED',
    ],
  ])('why it failed: %s', (_name, evidence, failureCode) => {
    expect(refundVerdict(evidence)).toEqual({ status: 'FAILED', failureCode });
  });
});

test.each([
  ['statement', 'PORTAL-1', 256],
  ['notice', 'PORTAL-1', 256],
  ['notice', 'R'.repeat(300), 307],
] as const)('the key of what a %s told of is one that no caller can give', (by, id, length) => {
  const key = keyNobodyGave(by, id);

  expect(key.length).toBe(length);
  expect(key.length).toBeGreaterThan(IDEMPOTENCY_KEY_MAX);
  expect(key.startsWith(`${by}:${id}`)).toBe(true);
});
