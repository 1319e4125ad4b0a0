import { type Tx } from '../database/tx';
import { RECONCILIATION } from '../event/actors';
import { holdImport, lockKind } from './hold-import';
import { type Statement } from './statement.entity';

/**
 * A corrected file of the same day takes the place of the earlier one: its lines are no longer in
 * force, what it had settled is open again, and what it complained of is closed with a note. Its
 * bytes and its discrepancies stay as the trace. One whose import broke off is over, too.
 */
export async function supersedeEarlier(tx: Tx, statement: Statement): Promise<void> {
  await holdImport(tx, statement);
  // A day of a million lines is taken back in one block: half of it would be no day.
  await lockKind(tx, statement);
  const earlier: { id: string }[] = await tx.manager.query(
    `select id from statements
     where kind = $1 and date = $2 and id <> $3 and superseded_by is null
       and (status in ('RECONCILED', 'DISCREPANCIES') or (status is null and sha256 is not null))`,
    [statement.kind, statement.date, statement.id],
  );
  for (const { id } of earlier) {
    if (statement.kind === 'SETTLEMENT') await unsettle(tx, id);
    await tx.manager.query('delete from statement_lines where statement_id = $1', [id]);
    await tx.manager.query(TELL_AGAIN, [id, RECONCILIATION]);
    await tx.manager.query(
      `update discrepancies set status = 'RESOLVED', resolved_at = $2, resolved_by = $3, note = $4
       where statement_id = $1 and status in ('OPEN', 'NOT_YET_DUE')`,
      [id, tx.now(), RECONCILIATION, `superseded by ${statement.fileName}, imported again`],
    );
    await tx.manager.query(
      `update statements set superseded_by = $2, status = 'RECONCILED',
         imported_at = coalesce(imported_at, $3) where id = $1`,
      [id, statement.id, tx.now()],
    );
  }
}

/** What other days' files lacked and this one told of is looked for anew, in the corrected one. */
const TELL_AGAIN = `
  update discrepancies d set status = 'NOT_YET_DUE', resolved_at = null, resolved_by = null, note = null
  from statements of_day, statements teller
  where teller.id = $1 and of_day.id = d.statement_id and of_day.superseded_by is null
    and d.kind = 'MISSING_IN_STATEMENT' and d.status = 'RESOLVED' and d.resolved_by = $2
    and d.note = 'told by ' || teller.file_name`;

/** What another file in force settles just so stays settled. */
async function unsettle(tx: Tx, statementId: string): Promise<void> {
  await tx.manager.query(
    `with settled as (${SETTLED_ALONE} and l.type = 'PAYMENT'),
          locked as (select t.id from transactions t join settled s using (alipay_trans_id)
                     where t.settled_at = s.settlement_time and t.fee_minor = s.fee_minor
                       and t.net_minor = s.amount_minor - s.fee_minor order by t.alipay_trans_id for no key update of t)
     update transactions t set fee_minor = null, net_minor = null,
       settlement_currency = null, settled_at = null
     from locked where t.id = locked.id`,
    [statementId],
  );
  await tx.manager.query(
    `update refunds r set fee_minor = null, net_minor = null,
       settlement_currency = null, settlement_at = null
     from (${SETTLED_ALONE} and l.type = 'REFUND') l
     where r.partner_refund_id = l.partner_transaction_id and r.settlement_at = l.settlement_time
       and r.fee_minor = l.fee_minor and r.net_minor = l.amount_minor - l.fee_minor`,
    [statementId],
  );
}

const SETTLED_ALONE = `
  select l.* from statement_lines l
  where l.statement_id = $1 and l.kind = 'SETTLEMENT' and not exists (
    select from statement_lines other
    where other.statement_id <> l.statement_id and other.kind = l.kind and other.type = l.type
      and other.alipay_trans_id = l.alipay_trans_id
      and other.partner_transaction_id = l.partner_transaction_id
      and other.settlement_time = l.settlement_time and other.currency = l.currency
      and other.amount_minor = l.amount_minor and other.fee_minor = l.fee_minor)`;
