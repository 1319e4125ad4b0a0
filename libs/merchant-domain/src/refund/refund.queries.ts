import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { inOrderOf } from '../database/in-order-of';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { Transaction } from '../transaction/transaction.entity';
import { Refund } from './refund.entity';

export async function findRefund(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Refund | null> {
  return refundsOf(database, caller).andWhere('refund.id = :id', { id }).getOne();
}

/** The refunds of each transaction, oldest first, in the order of the transactions asked for. */
export async function refundsOfTransactions(
  database: Database,
  caller: Caller,
  transactionIds: readonly string[],
): Promise<Refund[][]> {
  const refunds = await refundsOf(database, caller)
    .andWhere('refund.transactionId = any(:transactionIds::uuid[])', {
      transactionIds: [...transactionIds],
    })
    .orderBy('refund.createdAt')
    .addOrderBy('refund.id')
    .getMany();

  const byTransaction = new Map<string, Refund[]>();
  for (const refund of refunds) {
    const earlier = byTransaction.get(refund.transactionId) ?? [];
    byTransaction.set(refund.transactionId, [...earlier, refund]);
  }
  return transactionIds.map((id) => byTransaction.get(id) ?? []);
}

export async function refundsByIds(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(Refund | null)[]> {
  const query = refundsOf(database, caller);
  const found = await query.andWhere('refund.id = any(:ids::uuid[])', { ids: [...ids] }).getMany();
  return inOrderOf(ids, found);
}

/** A refund is where its trade is. */
function refundsOf(database: Database, caller: Caller): SelectQueryBuilder<Refund> {
  requireAction(caller, 'READ_SALES');
  const query = database.manager.createQueryBuilder(Refund, 'refund');
  if (caller.storeIds === null) return query;
  query.innerJoin(Transaction, 'trade', 'trade.id = refund.transactionId');
  return withinStores(query, caller, 'trade.storeId');
}
