import { requireAction } from '../access/access.rules';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { isUnstorable } from '../unstorable-text';
import { lockTransactionFor, saveTransaction } from './lock-transaction';
import { type Transaction } from './transaction.entity';
import { decideClaim } from './transaction.rules';

export interface ClaimTransaction {
  readonly caller: Caller;
  readonly transactionId: string;
  /** The merchant's own sale, 1 to 128 characters. */
  readonly saleReference: string;
}

export type TransactionResult =
  { readonly transaction: Transaction } | (Refusal & { readonly transaction?: Transaction });

const SALE_REFERENCE_MAX = 128;

/** Ties a payment to one sale of the till; the same sale again is a replay (decision 16). */
export async function claimTransaction(
  domain: Domain,
  command: ClaimTransaction,
): Promise<TransactionResult> {
  requireAction(command.caller, 'CLAIM');
  const saleReference = command.saleReference.trim();
  const isReference = saleReference !== '' && saleReference.length <= SALE_REFERENCE_MAX;
  if (!isReference || isUnstorable(saleReference)) {
    return refuse(
      'INVALID_INPUT',
      `A sale reference has 1 to ${SALE_REFERENCE_MAX} characters: give the number of the sale at your till.`,
      { field: ['saleReference'] },
    );
  }

  return domain.database.atomically(domain, async (tx) => {
    const transaction = await lockTransactionFor(tx, command.caller, command.transactionId);
    if ('refusal' in transaction) return transaction;
    const decision = decideClaim(transaction, saleReference);
    if (typeof decision !== 'string') return { ...decision, transaction };

    if (decision === 'CLAIM') {
      transaction.saleReference = saleReference;
      transaction.updatedAt = tx.now();
      await saveTransaction(tx, transaction);
      appendEvent(tx, transaction, {
        type: 'CLAIMED',
        actor: command.caller.subject,
        amountMinor: transaction.amountMinor,
        occurredAt: tx.now(),
        detail: { saleReference },
      });
    }
    return { transaction };
  });
}
