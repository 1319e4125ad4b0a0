import { type Tx } from '../database/tx';
import { type StatementStatus } from './statement.entity';

/**
 * RECONCILED as long as nothing of the file waits for a person; what is not yet due does not. The row comes
 * first: an update that has to wait for it reads it anew, and the discrepancies as they were before the wait,
 * without those that whoever was waited for has opened or closed.
 */
export async function refreshStatementStatus(
  tx: Tx,
  statementId: string,
): Promise<StatementStatus> {
  await tx.manager.query('select from statements where id = $1 for no key update', [statementId]);
  const [rows]: [{ status: StatementStatus }[], number] = await tx.manager.query(
    `update statements set status = case when exists (
         select from discrepancies where statement_id = $1 and status = 'OPEN')
       then 'DISCREPANCIES' else 'RECONCILED' end
     where id = $1 and status <> 'REJECTED' returning status`,
    [statementId],
  );
  return rows[0]?.status ?? 'REJECTED';
}
