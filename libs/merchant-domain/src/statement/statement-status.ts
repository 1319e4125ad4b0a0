import { type Tx } from '../database/tx';
import { type StatementStatus } from './statement.entity';

/** RECONCILED as long as nothing of the file waits for a person; what is not yet due does not. */
export async function refreshStatementStatus(
  tx: Tx,
  statementId: string,
): Promise<StatementStatus> {
  const [rows]: [{ status: StatementStatus }[], number] = await tx.manager.query(
    `update statements set status = case when exists (
         select from discrepancies where statement_id = $1 and status = 'OPEN')
       then 'DISCREPANCIES' else 'RECONCILED' end
     where id = $1 and status <> 'REJECTED' returning status`,
    [statementId],
  );
  return rows[0]?.status ?? 'REJECTED';
}
