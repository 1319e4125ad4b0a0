import type { BookedTrade } from '../simulator-control';
import { minorOf } from './amounts';
import type { Site } from './site';

/**
 * What the files of Alipay, all of which came in the end, still disagree with, or found to be
 * healed although everything else had been told. `since` and `atLast` are ids: of the beginning
 * of the round, and of the moment before its files came for the last time.
 */
export async function judgeStatements(
  site: Site,
  trades: readonly BookedTrade[],
  {
    since,
    atLast,
    elsewhere,
    taken,
  }: {
    readonly since: string;
    readonly atLast: string;
    /** Payments of which something may have been given back where only a file tells of it. */
    readonly elsewhere: readonly string[];
    /** Payments of these that were given back in another way than the books say, as the files show. */
    readonly taken: readonly string[];
  },
): Promise<string[]> {
  const open = await site.rows<{ what: string }>(
    `select concat_ws(' ', s.file_name, d.line_number, d.kind, d.status, d.field, d.expected, '->',
       d.actual, (select alipay_trans_id from transactions t where t.id = d.transaction_id)) as what
     from discrepancies d join statements s on s.id = d.statement_id
     where d.id > $1 and not exists (
         select from transactions t where t.id = d.transaction_id and alipay_trans_id = any($4))
       and not (d.field = 'settledAt' and d.actual = 'CANCELLED' and exists (
         select from transactions t where t.id = d.transaction_id and alipay_trans_id = any($5)))
       and (d.status in ('OPEN', 'NOT_YET_DUE')
       or (d.status = 'HEALED' and d.id > $2 and not exists (
         select from transactions t where t.id = d.transaction_id and alipay_trans_id = any($3))))`,
    [since, atLast, elsewhere, taken, cancelledOf(trades)],
  );
  const unusable = await site.rows<{ what: string }>(
    `select concat_ws(' ', file_name, status, rejection) as what from statements
     where id > $1 and status = 'REJECTED'`,
    [since],
  );
  return [
    ...[...open, ...unusable].map(({ what }) => `the statement says otherwise: ${what}`),
    ...(await judgeSettled(site, trades)),
  ];
}

/**
 * Here a day's settlement can be had from its first minute on, and the gateway's clock may be set back over
 * midnight after it: what is cancelled then had been settled, and a person is told so.
 */
function cancelledOf(trades: readonly BookedTrade[]): string[] {
  return trades.filter(({ cancelled }) => cancelled).map(({ trade_no: no }) => no);
}

/** What was paid and not cancelled is settled, with the fee that the file tells. */
async function judgeSettled(site: Site, trades: readonly BookedTrade[]): Promise<string[]> {
  const paid = trades.filter(({ cancelled, gmt_payment: at }) => at !== null && !cancelled);
  const rows = await site.rows<{ no: string; fee: string | null }>(
    `select alipay_trans_id as no, fee_minor::text as fee from transactions
     where settled_at is not null and alipay_trans_id = any($1)`,
    [paid.map(({ trade_no: no }) => no)],
  );
  const fees = new Map(rows.map(({ no, fee }) => [no, fee]));
  return paid.flatMap(({ trade_no: no, amount }) => {
    const fee = fees.get(no);
    const must = feeOf(minorOf(amount)).toString();
    return fee === must ? [] : [`the fee of ${no} is ${fee ?? 'not settled'}, must be ${must}`];
  });
}

/** 0.8 %, as the gateway takes it. */
function feeOf(minor: bigint): bigint {
  return (minor * 8n + 500n) / 1000n;
}
