import { type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';

import { type Caller } from '../domain';

/** Leaves of a query what belongs to the caller's stores; `storeId` is SQL with the query's alias. */
export function withinStores<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  caller: Caller,
  storeId: string,
): SelectQueryBuilder<Row> {
  if (caller.storeIds === null) return query;
  // One store is said as an equation, so that an index of store and time gives the order, too.
  return caller.storeIds.length === 1
    ? query.andWhere(`${storeId} = :onlyStoreId`, { onlyStoreId: caller.storeIds[0] })
    : query.andWhere(`${storeId} = any(:scopeStoreIds::uuid[])`, {
        scopeStoreIds: [...caller.storeIds],
      });
}
