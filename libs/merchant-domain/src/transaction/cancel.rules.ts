import { type Outcome } from '@countersign/alipay-services';

import { type Transaction } from './transaction.entity';

/** What is known about a pending cancel after one more exchange with Alipay. */
export interface CancelEvidence {
  /** Calls sent so far, this one included. */
  readonly attempts: number;
  readonly call: Outcome<CancelAnswer>;
  /** What the books know: that the customer has paid. */
  readonly isPaid: boolean;
  /** The trade as the query shows it, asked once the window has ended. */
  readonly query?: Outcome<{ readonly tradeStatus: string }>;
}

/** What Alipay says that it did: `close` or `refund`, or nothing. */
interface CancelAnswer {
  readonly action?: string;
}

export type CancelVerdict =
  | { readonly status: 'DONE' }
  | { readonly status: 'FAILED'; readonly failureCode: string }
  | { readonly status: 'PENDING' };

/**
 * A cancel is repeated until SUCCESS or the window's end; then the query decides (decision 5). A
 * definite no counts at the first attempt alone: later ones may be refused because it worked. A yes
 * that has given nothing back of what was paid is none.
 */
export function cancelVerdict(evidence: CancelEvidence): CancelVerdict {
  const isYes = evidence.call.kind === 'SUCCEEDED';
  if (isYes && !hasOnlyClosed(evidence.call, evidence.isPaid)) return { status: 'DONE' };
  if (evidence.call.kind === 'REJECTED' && evidence.attempts === 1) {
    return { status: 'FAILED', failureCode: evidence.call.alipayCode };
  }
  if (evidence.query?.kind !== 'SUCCEEDED') return { status: 'PENDING' };

  switch (evidence.query.answer.tradeStatus) {
    case 'TRADE_CLOSED':
      return { status: 'DONE' };
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
    case 'TRADE_PENDING':
      return { status: 'FAILED', failureCode: 'TRADE_CANCEL_TIME_OUT' };
    default:
      // Unpaid still, or a value never documented: it will close or be paid; ask again.
      return { status: 'PENDING' };
  }
}

/**
 * Whether Alipay says that it closed an unpaid trade, of one that we know as paid: then nothing was
 * given back by its word, and a query has to show that it is closed.
 */
export function hasOnlyClosed(call: Outcome<CancelAnswer>, isPaid: boolean): boolean {
  return call.kind === 'SUCCEEDED' && call.answer.action === 'close' && isPaid;
}

/**
 * How many calls of an earlier cancel of the payment may yet take effect: after them even the
 * first answer to a new cancel is the answer to a repeat. A cancel that was refused at its only
 * attempt leaves no doubt.
 */
export function doubtfulCancelAttempts({
  cancelAttempts,
}: Pick<Transaction, 'cancelAttempts'>): number {
  return cancelAttempts > 1 ? cancelAttempts : 0;
}

/**
 * Whether the query is to decide: the window has ended, by Alipay's word or by our clock. That may be
 * ahead, and a cancel that has no answer take effect after the query has said that the trade is paid.
 */
export function windowHasEnded(call: Outcome<unknown>, windowEnd: Date, now: Date): boolean {
  return (
    now.getTime() >= windowEnd.getTime() + CLOCKS_APART_MS ||
    (call.kind === 'REJECTED' && call.alipayCode === 'TRADE_CANCEL_TIME_OUT')
  );
}

/** A clock that is further ahead has its requests refused (PROTOCOL §4.1). */
const CLOCKS_APART_MS = 30 * 60_000;
