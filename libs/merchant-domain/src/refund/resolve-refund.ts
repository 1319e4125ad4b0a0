import { requireAction, seesStore } from '../access/access.rules';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { readNote } from '../read-note';
import { endCoveredRestoration } from '../restoration/end-covered-restoration';
import { Refund } from './refund.entity';
import { type RefundResult } from './refund-transaction';
import { endRefund, lockRefund } from './settle-refund';

export interface ResolveRefund {
  readonly caller: Caller;
  readonly refundId: string;
  readonly outcome: 'SUCCEEDED' | 'FAILED';
  /** How the person knows: kept with the refund and in the timeline. */
  readonly note: string;
}

/** What a person's word is called where Alipay's code would stand. */
const RESOLVED_BY_HAND = 'RESOLVED_BY_HAND';

/** An owner closes a refund that Alipay never answers (decision 5). */
export async function resolveRefund(domain: Domain, command: ResolveRefund): Promise<RefundResult> {
  requireAction(command.caller, 'RESOLVE_REFUND');
  const note = readNote(command.note, 'how you know what became of the refund');
  if (typeof note !== 'string') return note;

  return domain.database.atomically(domain, async (tx): Promise<RefundResult> => {
    if (!(await tx.manager.existsBy(Refund, { id: command.refundId }))) return noRefund();
    const { refund, transaction } = await lockRefund(tx, command.refundId);
    if (!seesStore(command.caller, transaction.storeId)) return noRefund();
    if (refund.status !== 'PENDING') {
      return {
        ...refuse(
          'NOT_ALLOWED_IN_STATE',
          `This refund is ${refund.status} already: only a PENDING one can be resolved by hand.`,
        ),
        refund,
        transaction,
      };
    }

    if (refund.inFlightUntil !== null && refund.inFlightUntil > tx.now()) {
      return {
        ...refuse(
          'NOT_ALLOWED_IN_STATE',
          'Alipay is being asked about this refund at this moment: try again in half a minute.',
        ),
        refund,
        transaction,
      };
    }

    refund.resolutionNote = note;
    refund.resolvedBy = command.caller.subject;
    const verdict =
      command.outcome === 'SUCCEEDED'
        ? ({ status: 'SUCCEEDED' } as const)
        : ({ status: 'FAILED', failureCode: RESOLVED_BY_HAND } as const);
    const ended = await endRefund(tx, refund, transaction, verdict, command.caller.subject, {
      detail: { note },
    });
    await endCoveredRestoration(tx);
    return { ...ended, replayed: false };
  });
}

function noRefund(): Refusal {
  return refuse('NOT_FOUND', 'There is no such refund: check its id.', { field: ['refundId'] });
}
