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

/** Notes where a file and the books disagree; what was noted before stays as it is. */
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
}
