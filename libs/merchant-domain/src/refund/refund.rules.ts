import { type Money } from '@countersign/alipay-protocol';

import { type Refusal, refuse } from '../domain';
import { ALIPAY, RECONCILIATION } from '../event/actors';
import {
  amountOf,
  partnerTransIdMissing,
  refundableAmountOf,
} from '../transaction/transaction.rules';
import { type Transaction } from '../transaction/transaction.entity';
import { type Refund, type RefundStatus } from './refund.entity';

export const NEXT_REFUND_STATUS = {
  PENDING: ['SUCCEEDED', 'FAILED'],
  SUCCEEDED: [],
  FAILED: [],
} as const satisfies Record<RefundStatus, readonly RefundStatus[]>;

/**
 * How much to refund, or why not. `asked` null: everything that is left. With `isMade` Alipay has
 * made it already and only our books miss it: then it may have closed the payment itself.
 */
export function decideRefund(
  transaction: Transaction,
  asked: Money | null,
  limit: Money | null,
  { isMade = false }: { readonly isMade?: boolean } = {},
): Refusal | { readonly minor: bigint } {
  const amountField = { field: ['amount', 'amount'] };
  if (transaction.cancelStatus === 'PENDING') {
    return refuse(
      'NOT_ALLOWED_IN_STATE',
      'A cancel of this payment is under way: wait for its outcome before refunding.',
    );
  }
  if (!isMade && transaction.status !== 'PAID' && transaction.status !== 'PARTIALLY_REFUNDED') {
    return refuse(
      'NOT_ALLOWED_IN_STATE',
      `A payment that is ${transaction.status} cannot be refunded.`,
    );
  }
  if (transaction.partnerTransId === null) return partnerTransIdMissing();
  if (asked !== null && asked.currency !== transaction.currency) {
    return refuse(
      'CURRENCY_MISMATCH',
      `This payment was made in ${amountOf(transaction).currency}: refund it in that currency.`,
      { field: ['amount', 'currency'] },
    );
  }
  if (asked?.minor === 0n) {
    return refuse(
      'INVALID_INPUT',
      'A refund of nothing is no refund: give an amount above zero.',
      amountField,
    );
  }
  const left = isMade ? notGivenBack(transaction) : refundableAmountOf(transaction).minor;
  const minor = asked?.minor ?? left;
  if (minor > left || left === 0n) {
    return refuse(
      'AMOUNT_EXCEEDS_REFUNDABLE',
      'More than what is left of this payment, refunds under way included: see refundableAmount.',
      asked === null ? {} : amountField,
    );
  }
  return exceedsLimit({ minor, currency: transaction.currency }, limit) ?? { minor };
}

/** Whether a refund that was given up, and that Alipay tells of as made, still fits its payment. */
export function canTakeUp(transaction: Transaction, minor: bigint): boolean {
  const { cancelStatus } = transaction;
  const isCancelled = cancelStatus === 'PENDING' || cancelStatus === 'DONE';
  return !isCancelled && minor <= notGivenBack(transaction);
}

function notGivenBack({
  amountMinor,
  refundedMinor,
  pendingRefundMinor,
  cancelStatus,
}: Transaction): bigint {
  return cancelStatus === 'DONE' ? 0n : amountMinor - refundedMinor - pendingRefundMinor;
}

/**
 * How many calls of the same deed have gone out and may yet have taken effect: after them even the
 * first answer to a new call is the answer to a repeat (decision 5). One that was refused at its
 * only attempt leaves no doubt.
 */
export function doubtfulAttempts(sameDeed: readonly Refund[]): number {
  return sameDeed
    .filter(mayYetTakeEffect)
    .reduce((most, { attempts }) => Math.max(most, attempts), 0);
}

/** Whether a call of that failed refund may have taken effect all the same, or may yet. */
export function mayYetTakeEffect({ attempts, resolvedBy }: Refund): boolean {
  return attempts > 1 || resolvedBy !== null;
}

/** Above the caller's limit it takes a MANAGER; a limit in another currency allows nothing. */
export function exceedsLimit(given: Money, limit: Money | null): Refusal | undefined {
  if (limit === null) return undefined;
  if (limit.currency === given.currency && given.minor <= limit.minor) return undefined;
  return refuse(
    'REFUND_LIMIT_EXCEEDED',
    'This gives back more than you may by yourself: ask a manager to do it.',
  );
}

/**
 * What of a refund must be equal for the same key to mean the same deed (decision 15). One that was
 * made of a statement's line or of a notice has the amount alone: how it was asked for, neither tells.
 */
export function isSameRefund(
  refund: Refund,
  asked: { readonly amount: Money | null; readonly reason: string | null },
): boolean {
  if ([RECONCILIATION, ALIPAY].includes(refund.requestedBy)) {
    return asked.amount === null || isAmount(asked.amount, refund.amountMinor, refund.currency);
  }
  const sameAmount =
    asked.amount === null
      ? refund.requestedMinor === null
      : isAmount(asked.amount, refund.requestedMinor, refund.currency);
  return sameAmount && refund.reason === asked.reason;
}

function isAmount(asked: Money, minor: bigint | null, currency: string): boolean {
  return asked.minor === minor && asked.currency === currency;
}

export const IDEMPOTENCY_KEY_MAX = 255;

/**
 * What stands for the key of a refund that nobody asked for here, and that somebody else told of: longer
 * than a caller's may be, or one could be given that is taken for it.
 */
export function keyNobodyGave(toldBy: 'statement' | 'notice', partnerRefundId: string): string {
  return `${toldBy}:${partnerRefundId}`.padEnd(IDEMPOTENCY_KEY_MAX + 1, '.');
}

/** What is known about a pending refund after one more exchange with Alipay. */
export interface RefundEvidence {
  /** Calls sent so far, this one included. */
  readonly attempts: number;
  /** The refund call's own outcome. */
  readonly call:
    | { readonly kind: 'SUCCEEDED' }
    | { readonly kind: 'REJECTED'; readonly alipayCode: string; readonly signed: boolean }
    | { readonly kind: 'UNKNOWN' };
  /** What the refund query said after that call, when it was asked. */
  readonly query?: {
    readonly status: 'SUCCESS' | 'FAILED' | 'CANCELED' | 'PROCESSING' | 'NOT_FOUND' | 'UNKNOWN';
    readonly errorCode?: string | null;
  };
  /** Alipay knew it already when it came into our books: of which amount, no query tells. */
  readonly isTakenUp?: boolean;
}

/** Alipay's words for an id that stands for another content (PROTOCOL.md U17). */
const TAKEN: readonly (string | null)[] = ['CONTEXT_INCONSISTENT', 'DISCORDANT_REPEAT_REQUEST'];

/** Whether a refund failed because Alipay has made one of another amount under its id. */
export function isOfAnotherAmount({ failureCode }: Pick<Refund, 'failureCode'>): boolean {
  return TAKEN.includes(failureCode);
}

/** What the event of a refund says that Alipay knew before it came into our books. */
export const KNOWN_TO_ALIPAY = { knownTo: ALIPAY } as const;

export type RefundVerdict =
  | { readonly status: 'SUCCEEDED' }
  | { readonly status: 'FAILED'; readonly failureCode: string }
  | { readonly status: 'PENDING' };

/**
 * What the evidence makes of a pending refund (decision 5). Not knowing changes nothing, and after
 * an attempt without a certain outcome the refusal of a repeat settles nothing by itself: the
 * repeat may be refused for the very reason that the first took effect.
 */
export function refundVerdict(evidence: RefundEvidence): RefundVerdict {
  if (evidence.call.kind === 'SUCCEEDED') return { status: 'SUCCEEDED' };
  if (evidence.call.kind === 'REJECTED' && evidence.attempts === 1) {
    return { status: 'FAILED', failureCode: evidence.call.alipayCode };
  }
  switch (evidence.query?.status) {
    case 'SUCCESS':
      return evidence.isTakenUp === true ? takenUpVerdict(evidence.call) : { status: 'SUCCEEDED' };
    case 'FAILED':
    case 'CANCELED':
      return { status: 'FAILED', failureCode: evidence.query.errorCode ?? evidence.query.status };
    case 'NOT_FOUND':
      // Only the two together prove that nothing happened: a repeat that was refused by a signed
      // answer, and a query after it that knows no such refund. A repeat without an answer may
      // still be on its way.
      return evidence.call.kind === 'REJECTED' && evidence.call.signed
        ? { status: 'FAILED', failureCode: evidence.call.alipayCode }
        : { status: 'PENDING' };
    case 'PROCESSING':
    case 'UNKNOWN':
    case undefined:
      return { status: 'PENDING' };
  }
}

/** Of what Alipay made before it came into our books only a repeat tells whether it is of that amount. */
function takenUpVerdict(call: RefundEvidence['call']): RefundVerdict {
  const refusal = call.kind === 'REJECTED' && call.signed ? call.alipayCode : null;
  return refusal !== null && TAKEN.includes(refusal)
    ? { status: 'FAILED', failureCode: refusal }
    : { status: 'PENDING' };
}
