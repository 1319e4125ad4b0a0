import { requireAction, seesStore } from '../access/access.rules';
import { type Books, type Caller, type Refusal, refuse } from '../domain';
import { readNote } from '../read-note';
import { endCoveredRestoration } from '../restoration/end-covered-restoration';
import { Transaction } from '../transaction/transaction.entity';
import { Discrepancy } from './discrepancy.entity';
import { refreshStatementStatus } from './statement-status';

export interface ResolveDiscrepancy {
  readonly caller: Caller;
  readonly discrepancyId: string;
  /** What was found and done: kept with the discrepancy. */
  readonly note: string;
}

export type DiscrepancyResult =
  { readonly discrepancy: Discrepancy } | (Refusal & { readonly discrepancy?: Discrepancy });

/** A person has looked into a disagreement and closes it. It changes nothing else in the books. */
export async function resolveDiscrepancy(
  books: Books,
  command: ResolveDiscrepancy,
): Promise<DiscrepancyResult> {
  requireAction(command.caller, 'REPAIR');
  const note = readNote(command.note, 'what was found and what was done');
  if (typeof note !== 'string') return note;
  return books.database.atomically(books, async (tx): Promise<DiscrepancyResult> => {
    const discrepancy = await tx.manager.findOne(Discrepancy, {
      where: { id: command.discrepancyId },
      lock: { mode: 'for_no_key_update' },
    });
    if (discrepancy === null) return noDiscrepancy();
    const { transactionId } = discrepancy;
    const transaction =
      transactionId === null
        ? null
        : await tx.manager.findOneByOrFail(Transaction, { id: transactionId });
    if (!seesStore(command.caller, transaction?.storeId ?? null)) return noDiscrepancy();
    if (discrepancy.status !== 'OPEN' && discrepancy.status !== 'NOT_YET_DUE') {
      return {
        ...refuse(
          'NOT_ALLOWED_IN_STATE',
          `This discrepancy is ${discrepancy.status} already: nothing has to be done.`,
        ),
        discrepancy,
      };
    }
    discrepancy.status = 'RESOLVED';
    discrepancy.note = note;
    discrepancy.resolvedBy = command.caller.subject;
    discrepancy.resolvedAt = tx.now();
    await tx.manager.update(Discrepancy, { id: discrepancy.id }, discrepancy);
    await refreshStatementStatus(tx, discrepancy.statementId);
    await endCoveredRestoration(tx);
    return { discrepancy };
  });
}

function noDiscrepancy(): Refusal {
  return refuse('NOT_FOUND', 'There is no such discrepancy: check its id.', {
    field: ['discrepancyId'],
  });
}
