import { type TransactionStatementLine } from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Refund } from '../refund/refund.entity';
import { Transaction } from '../transaction/transaction.entity';
import {
  createFindPlace,
  type FindPlace,
  healCancel,
  healPayment,
  healRefund,
  type Source,
} from './heal';
import { type KnownRecords, readKnownRecords } from './known-records';
import {
  duplicateOf,
  isOurs,
  type Match,
  matchCancel,
  matchPayment,
  matchRefund,
} from './matching.rules';
import { noteDiscrepancies, type NewDiscrepancy } from './note-discrepancies';
import { storeLines } from './store-lines';
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
  await storeLines(tx, statement, lines);
  const ours = lines.filter(isOurs);
  const known = await readKnownRecords(tx.manager, statement, ours);
  const placeOf = createFindPlace(tx);
  const found: NewDiscrepancy[] = [];
  for (const line of ours) {
    const first = matchLine(line, known);
    if (first.outcome === 'MATCHED') continue;
    const disagreement =
      first.outcome === 'HEAL'
        ? await healLine(tx, statement, line, placeOf)
        : openDisagreement(first, line, known);
    if (disagreement !== null) found.push(disagreement);
  }
  await noteDiscrepancies(tx, statement, found);
}

function matchLine(line: TransactionStatementLine, known: KnownRecords): Match {
  const earlier = known.earlierLine(line);
  if (earlier !== null) return duplicateOf(earlier);
  switch (line.type) {
    case 'PAYMENT':
      return matchPayment(line, known.payment(line));
    case 'REFUND':
      return matchRefund(line, {
        refunds: known.refunds(line),
        payment: known.paymentOfRefund(line),
      });
    case 'CANCEL':
    case 'REVERSAL':
      return matchCancel(line, known.payment(line));
  }
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
  await lockPaymentOf(tx, statement, line);
  const known = await readKnownRecords(tx.manager, statement, [line]);
  const match = matchLine(line, known);
  if (match.outcome === 'MATCHED') return null; // somebody else was quicker
  if (match.outcome === 'OPEN') return openDisagreement(match, line, known);
  const { lineNumber } = line;
  const source: Source = { fileName: statement.fileName, lineNumber, placeOf };
  return {
    ...match.disagreement,
    status: 'HEALED',
    lineNumber,
    ...(await heal(tx, line, known, source)),
  };
}

async function heal(
  tx: Tx,
  line: TransactionStatementLine,
  known: KnownRecords,
  source: Source,
): Promise<{ readonly transactionId: string; readonly refundId: string | null }> {
  switch (line.type) {
    case 'PAYMENT': {
      const { id } = await healPayment(tx, line, known.payment(line), source);
      return { transactionId: id, refundId: null };
    }
    case 'REFUND': {
      const payment = known.paymentOfRefund(line);
      if (payment === null) throw new Error('a refund without a payment cannot be healed');
      const refund = await healRefund(tx, line, { refunds: known.refunds(line), payment }, source);
      return { transactionId: payment.id, refundId: refund.id };
    }
    case 'CANCEL':
    case 'REVERSAL': {
      const { id } = await healCancel(tx, line, known.payment(line), source);
      return { transactionId: id, refundId: null };
    }
  }
}

/** The order of all locks: the payment first, then what belongs to it. */
async function lockPaymentOf(
  tx: Tx,
  statement: Statement,
  line: TransactionStatementLine,
): Promise<void> {
  const known = await readKnownRecords(tx.manager, statement, [line]);
  const payment = line.type === 'REFUND' ? known.paymentOfRefund(line) : known.payment(line);
  if (payment === null) return;
  await tx.manager.findOne(Transaction, {
    where: { id: payment.id },
    lock: { mode: 'pessimistic_write' },
  });
}

function idsOf(
  line: TransactionStatementLine,
  known: KnownRecords,
): { readonly transactionId: string | null; readonly refundId: string | null } {
  if (line.type !== 'REFUND') {
    return { transactionId: known.payment(line)?.id ?? null, refundId: null };
  }
  const refund: Refund | undefined = known.refunds(line)[0];
  return { transactionId: known.paymentOfRefund(line)?.id ?? null, refundId: refund?.id ?? null };
}
