import { formatAmount, type Money } from '@countersign/alipay-protocol';
import {
  type SettlementStatementLine,
  type TransactionStatementLine,
} from '@countersign/alipay-services';

import { type Refund } from '../refund/refund.entity';
import { type Transaction } from '../transaction/transaction.entity';
import { isPaid } from '../transaction/transaction.rules';

export type DiscrepancyKind =
  | 'MISSING_LOCALLY'
  | 'MISSING_IN_STATEMENT'
  | 'AMOUNT_MISMATCH'
  | 'STATUS_MISMATCH'
  | 'DUPLICATE_LINE';

/** Which field, what our books say, and what the statement says. */
export interface Disagreement {
  readonly kind: DiscrepancyKind;
  readonly field: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
}

/** HEAL: the line is believed, and our record follows it. OPEN: a person has to look. */
export type Match =
  | { readonly outcome: 'MATCHED' }
  | { readonly outcome: 'HEAL' | 'OPEN'; readonly disagreement: Disagreement };

const MATCHED: Match = { outcome: 'MATCHED' };

/** A payment's line and the payment on record, if there is one. */
export function matchPayment(line: TransactionStatementLine, known: Transaction | null): Match {
  const paid = line.transAmount ?? line.amount;
  if (known === null) return heal('MISSING_LOCALLY', null, null, shown(paid));
  const differs = amountDiffers(line, { minor: known.amountMinor, currency: known.currency });
  if (differs !== undefined) return differs;
  if (known.partnerTransId !== null && known.partnerTransId !== line.partnerTransactionId) {
    return open(
      'STATUS_MISMATCH',
      'partnerTransId',
      known.partnerTransId,
      line.partnerTransactionId,
    );
  }
  if (!isPaid(known.alipayStatusesSeen)) {
    return heal('STATUS_MISMATCH', 'status', known.status, 'PAID');
  }
  if (known.partnerTransId === null) {
    return heal('STATUS_MISMATCH', 'partnerTransId', null, line.partnerTransactionId);
  }
  return MATCHED;
}

/** A refund's line, the refunds on record under its id, and the payment it belongs to. */
export function matchRefund(
  line: TransactionStatementLine,
  {
    refunds,
    payment,
  }: { readonly refunds: readonly Refund[]; readonly payment: Transaction | null },
): Match {
  const refund = refunds.find(({ status }) => status !== 'FAILED');
  if (refund !== undefined) {
    const differs = amountDiffers(line, { minor: refund.amountMinor, currency: refund.currency });
    if (differs !== undefined) return differs;
    return refund.status === 'SUCCEEDED'
      ? MATCHED
      : heal('STATUS_MISMATCH', 'refund.status', refund.status, 'SUCCEEDED');
  }
  // Made elsewhere, or believed to have failed: it is taken up where the payment can hold it.
  const amount = payment === null ? undefined : amountIn(line, payment.currency);
  const verdict =
    payment !== null && amount !== undefined && canStillGiveBack(payment, amount) ? heal : open;
  return refunds.length === 0
    ? verdict('MISSING_LOCALLY', 'refund', null, shown(line.transAmount ?? line.amount))
    : verdict('STATUS_MISMATCH', 'refund.status', 'FAILED', 'SUCCEEDED');
}

/** A cancel's line and the payment on record, if there is one. */
export function matchCancel(line: TransactionStatementLine, known: Transaction | null): Match {
  if (known === null) {
    return heal('MISSING_LOCALLY', null, null, shown(line.transAmount ?? line.amount));
  }
  const differs = amountDiffers(line, { minor: known.amountMinor, currency: known.currency });
  if (differs !== undefined) return differs;
  if (known.cancelStatus === 'DONE') return MATCHED;
  const verdict = known.refundedMinor + known.pendingRefundMinor === 0n ? heal : open;
  return verdict('STATUS_MISMATCH', 'status', known.status, 'CANCELLED');
}

/** What a settlement's line is about: a payment or a refund, and what an earlier file said of it. */
export interface Settleable {
  readonly amount: Money;
  readonly feeMinor: bigint | null;
  readonly netMinor: bigint | null;
  readonly settledAt: Date | null;
}

/** `SETTLE`: the fee, the net amount and the time are new, and are noted. */
export type SettlementMatch = Match | { readonly outcome: 'SETTLE' };

export function matchSettlement(
  line: SettlementStatementLine,
  known: Settleable | null,
): SettlementMatch {
  if (known === null) {
    // A payment can be made of its line; a refund needs its payment, and a person.
    const verdict = line.type === 'PAYMENT' ? heal : open;
    return verdict('MISSING_LOCALLY', null, null, shown(line.transAmount ?? line.amount));
  }
  const differs = amountDiffers(line, known.amount);
  if (differs !== undefined) return differs;
  if (known.settledAt === null) return { outcome: 'SETTLE' };
  const isSame =
    known.settledAt.getTime() === line.settlementTime.getTime() &&
    known.feeMinor === line.fee.minor &&
    known.netMinor === line.settlement.minor;
  if (isSame) return MATCHED;
  return open(
    'DUPLICATE_LINE',
    'settledAt',
    known.settledAt.toISOString(),
    line.settlementTime.toISOString(),
  );
}

/** The same deed twice in one file, or in two files that are in force. */
export function duplicateOf(earlier: {
  readonly fileName: string;
  readonly lineNumber: number;
}): Match {
  return open('DUPLICATE_LINE', 'line', null, `${earlier.fileName}:${earlier.lineNumber}`);
}

/** Only this scene is a code on the wall; other lines belong to other products of the partner. */
export function isOurs(line: { readonly orderScene: string }): boolean {
  return line.orderScene === '' || line.orderScene === 'shopQrCode';
}

/** How long around midnight Alipay's day and ours may disagree about where a payment belongs. */
const MIDNIGHT_MARGIN_MS = 15 * 60_000;

/**
 * What our books have and the day's file lacks. A payment of the last quarter of an hour, and a
 * refund (which Alipay may book a day later), may still come with the next file.
 */
export function missingInStatement(
  what: 'PAYMENT' | 'REFUND' | 'CANCEL',
  happenedAt: Date,
  dayEnd: Date,
): 'OPEN' | 'NOT_YET_DUE' {
  if (what === 'REFUND') return 'NOT_YET_DUE';
  return dayEnd.getTime() - happenedAt.getTime() <= MIDNIGHT_MARGIN_MS ? 'NOT_YET_DUE' : 'OPEN';
}

interface Amounts {
  readonly amount: Money;
  readonly transAmount: Money | null;
}

/** The line's amount in that currency: what the customer paid, or what is settled. */
export function amountIn({ amount, transAmount }: Amounts, currency: string): Money | undefined {
  return [transAmount, amount].find((money) => money?.currency === currency) ?? undefined;
}

function amountDiffers(line: Amounts, ours: Money): Match | undefined {
  const theirs = amountIn(line, ours.currency);
  if (theirs === undefined) {
    const { currency } = line.transAmount ?? line.amount;
    return open('AMOUNT_MISMATCH', 'currency', ours.currency, currency);
  }
  if (theirs.minor === ours.minor) return undefined;
  return open('AMOUNT_MISMATCH', 'amount', shown(ours), shown(theirs));
}

function canStillGiveBack(payment: Transaction, { minor }: Money): boolean {
  const isCancelled = payment.cancelStatus === 'DONE' || payment.cancelStatus === 'PENDING';
  const left = payment.amountMinor - payment.refundedMinor - payment.pendingRefundMinor;
  return !isCancelled && minor > 0n && minor <= left;
}

function shown(money: Money): string {
  return `${formatAmount(money)} ${money.currency}`;
}

function heal(
  kind: DiscrepancyKind,
  field: string | null,
  expected: string | null,
  actual: string | null,
): Match {
  return { outcome: 'HEAL', disagreement: { kind, field, expected, actual } };
}

function open(
  kind: DiscrepancyKind,
  field: string | null,
  expected: string | null,
  actual: string | null,
): Match {
  return { outcome: 'OPEN', disagreement: { kind, field, expected, actual } };
}
