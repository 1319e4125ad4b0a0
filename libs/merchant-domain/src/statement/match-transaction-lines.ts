import { type TransactionStatementLine } from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Refund } from '../refund/refund.entity';
import { Transaction } from '../transaction/transaction.entity';
import { beijingMidnightAfter } from '../transaction/transaction.rules';
import {
  createFindPlace,
  type FindPlace,
  healCancel,
  healPayment,
  healRefund,
  type RefundLine,
  type Source,
} from './heal';
import { type KnownRecords, type LineKey, readKnownRecords } from './known-records';
import { duplicateOf, type Match, matchCancel, matchPayment, matchRefund } from './matching.rules';
import { noteDiscrepancies, type NewDiscrepancy } from './note-discrepancies';
import { keepLines } from './our-lines';
import { boundsOfDay } from './statement-file-name';
import { type Statement } from './statement.entity';

/**
 * Compares some lines of a transaction file with the books, and lets the books follow where a line
 * tells what they lack. Coming twice, it finds everything done.
 */
export async function matchTransactionLines(
  tx: Tx,
  statement: Statement,
  lines: readonly TransactionStatementLine[],
): Promise<void> {
  const ours = await keepLines(tx, statement, lines);
  const known = await readKnownRecords(tx.manager, statement, ours);
  const placeOf = createFindPlace(tx);
  const found: NewDiscrepancy[] = [];
  for (const line of ours) {
    const first = matchLine(statement, line, known);
    if (first.outcome === 'MATCHED') continue;
    const disagreement =
      first.outcome === 'HEAL'
        ? await healLine(tx, statement, line, placeOf)
        : openDisagreement(first, line, known);
    if (disagreement !== null) found.push(disagreement);
  }
  await noteDiscrepancies(tx, statement, found);
}

function matchLine(
  { date }: Statement,
  line: TransactionStatementLine,
  known: KnownRecords,
): Match {
  const earlier = known.earlierLine(line);
  if (earlier !== null) return duplicateOf(earlier);
  const day = { date, ...boundsOfDay(date) };
  switch (line.type) {
    case 'PAYMENT':
      return matchPayment(line, known.trade(line), day);
    case 'REFUND':
      return matchRefundLine(line, known);
    case 'CANCEL':
    case 'REVERSAL':
      return matchCancel(line, known.trade(line), day);
  }
}

/** In either file a refund is found by its own id, and taken up where its payment can hold it. */
export function matchRefundLine(
  line: Parameters<typeof matchRefund>[0] & LineKey,
  known: KnownRecords,
): Match {
  const payment = known.paymentOfRefund(line);
  return matchRefund(line, {
    ...{ payment, refunds: known.refunds(line) },
    merchantId: known.merchantIdOf(payment),
    made: known.madeRefunds(line),
  });
}

function openDisagreement(
  { disagreement }: Exclude<Match, { outcome: 'MATCHED' }>,
  line: TransactionStatementLine,
  known: KnownRecords,
): NewDiscrepancy {
  return { ...disagreement, status: 'OPEN', lineNumber: line.lineNumber, ...idsOf(line, known) };
}

/** Looks again under the lock of the payment, and heals what still has to be. */
async function healLine(
  tx: Tx,
  statement: Statement,
  line: TransactionStatementLine,
  placeOf: FindPlace,
): Promise<NewDiscrepancy | null> {
  const known = await readUnderLock(tx, statement, line);
  const match = matchLine(statement, line, known);
  if (match.outcome === 'MATCHED') return null; // somebody else was quicker
  if (match.outcome === 'OPEN') return openDisagreement(match, line, known);
  const { lineNumber } = line;
  const source: Source = {
    fileName: statement.fileName,
    lineNumber,
    placeOf,
    refundedAt: refundedAt(line, known.paymentOfRefund(line), statement, tx.now()),
  };
  const healed = await heal(tx, line, known, source);
  // A message told of the payment in the same moment: what it says is on record now.
  if (healed === null) return healLine(tx, statement, line, placeOf);
  const isCancel = line.type === 'CANCEL' || line.type === 'REVERSAL';
  const left = isCancel ? matchLine(statement, line, known) : match;
  if (left.outcome === 'OPEN') return openDisagreement(left, line, known);
  return { ...match.disagreement, status: 'HEALED', lineNumber, ...healed };
}

/**
 * When the refund of a line took effect: on the file's day, or on the one before, of which Alipay may book it a day
 * later. What is older, or no later than the payment, may be the time of that: then it is the file that tells the day.
 */
function refundedAt(
  { paymentTime }: TransactionStatementLine,
  payment: Transaction | null,
  { date }: Statement,
  now: Date,
): Date {
  const { from, to } = boundsOfDay(date);
  const isOfTheDay = paymentTime >= from && paymentTime < to;
  const isOfTheDayBefore = paymentTime < from && beijingMidnightAfter(paymentTime) >= from;
  const paidAt = payment?.paidAt ?? null;
  const isAfterPayment = paidAt !== null && paymentTime > paidAt;
  if (isOfTheDay || (isOfTheDayBefore && isAfterPayment)) return paymentTime;
  return new Date(Math.min(now.getTime(), to.getTime() - 1));
}

interface Healed {
  readonly transactionId: string;
  readonly refundId: string | null;
}

async function heal(
  tx: Tx,
  line: TransactionStatementLine,
  known: KnownRecords,
  source: Source,
): Promise<Healed | null> {
  if (line.type === 'REFUND') return healRefundLine(tx, line, known, source);
  const { payment } = known.trade(line);
  const healed =
    line.type === 'PAYMENT'
      ? await healPayment(tx, line, payment, source)
      : await healCancel(tx, line, payment, source);
  return healed && { transactionId: healed.id, refundId: null };
}

export async function healRefundLine(
  tx: Tx,
  line: RefundLine & LineKey,
  known: KnownRecords,
  source: Source,
): Promise<Healed> {
  const payment = known.paymentOfRefund(line);
  if (payment === null) throw new Error('a refund without a payment cannot be healed');
  const refund = await healRefund(tx, line, { refunds: known.refunds(line), payment }, source);
  return { transactionId: payment.id, refundId: refund.id };
}

/**
 * What the books hold about a line, under the lock of its payment: the order of all locks is the payment
 * first, then what belongs to it. Of a payment that they lack nothing can be locked; whoever makes its
 * record meanwhile is noticed by the insert of ours.
 */
export async function readUnderLock(
  tx: Tx,
  statement: Statement,
  line: LineKey,
): Promise<KnownRecords> {
  const known = await readKnownRecords(tx.manager, statement, [line]);
  const payment = line.type === 'REFUND' ? known.paymentOfRefund(line) : known.trade(line).payment;
  if (payment === null) return known;
  await tx.manager.findOne(Transaction, {
    where: { id: payment.id },
    lock: { mode: 'for_no_key_update' },
  });
  return readKnownRecords(tx.manager, statement, [line]);
}

export function idsOf(
  line: LineKey,
  known: KnownRecords,
): { readonly transactionId: string | null; readonly refundId: string | null } {
  if (line.type !== 'REFUND') {
    const { payment, sameOrder } = known.trade(line);
    return { transactionId: (payment ?? sameOrder)?.id ?? null, refundId: null };
  }
  const refund: Refund | undefined = known.refunds(line)[0];
  return { transactionId: known.paymentOfRefund(line)?.id ?? null, refundId: refund?.id ?? null };
}
