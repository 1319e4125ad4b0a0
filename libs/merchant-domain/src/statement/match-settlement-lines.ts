import { type SettlementStatementLine } from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Refund } from '../refund/refund.entity';
import { type Transaction } from '../transaction/transaction.entity';
import { createFindPlace, type FindPlace, healPayment } from './heal';
import { type KnownRecords, readKnownRecords } from './known-records';
import {
  duplicateOf,
  isOurs,
  matchSettlement,
  type Settleable,
  type SettlementMatch,
} from './matching.rules';
import { noteDiscrepancies, type NewDiscrepancy } from './note-discrepancies';
import { type Statement } from './statement.entity';
import { storeLines } from './store-lines';

/** Notes what each line settles, line by line, and where it disagrees with the books. */
export async function matchSettlementLines(
  tx: Tx,
  statement: Statement,
  lines: readonly SettlementStatementLine[],
): Promise<void> {
  await storeLines(tx, statement, lines);
  const ours = lines.filter(isOurs);
  const known = await readKnownRecords(tx.manager, statement, ours);
  const placeOf = createFindPlace(tx);
  const settled: SettlementStatementLine[] = [];
  const found: NewDiscrepancy[] = [];
  for (const line of ours) {
    const match = matchLine(line, known);
    if (match.outcome === 'SETTLE') settled.push(line);
    if (match.outcome === 'SETTLE' || match.outcome === 'MATCHED') continue;

    const isHealed = match.outcome === 'HEAL';
    const ids = isHealed
      ? { transactionId: await healMissing(tx, statement, line, placeOf), refundId: null }
      : idsOf(line, known);
    if (isHealed) settled.push(line);
    const status = isHealed ? ('HEALED' as const) : ('OPEN' as const);
    found.push({ ...match.disagreement, status, lineNumber: line.lineNumber, ...ids });
  }
  await settlePayments(tx, settled);
  await settleRefunds(tx, settled);
  await noteDiscrepancies(tx, statement, found);
}

function matchLine(line: SettlementStatementLine, known: KnownRecords): SettlementMatch {
  const earlier = known.earlierLine(line);
  if (earlier !== null) return duplicateOf(earlier);
  return matchSettlement(line, settleable(line, known));
}

function settleable(line: SettlementStatementLine, known: KnownRecords): Settleable | null {
  if (line.type === 'REFUND') {
    const refund = liveRefund(line, known);
    return refund === null
      ? null
      : {
          amount: { minor: refund.amountMinor, currency: refund.currency },
          feeMinor: refund.feeMinor,
          netMinor: refund.netMinor,
          settledAt: refund.settlementAt,
        };
  }
  const payment = known.payment(line);
  if (payment === null) return null;
  return {
    amount: { minor: payment.amountMinor, currency: payment.currency },
    feeMinor: payment.feeMinor,
    netMinor: payment.netMinor,
    settledAt: payment.settledAt,
  };
}

/** A refund's line carries its own id, or the payment's where Alipay had none. */
function liveRefund(line: SettlementStatementLine, known: KnownRecords): Refund | null {
  return known.refunds(line).find(({ status }) => status === 'SUCCEEDED') ?? null;
}

async function healMissing(
  tx: Tx,
  { fileName }: Statement,
  line: SettlementStatementLine,
  placeOf: FindPlace,
): Promise<string> {
  const payment = await healPayment(tx, line, null, {
    fileName,
    lineNumber: line.lineNumber,
    placeOf,
  });
  return payment.id;
}

async function settlePayments(tx: Tx, lines: readonly SettlementStatementLine[]): Promise<void> {
  const payments = ofType(lines, 'PAYMENT');
  if (payments.length === 0) return;
  await tx.manager.query(
    `with said as (select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[])
                     as said (trade, fee, net, at)),
          locked as (select t.id, said.* from transactions t join said on t.alipay_trans_id = said.trade
                     where t.settled_at is null order by t.alipay_trans_id for update of t)
     update transactions t
     set fee_minor = locked.fee, net_minor = locked.net, settled_at = locked.at, updated_at = $5
     from locked where t.id = locked.id`,
    [
      payments.map(({ transactionId }) => transactionId),
      payments.map(({ fee }) => fee.minor.toString()),
      payments.map(({ settlement }) => settlement.minor.toString()),
      payments.map(({ settlementTime }) => settlementTime),
      tx.now(),
    ],
  );
}

async function settleRefunds(tx: Tx, lines: readonly SettlementStatementLine[]): Promise<void> {
  const refunds = ofType(lines, 'REFUND');
  if (refunds.length === 0) return;
  await tx.manager.query(
    `update refunds r set fee_minor = said.fee, net_minor = said.net, settlement_at = said.at
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[]) as said (refund, fee, net, at)
     where r.partner_refund_id = said.refund and r.status = 'SUCCEEDED' and r.settlement_at is null`,
    [
      refunds.map(({ partnerTransactionId }) => partnerTransactionId),
      refunds.map(({ fee }) => fee.minor.toString()),
      refunds.map(({ settlement }) => settlement.minor.toString()),
      refunds.map(({ settlementTime }) => settlementTime),
    ],
  );
}

function ofType(
  lines: readonly SettlementStatementLine[],
  wanted: 'PAYMENT' | 'REFUND',
): SettlementStatementLine[] {
  return lines.filter(({ type }) => type === wanted);
}

function idsOf(
  line: SettlementStatementLine,
  known: KnownRecords,
): { readonly transactionId: string | null; readonly refundId: string | null } {
  const payment: Transaction | null =
    line.type === 'REFUND' ? known.paymentOfRefund(line) : known.payment(line);
  return {
    transactionId: payment?.id ?? null,
    refundId: line.type === 'REFUND' ? (liveRefund(line, known)?.id ?? null) : null,
  };
}
