import {
  type Caller,
  type Database,
  type TransactionEvent,
  transactionsByIds,
} from '@countersign/merchant-domain';
import DataLoader from 'dataloader';

import { createLoaders, type Loaders } from './loaders';

type Together = readonly Pick<TransactionEvent, 'transactionId'>[];

/**
 * Loaders for what was read together. A thousand tills that hear of the same payment are a
 * thousand operations, and those who see the same stores load its record once for all of them; and
 * when payments come thick, those of one reading are loaded with one query.
 */
export function createSharedLoaders(
  database: Database,
): (together: Together, caller: Caller) => Loaders {
  const byReading = new WeakMap<Together, Map<string, Loaders>>();

  return (together, caller) => {
    const byScope = byReading.get(together) ?? new Map<string, Loaders>();
    byReading.set(together, byScope);
    const scope = JSON.stringify([caller.role, caller.storeIds]);
    const loaders = byScope.get(scope) ?? loadersOf(database, together, caller);
    byScope.set(scope, loaders);
    return loaders;
  };
}

function loadersOf(database: Database, together: Together, caller: Caller): Loaders {
  const siblings = [...new Set(together.map(({ transactionId }) => transactionId))];
  const transactions: Loaders['transactions'] = new DataLoader(async (ids) => {
    const others = siblings.filter((id) => !ids.includes(id));
    const rows = await transactionsByIds(database, caller, [...ids, ...others]);
    others.forEach((id, index) => transactions.prime(id, rows[ids.length + index] ?? null));
    return rows.slice(0, ids.length);
  });
  return { ...createLoaders(database, caller), transactions };
}
