import { type SettlementStatementLine } from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Transaction } from '../transaction/transaction.entity';
import { settlementCurrencyOf } from '../transaction/transaction.rules';
import { createFindPlace, type FindPlace, healPayment, type Source } from './heal';
import { type KnownRecords, readKnownRecords } from './known-records';
import { healRefundLine, idsOf, matchRefundLine, readUnderLock } from './match-transaction-lines';
import {
  type Disagreement,
  duplicateOf,
  isOfCancelled,
  matchSettledCancel,
  matchSettledPayment,
  matchSettlement,
  type Settleable,
  type SettlementMatch,
} from './matching.rules';
import { noteDiscrepancies, type NewDiscrepancy } from './note-discrepancies';
import { keepLines } from './our-lines';
import { type Statement } from './statement.entity';

/**
 * Notes what each line settles, and where it disagrees with the books. What it tells of and they
 * lack is taken up first, as from a transaction file: money that was settled was paid, or given back.
 */
export async function matchSettlementLines(
  tx: Tx,
  statement: Statement,
  lines: readonly SettlementStatementLine[],
): Promise<void> {
  const ours = await keepLines(tx, statement, lines);
  await lockPayments(tx, ours);
  const known = await readKnownRecords(tx.manager, statement, ours);
  const placeOf = createFindPlace(tx);
  const settled: SettlementStatementLine[] = [];
  const found: NewDiscrepancy[] = [];
  for (const line of ours) {
    const match = matchLine(line, known);
    if (match.outcome === 'MATCHED') continue;
    if (match.outcome === 'SETTLE') {
      settled.push(line);
      continue;
    }
    const looked =
      match.outcome === 'HEAL'
        ? await healLine(tx, statement, line, placeOf)
        : {
            isSettled: isToldElsewhere(statement, line, known),
            found: openDisagreement(match, line, known),
          };
    if (looked.isSettled) settled.push(line);
    if (looked.found !== null) found.push(looked.found);
  }
  await settlePayments(tx, settled);
  await settleRefunds(tx, settled);
  await noteDiscrepancies(tx, statement, found);
}

/** All that are on record, in the order in which payments are locked everywhere. */
async function lockPayments(tx: Tx, lines: readonly SettlementStatementLine[]): Promise<void> {
  await tx.manager.query(
    `select from transactions where alipay_trans_id = any($1)
     order by alipay_trans_id for no key update`,
    [lines.map(({ transactionId }) => transactionId)],
  );
}

function matchLine(line: SettlementStatementLine, known: KnownRecords): SettlementMatch {
  const earlier = known.earlierLine(line);
  return earlier === null ? matchAlone(line, known) : duplicateOf(earlier);
}

/**
 * A line that another file in force has, too, and that settles what nothing has settled: there it was
 * named as told twice, and what had settled it was taken back with the file that this one corrects.
 */
function isToldElsewhere(
  { fileName }: Statement,
  line: SettlementStatementLine,
  known: KnownRecords,
): boolean {
  const earlier = known.earlierLine(line);
  if (earlier === null || earlier.fileName === fileName) return false;
  return matchAlone(line, known).outcome === 'SETTLE';
}

function matchAlone(line: SettlementStatementLine, known: KnownRecords): SettlementMatch {
  if (isOfCancelled(line)) return matchSettledCancel(known.trade(line));
  const match =
    line.type === 'REFUND'
      ? matchRefundLine(line, known)
      : matchSettledPayment(line, known.trade(line));
  return match.outcome === 'MATCHED' ? matchSettlement(line, settleable(line, known)) : match;
}

const NEVER: Settleable = { feeMinor: null, netMinor: null, currency: null, settledAt: null };

function settleable(line: SettlementStatementLine, known: KnownRecords): Settleable {
  if (line.type === 'PAYMENT') {
    const { payment } = known.trade(line);
    return payment === null ? NEVER : settled(payment, payment.settledAt);
  }
  const refund = known.refunds(line).find(({ status }) => status === 'SUCCEEDED');
  return refund === undefined ? NEVER : settled(refund, refund.settlementAt);
}

function settled(
  record: Pick<Transaction, 'feeMinor' | 'netMinor' | 'currency' | 'settlementCurrency'>,
  settledAt: Date | null,
): Settleable {
  const { feeMinor, netMinor } = record;
  return { feeMinor, netMinor, currency: settlementCurrencyOf(record), settledAt };
}

interface Looked {
  readonly isSettled: boolean;
  readonly found: NewDiscrepancy | null;
}

function openDisagreement(
  { disagreement }: { readonly disagreement: Disagreement },
  line: SettlementStatementLine,
  known: KnownRecords,
): NewDiscrepancy {
  return { ...disagreement, status: 'OPEN', lineNumber: line.lineNumber, ...idsOf(line, known) };
}

/** Looks again under the lock of the payment, and heals what still has to be. */
async function healLine(
  tx: Tx,
  statement: Statement,
  line: SettlementStatementLine,
  placeOf: FindPlace,
): Promise<Looked> {
  const known = await readUnderLock(tx, statement, line);
  const match = matchLine(line, known);
  if (match.outcome === 'OPEN') {
    return { isSettled: false, found: openDisagreement(match, line, known) };
  }
  if (match.outcome !== 'HEAL') return { isSettled: match.outcome === 'SETTLE', found: null };
  const { lineNumber } = line;
  const source: Source = {
    fileName: statement.fileName,
    lineNumber,
    placeOf,
    refundedAt: refundedAt(line, known.paymentOfRefund(line)),
  };
  const healed = await heal(tx, line, known, source);
  // A message told of the payment in the same moment: what it says is on record now.
  if (healed === null) return healLine(tx, statement, line, placeOf);
  return {
    isSettled: true,
    found: { ...match.disagreement, status: 'HEALED', lineNumber, ...healed },
  };
}

/** When was given back: not told where the line may repeat when was paid, and before it was settled in any case. */
function refundedAt(
  { paymentTime, settlementTime }: SettlementStatementLine,
  payment: Transaction | null,
): Date | null {
  const paidAt = payment?.paidAt ?? null;
  return paidAt !== null && paymentTime > paidAt && paymentTime <= settlementTime
    ? paymentTime
    : null;
}

async function heal(
  tx: Tx,
  line: SettlementStatementLine,
  known: KnownRecords,
  source: Source,
): Promise<{ readonly transactionId: string; readonly refundId: string | null } | null> {
  if (line.type === 'REFUND') return healRefundLine(tx, line, known, source);
  const payment = await healPayment(tx, line, known.trade(line).payment, source);
  return payment && { transactionId: payment.id, refundId: null };
}

async function settlePayments(tx: Tx, lines: readonly SettlementStatementLine[]): Promise<void> {
  const payments = ofType(lines, 'PAYMENT');
  if (payments.length === 0) return;
  await tx.manager.query(
    `with said as (select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[], $6::text[])
                     as said (trade, fee, net, at, currency)),
          locked as (select t.id, said.* from transactions t join said on t.alipay_trans_id = said.trade
                     where t.settled_at is null order by t.alipay_trans_id for no key update of t)
     update transactions t
     set fee_minor = locked.fee, net_minor = locked.net, settled_at = locked.at, updated_at = $5,
       settlement_currency = nullif(locked.currency, t.currency)
     from locked where t.id = locked.id`,
    [
      payments.map(({ transactionId }) => transactionId),
      payments.map(({ fee }) => fee.minor.toString()),
      payments.map(({ settlement }) => settlement.minor.toString()),
      payments.map(({ settlementTime }) => settlementTime),
      tx.now(),
      payments.map(({ settlement }) => settlement.currency),
    ],
  );
}

async function settleRefunds(tx: Tx, lines: readonly SettlementStatementLine[]): Promise<void> {
  const refunds = ofType(lines, 'REFUND');
  if (refunds.length === 0) return;
  await tx.manager.query(
    `update refunds r set fee_minor = said.fee, net_minor = said.net, settlement_at = said.at,
       settlement_currency = nullif(said.currency, r.currency)
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[])
       as said (refund, fee, net, at, currency)
     where r.partner_refund_id = said.refund and r.status = 'SUCCEEDED' and r.settlement_at is null`,
    [
      refunds.map(({ partnerTransactionId }) => partnerTransactionId),
      refunds.map(({ fee }) => fee.minor.toString()),
      refunds.map(({ settlement }) => settlement.minor.toString()),
      refunds.map(({ settlementTime }) => settlementTime),
      refunds.map(({ settlement }) => settlement.currency),
    ],
  );
}

function ofType(
  lines: readonly SettlementStatementLine[],
  wanted: 'PAYMENT' | 'REFUND',
): SettlementStatementLine[] {
  return lines.filter(({ type }) => type === wanted);
}
