import { type Caller, type Refusal, refuse } from '../domain';
import { seesStore } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { Transaction } from './transaction.entity';

/**
 * The row, locked until the block ends. Always the transaction first, then its refunds. As everywhere,
 * only against who would change it: rows that refer to several payments, as what a file lacks of them,
 * are written without waiting for anybody, so that no two wait for each other.
 */
export async function lockTransaction(tx: Tx, id: string): Promise<Transaction | null> {
  return tx.manager.findOne(Transaction, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

/** The same for a caller: what lies outside its stores does not exist. */
export async function lockTransactionFor(
  tx: Tx,
  caller: Caller,
  id: string,
): Promise<Transaction | Refusal> {
  const transaction = await lockTransaction(tx, id);
  if (transaction === null || !seesStore(caller, transaction.storeId)) return noTransaction();
  return transaction;
}

export function noTransaction(): Refusal {
  return refuse('NOT_FOUND', 'There is no such transaction: check its id.', {
    field: ['transactionId'],
  });
}

export async function saveTransaction(tx: Tx, transaction: Transaction): Promise<void> {
  await tx.manager.update(Transaction, { id: transaction.id }, transaction);
}
