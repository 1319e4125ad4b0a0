import { formatAmount } from '@countersign/alipay-protocol';

import { type Tx } from '../database/tx';
import { type Books } from '../domain';
import { RECONCILIATION } from '../event/actors';
import { missingInStatement } from './matching.rules';
import { noteDiscrepancies } from './note-discrepancies';
import { boundsOfDay } from './statement-file-name';
import { refreshStatementStatus } from './statement-status';
import { type Statement } from './statement.entity';

interface Missing {
  readonly what: 'PAYMENT' | 'REFUND' | 'CANCEL';
  readonly transaction_id: string;
  readonly refund_id: string | null;
  readonly amount_minor: string;
  readonly currency: string;
  readonly happened_at: Date;
}

/** The other direction: what our books have of that day, and no transaction file has told of. */
export async function matchMissing(books: Books, statement: Statement): Promise<void> {
  await books.database.atomically(books, async (tx) => {
    await resolveFound(tx, statement);
    const { from, to } = boundsOfDay(statement.date);
    for (const select of [PAYMENTS, REFUNDS, CANCELS]) {
      const missing: Missing[] = await tx.manager.query(select, [from, to]);
      await noteDiscrepancies(
        tx,
        statement,
        missing.map((row) => ({
          kind: 'MISSING_IN_STATEMENT',
          status: missingInStatement(row.what, row.happened_at, to),
          field: row.what.toLowerCase(),
          expected: `${formatAmount({ minor: BigInt(row.amount_minor), currency: row.currency })} ${row.currency}`,
          actual: null,
          lineNumber: null,
          transactionId: row.transaction_id,
          refundId: row.refund_id,
        })),
      );
    }
  });
}

const PAYMENTS = `
  select 'PAYMENT' as what, t.id as transaction_id, null as refund_id, t.amount_minor, t.currency,
         t.paid_at as happened_at
  from transactions t
  where t.listed_at >= $1 and t.listed_at < $2 and t.paid_at is not null
    and not exists (select from statement_lines l
                    where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION')`;

const REFUNDS = `
  select 'REFUND' as what, r.transaction_id, r.id as refund_id, r.amount_minor, r.currency,
         r.settled_at as happened_at
  from refunds r
  where r.status = 'SUCCEEDED' and r.settled_at >= $1 and r.settled_at < $2
    and not exists (select from statement_lines l
                    where l.partner_transaction_id = r.partner_refund_id
                      and l.kind = 'TRANSACTION' and l.type = 'REFUND')`;

/** Only where the payment itself is told of: else it is that which is missing. */
const CANCELS = `
  select 'CANCEL' as what, t.id as transaction_id, null as refund_id, t.amount_minor, t.currency,
         t.paid_at as happened_at
  from transactions t
  where t.listed_at >= $1 and t.listed_at < $2 and t.paid_at is not null and t.cancel_status = 'DONE'
    and exists (select from statement_lines l
                where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION')
    and not exists (select from statement_lines l
                    where l.alipay_trans_id = t.alipay_trans_id and l.kind = 'TRANSACTION'
                      and l.type in ('CANCEL', 'REVERSAL'))`;

/**
 * What an earlier day's file lacked and this one has is settled; what was not yet due then and is
 * still missing waits for a person now.
 */
async function resolveFound(tx: Tx, statement: Statement): Promise<void> {
  const [touched]: [{ statement_id: string }[], number] = await tx.manager.query(
    `with found as (
       select d.id, d.status, exists (
         select from statement_lines l
         left join refunds r on r.id = d.refund_id
         join transactions t on t.id = d.transaction_id
         where l.kind = 'TRANSACTION'
           and case when d.refund_id is null
                 then l.alipay_trans_id = t.alipay_trans_id
                      and (d.field <> 'cancel' or l.type in ('CANCEL', 'REVERSAL'))
                 else l.partner_transaction_id = r.partner_refund_id and l.type = 'REFUND' end) as is_told
       from discrepancies d join statements s on s.id = d.statement_id
       where d.kind = 'MISSING_IN_STATEMENT' and d.status in ('OPEN', 'NOT_YET_DUE')
         and s.superseded_by is null and s.kind = 'TRANSACTION' and s.date < $1)
     update discrepancies d set
       status = case when found.is_told then 'RESOLVED' else 'OPEN' end,
       resolved_at = case when found.is_told then $2::timestamptz end,
       resolved_by = case when found.is_told then $3 end,
       note = case when found.is_told then $4 end
     from found
     where d.id = found.id and (found.is_told or found.status = 'NOT_YET_DUE')
     returning d.statement_id`,
    [statement.date, tx.now(), RECONCILIATION, `told by ${statement.fileName}`],
  );
  for (const id of new Set(touched.map((row) => row.statement_id))) {
    await refreshStatementStatus(tx, id);
  }
}
