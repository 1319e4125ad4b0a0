import { type Tx } from '../database/tx';
import { type Books } from '../domain';
import { RECONCILIATION } from '../event/actors';
import { type DiscrepancyStatus } from './discrepancy.entity';
import { lockKind } from './hold-import';
import { refreshStatementStatus } from './statement-status';
import { type Statement } from './statement.entity';

/**
 * What another day's file lacked and this one has is settled, in whatever order they come; what was
 * not yet due in an earlier day's and is still missing waits for a person now. However many are open,
 * some are looked at at a time.
 */
export async function resolveToldLater(books: Books, statement: Statement): Promise<void> {
  // What becomes open below was looked at already.
  for (const status of ['OPEN', 'NOT_YET_DUE'] as const) {
    let before: Place | undefined = NEWEST;
    while (before !== undefined) {
      const from: Place = before;
      before = await books.database.atomically(books, (tx) =>
        resolveBatch(tx, statement, status, from),
      );
    }
  }
}

/** Where a discrepancy stands in their list, newest first. */
interface Place {
  readonly at: Date | 'infinity';
  readonly id: string;
}

const NEWEST: Place = { at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

const BATCH_DISCREPANCIES = 1_000;

async function resolveBatch(
  tx: Tx,
  statement: Statement,
  status: DiscrepancyStatus,
  before: Place,
): Promise<Place | undefined> {
  await lockKind(tx, statement);
  const [batch]: { size: number; at: Date; id: string; statement_ids: string[] }[] =
    await tx.manager.query(RESOLVE, [
      statement.date,
      tx.now(),
      RECONCILIATION,
      `told by ${statement.fileName}`,
      status,
      before.at,
      before.id,
      BATCH_DISCREPANCIES,
    ]);
  if (batch === undefined) return undefined;
  for (const id of batch.statement_ids) await refreshStatementStatus(tx, id);
  return batch.size < BATCH_DISCREPANCIES ? undefined : { at: batch.at, id: batch.id };
}

/** One row: how many were looked at, the last of them, and whose statements changed; or none. */
const RESOLVE = `
  with batch as materialized (
         select * from discrepancies
         where status = $5 and (created_at, id) < ($6::timestamptz, $7::uuid)
         order by created_at desc, id desc limit $8),
       found as (
         select d.id, d.status, s.date < $1 as is_due,
           case when d.refund_id is null
             then exists (select from statement_lines l
                          where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION'
                            and case d.field when 'cancel' then l.type in ('CANCEL', 'REVERSAL')
                                             else l.type <> 'REFUND' end)
             else exists (select from statement_lines l
                          where l.partner_transaction_id = r.partner_refund_id
                            and l.kind = 'TRANSACTION' and l.type = 'REFUND')
           end as is_told
         from batch d
         join statements s on s.id = d.statement_id
         join transactions t on t.id = d.transaction_id
         left join refunds r on r.id = d.refund_id
         where d.kind = 'MISSING_IN_STATEMENT'
           and s.superseded_by is null and s.kind = 'TRANSACTION' and s.date <> $1),
       changed as (
         update discrepancies d set
           status = case when found.is_told then 'RESOLVED' else 'OPEN' end,
           resolved_at = case when found.is_told then $2::timestamptz end,
           resolved_by = case when found.is_told then $3 end,
           note = case when found.is_told then $4 end
         from found
         -- A person who was quicker keeps the last word.
         where d.id = found.id and d.status = found.status
           and (found.is_told or found.status = 'NOT_YET_DUE' and found.is_due)
         returning d.statement_id)
  select (select count(*) from batch)::int as size, created_at as at, id,
         array(select distinct statement_id from changed) as statement_ids
  from batch order by created_at, id limit 1`;
