import { type Money } from '@countersign/alipay-protocol';

import { Transaction } from '../transaction/transaction.entity';
import { Refund } from './refund.entity';
import {
  decideRefund,
  exceedsLimit,
  isSameRefund,
  type RefundEvidence,
  refundVerdict,
} from './refund.rules';

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
  });
});

describe('what evidence makes of a pending refund (decision 5)', () => {
  const unknown = { kind: 'UNKNOWN' } as const;
  const no = { kind: 'REJECTED', alipayCode: 'TRADE_HAS_CLOSE', signed: true } as const;
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
  ])('%s', (_name, evidence, status) => {
    expect(refundVerdict(evidence).status).toBe(status);
  });
});
