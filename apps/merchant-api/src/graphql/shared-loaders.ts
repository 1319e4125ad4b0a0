import { type Caller, type Database } from '@countersign/merchant-domain';

import { createLoaders, type Loaders } from './loaders';

/**
 * Loaders for one event. A thousand tills that hear of the same payment are a thousand operations,
 * and callers who see the same stores load its record once for all of them.
 */
export function createSharedLoaders(
  database: Database,
): (event: object, caller: Caller) => Loaders {
  const byEvent = new WeakMap<object, Map<string, Loaders>>();

  return (event, caller) => {
    const byScope = byEvent.get(event) ?? new Map<string, Loaders>();
    byEvent.set(event, byScope);
    const scope = JSON.stringify([caller.role, caller.storeIds]);
    const loaders = byScope.get(scope) ?? createLoaders(database, caller);
    byScope.set(scope, loaders);
    return loaders;
  };
}
