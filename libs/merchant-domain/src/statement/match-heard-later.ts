import { formatAmount } from '@countersign/alipay-protocol';

import { type Books } from '../domain';
import { endOfEarlierFile } from './earlier-file';
import { lockDay, lockKind } from './hold-import';
import { noteDiscrepancies } from './note-discrepancies';
import { boundsOfDay } from './statement-file-name';
import { refreshStatementStatus } from './statement-status';
import { Statement } from './statement.entity';

/**
 * What came into the books after the file of its day had been compared with them: a payment heard of
 * late, a refund whose answer was lost. Where no file tells of it, it is missing in that of its day.
 */
export async function matchHeardLater(books: Books, statement: Statement): Promise<void> {
  const since = await endOfEarlierFile(books.database.manager, statement);
  if (since === null) return;
  const { from } = boundsOfDay(statement.date);
  const lacking: { statement_id: string }[] = await books.database.manager.query(
    `select distinct statement_id from (${MISSING}) missing`,
    [from, statement.date, since],
  );
  for (const { statement_id: id } of lacking) {
    const ofDay = await books.database.manager.findOneByOrFail(Statement, { id });
    await books.database.atomically(books, async (tx) => {
      await lockDay(tx, ofDay);
      await lockKind(tx, ofDay);
      const missing: Missing[] = await tx.manager.query(`${MISSING} and s.id = $4`, [
        from,
        statement.date,
        since,
        id,
      ]);
      await noteDiscrepancies(
        tx,
        ofDay,
        missing.map((row) => ({
          kind: 'MISSING_IN_STATEMENT' as const,
          status: 'OPEN' as const,
          field: row.what,
          expected: `${formatAmount({ minor: BigInt(row.amount_minor), currency: row.currency })} ${row.currency}`,
          actual: null,
          lineNumber: null,
          transactionId: row.transaction_id,
          refundId: row.refund_id,
        })),
      );
      await refreshStatementStatus(tx, id);
    });
  }
}

interface Missing {
  readonly what: 'payment' | 'refund' | 'cancel';
  readonly statement_id: string;
  readonly transaction_id: string;
  readonly refund_id: string | null;
  readonly amount_minor: string;
  readonly currency: string;
}

/** Of an event: as its index has it, word for word. */
export const IS_HEARD_LATER = `
  type in ('PAYMENT_RECEIVED', 'TIME_LEARNED', 'REFUND_SUCCEEDED', 'CANCELLED')
    and date_bin('1 day', occurred_at, '2001-01-01T00:00:00+08:00')
      < date_bin('1 day', recorded_at, '2001-01-01T00:00:00+08:00')`;

/** A cancel is missing in the file that tells of its payment, which may be the next day's. */
const DAY_OF_FILE = `
  coalesce(case heard.what when 'cancel' then (
             select max(l.date) from statement_lines l
             where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION' and l.type = 'PAYMENT'
               and l.date < $2) end,
           (heard.occurred_at at time zone 'Asia/Shanghai')::date)`;

/** Of the days before $2, heard of since $3; what is noted already, and perhaps resolved, stays so. */
const MISSING = `
  select heard.what, s.id as statement_id, heard.transaction_id, heard.refund_id,
         coalesce(r.amount_minor, t.amount_minor) as amount_minor, t.currency
  from (select *, case type when 'REFUND_SUCCEEDED' then 'refund'
                            when 'CANCELLED' then 'cancel' else 'payment' end as what
        from transaction_events
        where ${IS_HEARD_LATER} and occurred_at < $1 and recorded_at >= $3) heard
  join transactions t on t.id = heard.transaction_id
  left join refunds r on r.id = heard.refund_id
  join statements s on s.kind = 'TRANSACTION' and s.date < $2
    and s.date = ${DAY_OF_FILE}
    and s.superseded_by is null and s.status in ('RECONCILED', 'DISCREPANCIES')
  where case heard.what
          when 'refund' then not exists (
            select from statement_lines l
            where l.partner_transaction_id = r.partner_refund_id and l.kind = 'TRANSACTION' and l.type = 'REFUND')
          when 'payment' then not exists (
            select from statement_lines l
            where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION' and l.type <> 'REFUND')
          else (
            select bool_or(l.type = 'PAYMENT') and not bool_or(l.type in ('CANCEL', 'REVERSAL'))
            from statement_lines l where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION')
        end
    and not exists (
      select from discrepancies d join statements noted on noted.id = d.statement_id
      where d.transaction_id = heard.transaction_id and d.refund_id is not distinct from heard.refund_id
        and d.kind = 'MISSING_IN_STATEMENT' and d.field = heard.what and noted.superseded_by is null)`;
