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

/** Two lines of one payment may say the same words, and a person has looked at one of them. */
const SAYS_THE_SAME = (one: string): string => `
  ${one}.transaction_id = d.transaction_id and ${one}.refund_id is not distinct from d.refund_id
    and ${one}.kind = d.kind and ${one}.status <> 'HEALED'
    and (${one}.field, ${one}.expected, ${one}.actual) is not distinct from (d.field, d.expected, d.actual)`;

/** Where all that the earlier file said in those words were closed, and this one says them no more often. */
const STAY_CLOSED = `
  update discrepancies d set status = 'RESOLVED', resolved_at = closed.resolved_at,
    resolved_by = closed.resolved_by, note = closed.note
  from statements earlier join discrepancies closed on closed.statement_id = earlier.id
  where d.id = any($1) and earlier.superseded_by = $2
    and closed.status = 'RESOLVED' and closed.resolved_by <> $3 and ${SAYS_THE_SAME('closed')}
    and (select count(*) from discrepancies said where said.statement_id = $2 and ${SAYS_THE_SAME('said')})
      <= (select count(*) from discrepancies before where before.statement_id = earlier.id and ${SAYS_THE_SAME('before')}
          having bool_and(before.status = 'RESOLVED' and before.resolved_by <> $3))`;
