import { type Money } from '@countersign/alipay-protocol';

import { type Refusal, refuse } from '../domain';
import {
  type CancelStatus,
  type PaymentInstitution,
  type Transaction,
  type TransactionStatus,
} from './transaction.entity';

/** What is known of a trade, from Alipay and from our own books; the state follows from it alone. */
export interface TradeFacts {
  /** As it is on record. */
  readonly status: TransactionStatus;
  readonly alipayStatusesSeen: readonly string[];
  readonly amountMinor: bigint;
  readonly refundedMinor: bigint;
  readonly pendingRefundMinor: bigint;
  readonly cancelStatus: CancelStatus | null;
}

/** Raw values that mean paid (decision 11). TRADE_PENDING is paid to a frozen account. */
const PAID_STATUSES = ['TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_PENDING'];

/** How far a raw value stands; what is not in this list is shown, and changes nothing. */
const ALIPAY_STATUS_ORDER = [
  'WAIT_BUYER_PAY',
  'TRADE_PENDING',
  'TRADE_SUCCESS',
  'TRADE_FINISHED',
  'TRADE_CLOSED',
];

/** Where a status can go. It never goes back, whatever order messages arrive in. */
export const NEXT_TRANSACTION_STATUS = {
  AWAITING_PAYMENT: ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'CANCELLED', 'CLOSED', 'FINISHED'],
  PAID: ['PARTIALLY_REFUNDED', 'REFUNDED', 'CANCELLED', 'CLOSED', 'FINISHED'],
  PARTIALLY_REFUNDED: ['REFUNDED', 'CLOSED', 'FINISHED'],
  REFUNDED: [],
  CANCELLED: [],
  CLOSED: ['REFUNDED', 'CANCELLED'],
  FINISHED: ['REFUNDED', 'CANCELLED', 'CLOSED'],
} as const satisfies Record<TransactionStatus, readonly TransactionStatus[]>;

/** True once any message said that the customer paid. */
export function isPaid(alipayStatusesSeen: readonly string[]): boolean {
  return alipayStatusesSeen.some((status) => PAID_STATUSES.includes(status));
}

/**
 * The state of a trade. It is a function of the set of raw values seen and of our own books, so
 * that any number and order of notifications, queries and answers ends in the same state.
 */
export function transactionStatusOf(facts: TradeFacts): TransactionStatus {
  const seen = (status: string): boolean => facts.alipayStatusesSeen.includes(status);

  if (facts.cancelStatus === 'DONE') return 'CANCELLED';
  if (facts.refundedMinor === facts.amountMinor) return 'REFUNDED';
  if (seen('TRADE_CLOSED') && !isClosingByPendingRefund(facts)) return 'CLOSED';
  // One raw value alone is only "paid": forex products say TRADE_FINISHED for it (decision 11).
  if (seen('TRADE_SUCCESS') && seen('TRADE_FINISHED')) return 'FINISHED';
  if (!isPaid(facts.alipayStatusesSeen)) return 'AWAITING_PAYMENT';
  return facts.refundedMinor > 0n ? 'PARTIALLY_REFUNDED' : 'PAID';
}

/**
 * A full refund closes the trade, and the closing may be heard of before the refund's answer. One that
 * is taken up after a restored backup finds it closed.
 */
function isClosingByPendingRefund(facts: TradeFacts): boolean {
  return (
    facts.status !== 'CLOSED' &&
    facts.refundedMinor + facts.pendingRefundMinor === facts.amountMinor &&
    isPaid(facts.alipayStatusesSeen)
  );
}

/**
 * Whether Alipay has closed a paid trade, which gives all of it back, and our books hold less, what is
 * under way included: it was given back elsewhere, or by a deed that we have given up.
 */
export function isClosedUnexplained(facts: Omit<TradeFacts, 'status'>): boolean {
  const { alipayStatusesSeen, amountMinor, refundedMinor, pendingRefundMinor } = facts;
  const isCancelled = facts.cancelStatus === 'DONE' || facts.cancelStatus === 'PENDING';
  return (
    isPaid(alipayStatusesSeen) &&
    alipayStatusesSeen.includes('TRADE_CLOSED') &&
    !isCancelled &&
    refundedMinor + pendingRefundMinor < amountMinor
  );
}

/** The raw value to show: the furthest of those seen; one Alipay never documented, when alone. */
export function alipayStatusOf(alipayStatusesSeen: readonly string[]): string {
  const known = ALIPAY_STATUS_ORDER.filter((status) => alipayStatusesSeen.includes(status));
  return known.at(-1) ?? [...alipayStatusesSeen].sort().at(-1) ?? 'UNKNOWN';
}

/** The seen set with one more value in it. */
export function seenWith(seen: readonly string[], status: string): string[] {
  return seen.includes(status) ? [...seen] : [...seen, status].sort();
}

/** The paying wallet from Alipay's spelling; an unknown spelling is shown, and stops nothing. */
export function paymentInstitutionOf(code: string | null): PaymentInstitution {
  switch (code) {
    case 'ALIPAYCN':
      return 'ALIPAY_CN';
    case 'ALIPAYHK':
      return 'ALIPAY_HK';
    case 'ALIPAYPLUS':
      return 'ALIPAY_PLUS';
    default:
      return 'UNKNOWN';
  }
}

export function amountOf(of: Pick<Transaction, 'amountMinor' | 'currency'>): Money {
  return { minor: of.amountMinor, currency: of.currency };
}

/** Succeeded refunds; the whole amount once cancelled. */
export function refundedAmountOf(transaction: Transaction): Money {
  const minor =
    transaction.status === 'CANCELLED' && isPaid(transaction.alipayStatusesSeen)
      ? transaction.amountMinor
      : transaction.refundedMinor;
  return { minor, currency: transaction.currency };
}

/** What can still be refunded: pending refunds count as given. */
export function refundableAmountOf(transaction: Transaction): Money {
  const refundable =
    (transaction.status === 'PAID' || transaction.status === 'PARTIALLY_REFUNDED') &&
    transaction.cancelStatus !== 'PENDING';
  const left = transaction.amountMinor - transaction.refundedMinor - transaction.pendingRefundMinor;
  return { minor: refundable ? left : 0n, currency: transaction.currency };
}

/** What the fee and the net of a payment, or of a refund, are in. */
export function settlementCurrencyOf({
  settlementCurrency,
  currency,
}: Pick<Transaction, 'settlementCurrency' | 'currency'>): string {
  return settlementCurrency ?? currency;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BEIJING_OFFSET_MS = 8 * HOUR_MS;
const UNPAID_GRACE_MS = 15 * 60_000;

/** End of the window in which Alipay cancels, by its clock (decision 14, PROTOCOL.md §6.6). */
export function cancelWindowEnd(transaction: Pick<Transaction, 'paidAt' | 'createdAt'>): Date {
  if (transaction.paidAt !== null) return beijingMidnightAfter(transaction.paidAt);
  const midnight = beijingMidnightAfter(transaction.createdAt).getTime();
  return new Date(Math.max(midnight, transaction.createdAt.getTime() + UNPAID_GRACE_MS));
}

/**
 * When a cancel took effect that is heard of then. What was paid is cancelled within its window or not
 * at all: an answer that was lost before midnight was a cancel of that day.
 */
export function cancelledAt(
  transaction: Pick<Transaction, 'paidAt' | 'createdAt'>,
  heardAt: Date,
): Date {
  if (transaction.paidAt === null) return heardAt;
  const last = cancelWindowEnd(transaction).getTime() - 1;
  return new Date(Math.min(heardAt.getTime(), last));
}

export function beijingMidnightAfter(instant: Date): Date {
  const day = Math.floor((instant.getTime() + BEIJING_OFFSET_MS) / DAY_MS);
  return new Date((day + 1) * DAY_MS - BEIJING_OFFSET_MS);
}

/** Until when a cancel is possible; null once it is not. */
export function cancellableUntil(transaction: Transaction, now: Date): Date | null {
  const end = cancelWindowEnd(transaction);
  return canCancel(transaction) && now < end ? end : null;
}

function canCancel(transaction: Transaction): boolean {
  return (
    (transaction.status === 'PAID' || transaction.status === 'AWAITING_PAYMENT') &&
    transaction.cancelStatus !== 'PENDING' &&
    transaction.refundedMinor + transaction.pendingRefundMinor === 0n
  );
}

/** Whether a cancel may be sent: only while nothing is refunded or pending (decision 14). */
export function decideCancel(transaction: Transaction, now: Date): Refusal | 'CANCEL' | 'ALREADY' {
  if (transaction.cancelStatus === 'PENDING' || transaction.cancelStatus === 'DONE')
    return 'ALREADY';
  if (transaction.refundedMinor + transaction.pendingRefundMinor > 0n) {
    return refuse(
      'NOT_ALLOWED_IN_STATE',
      'A payment that was refunded, or has a refund under way, cannot be cancelled: refund what is left instead.',
    );
  }
  if (!canCancel(transaction)) {
    return refuse(
      'NOT_ALLOWED_IN_STATE',
      `A payment that is ${transaction.status} cannot be cancelled.`,
    );
  }
  if (transaction.partnerTransId === null) return partnerTransIdMissing();
  if (now >= cancelWindowEnd(transaction)) return cancelWindowClosed();
  return 'CANCEL';
}

export function cancelWindowClosed(alipayCode?: string): Refusal {
  return refuse(
    'CANCEL_WINDOW_CLOSED',
    'Alipay cancels a payment only until the Beijing midnight after it: refund it instead.',
    alipayCode === undefined ? {} : { alipayCode },
  );
}

export function partnerTransIdMissing(): Refusal {
  return refuse(
    'NOT_ALLOWED_IN_STATE',
    'Alipay has not told the order number of this payment yet: refresh it first, then try again.',
  );
}

/** Whether nothing of it may be left once what is under way has been answered. */
function isBeingGivenBack(transaction: Transaction): boolean {
  const { amountMinor, refundedMinor, pendingRefundMinor, cancelStatus } = transaction;
  return cancelStatus === 'PENDING' || refundedMinor + pendingRefundMinor === amountMinor;
}

/** A payment belongs to one sale at most; the same sale again is a replay (decision 16). */
export function decideClaim(
  transaction: Transaction,
  saleReference: string,
): Refusal | 'CLAIM' | 'ALREADY' {
  if (transaction.saleReference === saleReference) return 'ALREADY';
  if (transaction.saleReference !== null) {
    return refuse(
      'ALREADY_CLAIMED',
      `This payment already belongs to sale ${transaction.saleReference}: look for another payment of the same amount.`,
    );
  }
  switch (transaction.status) {
    case 'PAID':
    case 'PARTIALLY_REFUNDED':
    case 'FINISHED':
      if (!isBeingGivenBack(transaction)) return 'CLAIM';
      return refuse(
        'NOT_ALLOWED_IN_STATE',
        'This payment is being given back: wait for the outcome before it pays for a sale.',
      );
    case 'AWAITING_PAYMENT':
    case 'REFUNDED':
    case 'CANCELLED':
    case 'CLOSED':
      return refuse(
        'NOT_ALLOWED_IN_STATE',
        `A payment that is ${transaction.status} cannot pay for a sale.`,
      );
  }
}
