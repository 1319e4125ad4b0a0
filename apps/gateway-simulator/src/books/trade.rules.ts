import { type Money, parseAmount } from '@countersign/alipay-protocol';
import { beijingMidnightAfter } from '../clock';
import type { Variants } from '../variants';
import type { Refund, Trade, TradeStatus } from './records';

const UNPAID_CANCEL_MS = 15 * 60 * 1000;

/** What was given back, or is on its way: only asynchronous refunds wait. */
export function refundedMinor(trade: Trade, counted: readonly Refund['status'][]): bigint {
  return trade.refunds
    .filter((refund) => counted.includes(refund.status))
    .reduce((sum, refund) => sum + parseAmount(refund.amount, trade.currency).minor, 0n);
}

const NOT_REFUNDABLE: Record<TradeStatus, string | null> = {
  WAIT_BUYER_PAY: 'TRADE_STATUS_ERROR',
  TRADE_SUCCESS: null,
  TRADE_PENDING: 'REASON_TRADE_BEEN_FREEZEN',
  TRADE_CLOSED: 'TRADE_HAS_CLOSE',
  TRADE_FINISHED: 'TRADE_HAS_FINISHED',
};

/** Why a new refund of this trade is refused, or null when it may be made. */
export function refundRefusal(trade: Trade, asked: Money): string | null {
  const state = NOT_REFUNDABLE[trade.status];
  if (state) return state;
  if (asked.currency !== trade.currency) return 'INVALID_PARAMETER';
  if (asked.minor <= 0n) return 'INVALID_PARAMETER';
  const left =
    parseAmount(trade.amount, trade.currency).minor -
    refundedMinor(trade, ['SUCCESS', 'PROCESSING']);
  return asked.minor > left ? 'RETURN_AMOUNT_EXCEED' : null;
}

/** The same refund asked for again must be the same in trade, amount and currency. */
export function isSameRefund(
  known: { trade: Trade; refund: Refund },
  asked: { trade: Trade; amount: Money },
): boolean {
  return (
    known.trade.tradeNo === asked.trade.tradeNo &&
    known.trade.currency === asked.amount.currency &&
    parseAmount(known.refund.amount, known.trade.currency).minor === asked.amount.minor
  );
}

/** Until when a trade may be cancelled: Beijing midnight, and for an unpaid one at least 15 minutes. */
export function cancellableUntil(trade: Trade): Date {
  if (trade.paidAt !== null) return beijingMidnightAfter(new Date(trade.paidAt));
  const midnight = beijingMidnightAfter(new Date(trade.createdAt)).getTime();
  return new Date(Math.max(midnight, trade.createdAt + UNPAID_CANCEL_MS));
}

export type CancelDecision =
  | { readonly kind: 'already'; readonly action: 'close' | 'refund' }
  | { readonly kind: 'cancel'; readonly action: 'close' | 'refund' }
  | { readonly kind: 'refused'; readonly code: string };

/** What a cancel makes of a trade. A cancelled one says so again, whenever it is asked. */
export function decideCancel(trade: Trade, now: Date, variants: Variants): CancelDecision {
  const action = trade.paidAt === null ? 'close' : 'refund';
  if (trade.cancelled) return { kind: 'already', action };
  const hasRefunds = trade.refunds.some(
    ({ status }) => status === 'SUCCESS' || status === 'PROCESSING',
  );
  if (hasRefunds && (trade.status === 'TRADE_CLOSED' || variants.cancelAfterRefund === 'refuses')) {
    return { kind: 'refused', code: 'REASON_TRADE_REFUND_FEE_ERR' };
  }
  if (trade.status === 'TRADE_CLOSED') return { kind: 'already', action };
  if (trade.status === 'TRADE_FINISHED') return { kind: 'refused', code: 'TRADE_HAS_FINISHED' };
  if (trade.status === 'TRADE_PENDING')
    return { kind: 'refused', code: 'REASON_TRADE_BEEN_FREEZEN' };
  if (now >= cancellableUntil(trade)) return { kind: 'refused', code: 'TRADE_CANCEL_TIME_OUT' };
  return { kind: 'cancel', action };
}
