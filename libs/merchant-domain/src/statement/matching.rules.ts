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

/** The Beijing day that a file is about. */
export interface Day {
  readonly date: string;
  readonly from: Date;
  readonly to: Date;
}

/** HEAL: the line is believed, and our record follows it. OPEN: a person has to look. */
export type Match =
  | { readonly outcome: 'MATCHED' }
  | { readonly outcome: 'HEAL' | 'OPEN'; readonly disagreement: Disagreement };

const MATCHED: Match = { outcome: 'MATCHED' };

/** What a line of either file says, as far as the rules ask. */
type StatementLine = Pick<
  TransactionStatementLine,
  | 'amount'
  | 'transAmount'
  | 'partnerTransactionId'
  | 'transactionId'
  | 'paymentTime'
  | 'secondaryMerchantId'
>;

/** What the books hold about the trade of a line. */
export interface KnownTrade {
  readonly payment: Transaction | null;
  /** Alipay's id of the merchant at whose shop it was paid; null where the shop is not known. */
  readonly merchantId: string | null;
  /** Where no order number is on record for the line's trade: another one that carries it. */
  readonly sameOrder: Transaction | null;
}

/** A payment's line, in the file of a Beijing day, and what is on record about it. */
export function matchPayment(line: StatementLine, known: KnownTrade, day: Day | null): Match {
  const { payment } = known;
  if (payment === null) return matchUnknown(line, known, day);
  const differs = tradeDiffers(line, payment, known) ?? timeDiffers(line, payment);
  if (differs !== undefined) return differs;
  if (!isPaid(payment.alipayStatusesSeen)) {
    return heal('STATUS_MISMATCH', 'status', payment.status, 'PAID');
  }
  if (payment.partnerTransId === null) {
    return heal('STATUS_MISMATCH', 'partnerTransId', null, line.partnerTransactionId);
  }
  const { paidAt, paidAtGuessed } = payment;
  if (paidAtGuessed && paidAt !== null && paidAt.getTime() !== line.paymentTime.getTime()) {
    return heal(
      ...(['STATUS_MISMATCH', 'paidAt', paidAt.toISOString()] as const),
      line.paymentTime.toISOString(),
    );
  }
  return MATCHED;
}

/** A payment that we never heard of is believed, unless the line does not agree with itself. */
function matchUnknown(line: StatementLine, { sameOrder }: KnownTrade, day: Day | null): Match {
  if (sameOrder !== null) return underAnotherNumber(line, sameOrder);
  if (day !== null && !isAbout(line.paymentTime, day)) {
    return open('MISSING_LOCALLY', 'paidAt', day.date, line.paymentTime.toISOString());
  }
  const paid = line.transAmount ?? line.amount;
  // A line about nothing but a fee is no payment, and the books hold none of nothing.
  if (paid.minor === 0n) return open('MISSING_LOCALLY', 'amount', null, shown(paid));
  return heal('MISSING_LOCALLY', null, null, shown(paid));
}

/** A refund's line, the refunds on record under its id, and the payment it belongs to. */
export function matchRefund(
  line: StatementLine,
  {
    refunds,
    payment,
    merchantId,
    made = [],
  }: {
    readonly refunds: readonly Refund[];
    readonly payment: Transaction | null;
    readonly merchantId: string | null;
    /** What lines have made of the payment's refunds, where the line's number names none. */
    readonly made?: readonly Refund[];
  },
): Match {
  const refund = refunds.find(({ status }) => status !== 'FAILED');
  if (payment !== null && payment.alipayTransId !== line.transactionId) {
    return open('STATUS_MISMATCH', 'alipayTransId', payment.alipayTransId, line.transactionId);
  }
  const foreign = merchantDiffers(line, merchantId);
  if (foreign !== undefined) return foreign;
  if (refund !== undefined) {
    const differs = amountDiffers(line, { minor: refund.amountMinor, currency: refund.currency });
    if (differs !== undefined) return differs;
    return refund.status === 'SUCCEEDED'
      ? MATCHED
      : heal('STATUS_MISMATCH', 'refund.status', refund.status, 'SUCCEEDED');
  }
  // Made elsewhere, or believed to have failed: it is taken up where the payment can hold it.
  const amount = payment === null ? undefined : amountIn(line, payment.currency);
  const isLacking =
    payment !== null &&
    amount !== undefined &&
    canStillGiveBack(payment, amount) &&
    !isMadeUnderAnotherNumber(line.partnerTransactionId, payment, amount, made);
  const verdict = isLacking ? heal : open;
  return refunds.length === 0
    ? verdict('MISSING_LOCALLY', 'refund', null, shown(line.transAmount ?? line.amount))
    : verdict('STATUS_MISMATCH', 'refund.status', 'FAILED', 'SUCCEEDED');
}

/**
 * A settlement writes the order number of a refund that has none of its own, which the other file may tell
 * under any: one deed would be given back twice in the books.
 */
function isMadeUnderAnotherNumber(
  number: string,
  { partnerTransId }: Transaction,
  { minor }: Money,
  made: readonly Refund[],
): boolean {
  return made.some(
    ({ amountMinor, partnerRefundId }) =>
      amountMinor === minor && [number, partnerRefundId].includes(partnerTransId ?? ''),
  );
}

/** A cancel's line and the payment on record, if there is one. */
export function matchCancel(line: StatementLine, known: KnownTrade, day: Day | null): Match {
  const { payment } = known;
  if (payment === null) return matchUnknown(line, known, day);
  const differs = tradeDiffers(line, payment, known);
  if (differs !== undefined) return differs;
  if (payment.cancelStatus === 'DONE') return matchPaidOut(payment);
  const verdict = payment.refundedMinor + payment.pendingRefundMinor === 0n ? heal : open;
  return verdict('STATUS_MISMATCH', 'status', payment.status, 'CANCELLED');
}

/** Files come in any order: what a settlement has paid out before its cancel was told of is named here. */
function matchPaidOut({ settledAt }: Transaction): Match {
  if (settledAt === null) return MATCHED;
  return open('STATUS_MISMATCH', 'settledAt', settledAt.toISOString(), 'CANCELLED');
}

/** A settlement file carries Alipay's number in place of the order's where the trade was cancelled. */
export function isOfCancelled(line: {
  readonly partnerTransactionId: string;
  readonly transactionId: string;
}): boolean {
  return line.partnerTransactionId === line.transactionId;
}

/** Such a line settles nothing, and tells too little to make a payment or a cancel of it. */
export function matchSettledCancel({ payment }: Pick<KnownTrade, 'payment'>): Match {
  if (payment === null) return open('MISSING_LOCALLY', 'status', null, 'CANCELLED');
  if (payment.cancelStatus === 'DONE') return MATCHED;
  return open('STATUS_MISMATCH', 'status', payment.status, 'CANCELLED');
}

/** A payment's line in a settlement file: that of a cancelled one is never paid out under its order number. */
export function matchSettledPayment(line: StatementLine, known: KnownTrade): Match {
  const { payment } = known;
  if (payment?.cancelStatus === 'DONE') {
    return open('STATUS_MISMATCH', 'status', payment.status, 'PAID');
  }
  return matchPayment(line, known, null);
}

/** What an earlier settlement file said of a payment or a refund. */
export interface Settleable {
  readonly feeMinor: bigint | null;
  readonly netMinor: bigint | null;
  /** What both are in. */
  readonly currency: string | null;
  readonly settledAt: Date | null;
}

/** `SETTLE`: the fee, the net amount and the time are new, and are noted. */
export type SettlementMatch = Match | { readonly outcome: 'SETTLE' };

/** Where the line and its record agree otherwise: whether the money was settled before. */
export function matchSettlement(
  line: Pick<SettlementStatementLine, 'fee' | 'settlement' | 'settlementTime'>,
  known: Settleable,
): SettlementMatch {
  const { settledAt, feeMinor, netMinor, currency } = known;
  if (settledAt === null) return { outcome: 'SETTLE' };
  const { fee, settlement, settlementTime } = line;
  const again = (field: string, before: string | null, now: string): Match =>
    open('DUPLICATE_LINE', field, before, now);
  const noted = (minor: bigint | null): string | null =>
    minor === null || currency === null ? null : shown({ minor, currency });

  if (settledAt.getTime() !== settlementTime.getTime()) {
    return again('settledAt', settledAt.toISOString(), settlementTime.toISOString());
  }
  const isSame = (minor: bigint | null, said: Money): boolean =>
    minor === said.minor && currency === said.currency;
  if (!isSame(feeMinor, fee)) return again('fee', noted(feeMinor), shown(fee));
  if (!isSame(netMinor, settlement)) return again('net', noted(netMinor), shown(settlement));
  return MATCHED;
}

/** The same deed twice in one file, or in two files that are in force. */
export function duplicateOf(earlier: {
  readonly fileName: string;
  readonly lineNumber: number;
}): Match {
  return open('DUPLICATE_LINE', 'line', null, `${earlier.fileName}:${earlier.lineNumber}`);
}

/** This scene is a code on the wall; others belong to other products, unless the books know of their trade. */
export function isOurScene(line: { readonly orderScene: string }): boolean {
  return line.orderScene === '' || line.orderScene === 'shopQrCode';
}

/** How far Alipay's clock and ours may be apart: as long may its day and ours disagree around midnight. */
export const CLOCKS_APART_MS = 15 * 60_000;

/**
 * What our books have and the day's file lacks. A payment or cancel of the last quarter of an
 * hour, and a refund (which Alipay may book a day later), may still come with the next file.
 */
export function missingInStatement(
  what: 'PAYMENT' | 'REFUND' | 'CANCEL',
  happenedAt: Date,
  dayEnd: Date,
): 'OPEN' | 'NOT_YET_DUE' {
  if (what === 'REFUND') return 'NOT_YET_DUE';
  return dayEnd.getTime() - happenedAt.getTime() <= CLOCKS_APART_MS ? 'NOT_YET_DUE' : 'OPEN';
}

interface Amounts {
  readonly amount: Money;
  readonly transAmount: Money | null;
}

/** The line's amount in that currency: what the customer paid, or what is settled. */
export function amountIn({ amount, transAmount }: Amounts, currency: string): Money | undefined {
  return [transAmount, amount].find((money) => money?.currency === currency) ?? undefined;
}

/** In each column that speaks of our currency; there may be two. */
function amountDiffers(line: Amounts, ours: Money): Match | undefined {
  const theirs = [line.transAmount, line.amount].filter(
    (money) => money !== null && money.currency === ours.currency,
  );
  if (theirs.length === 0) {
    const { currency } = line.transAmount ?? line.amount;
    return open('AMOUNT_MISMATCH', 'currency', ours.currency, currency);
  }
  const other = theirs.find((money) => money?.minor !== ours.minor);
  if (other === undefined || other === null) return undefined;
  return open('AMOUNT_MISMATCH', 'amount', shown(ours), shown(other));
}

/** What no line about a trade on record can contradict. */
function tradeDiffers(
  line: StatementLine,
  payment: Transaction,
  { merchantId, sameOrder }: KnownTrade,
): Match | undefined {
  const differs = amountDiffers(line, { minor: payment.amountMinor, currency: payment.currency });
  if (differs !== undefined) return differs;
  const { partnerTransId } = payment;
  if (partnerTransId !== null && partnerTransId !== line.partnerTransactionId) {
    return open('STATUS_MISMATCH', 'partnerTransId', partnerTransId, line.partnerTransactionId);
  }
  if (partnerTransId === null && sameOrder !== null) return underAnotherNumber(line, sameOrder);
  return merchantDiffers(line, merchantId);
}

/** One order is one payment: another one has it already. */
function underAnotherNumber(line: StatementLine, sameOrder: Transaction): Match {
  return open('STATUS_MISMATCH', 'alipayTransId', sameOrder.alipayTransId, line.transactionId);
}

/** Older layouts do not name the merchant. */
function merchantDiffers(
  { secondaryMerchantId: named }: StatementLine,
  merchantId: string | null,
): Match | undefined {
  if (merchantId === null || named === '' || named === merchantId) return undefined;
  return open('STATUS_MISMATCH', 'secondaryMerchantId', merchantId, named);
}

function timeDiffers(
  { paymentTime }: StatementLine,
  { paidAt, paidAtGuessed }: Transaction,
): Match | undefined {
  if (paidAt === null || paidAtGuessed) return undefined;
  if (Math.abs(paymentTime.getTime() - paidAt.getTime()) <= CLOCKS_APART_MS) return undefined;
  return open('STATUS_MISMATCH', 'paidAt', paidAt.toISOString(), paymentTime.toISOString());
}

function isAbout(instant: Date, { from, to }: Day): boolean {
  return (
    instant.getTime() >= from.getTime() - CLOCKS_APART_MS &&
    instant.getTime() <= to.getTime() + CLOCKS_APART_MS
  );
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
