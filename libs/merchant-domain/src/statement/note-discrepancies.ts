import { type Tx } from '../database/tx';
import { insertRows } from '../database/write-rows';
import { RECONCILIATION } from '../event/actors';
import { type DiscrepancyStatus, Discrepancy } from './discrepancy.entity';
import { type Disagreement } from './matching.rules';
import { type Statement } from './statement.entity';

export interface NewDiscrepancy extends Disagreement {
  readonly status: Exclude<DiscrepancyStatus, 'RESOLVED'>;
  readonly lineNumber: number | null;
  readonly transactionId: string | null;
  readonly refundId: string | null;
}

/**
 * Notes where a file and the books disagree; what was noted before stays as it is. What a person has
 * closed in the file whose place this one takes stays closed where this one says the very same.
 */
export async function noteDiscrepancies(
  tx: Tx,
  statement: Statement,
  found: readonly NewDiscrepancy[],
): Promise<void> {
  const now = tx.now();
  const rows = found.map((discrepancy): Discrepancy =>
    Object.assign(new Discrepancy(), {
      ...discrepancy,
      id: tx.newId(),
      statementId: statement.id,
      note: null,
      resolvedBy: discrepancy.status === 'HEALED' ? RECONCILIATION : null,
      createdAt: now,
      resolvedAt: discrepancy.status === 'HEALED' ? now : null,
    }),
  );
  await insertRows(tx, Discrepancy, rows, { unlessKnown: true });
  const waiting = rows.filter(({ status }) => status !== 'HEALED');
  if (waiting.length === 0) return;
  const ids = waiting.map(({ id }) => id);
  await tx.manager.query(STAY_CLOSED, [ids, statement.id, RECONCILIATION]);
}

const STAY_CLOSED = `
  update discrepancies d set status = 'RESOLVED', resolved_at = closed.resolved_at,
    resolved_by = closed.resolved_by, note = closed.note
  from statements earlier join discrepancies closed on closed.statement_id = earlier.id
  where d.id = any($1) and earlier.superseded_by = $2
    and closed.status = 'RESOLVED' and closed.resolved_by <> $3
    and closed.transaction_id = d.transaction_id and closed.refund_id is not distinct from d.refund_id
    and closed.kind = d.kind
    and (closed.field, closed.expected, closed.actual) is not distinct from (d.field, d.expected, d.actual)`;
