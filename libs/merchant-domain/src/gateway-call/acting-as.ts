import { AsyncLocalStorage } from 'node:async_hooks';

import { WORKER } from '../event/actors';

const actors = new AsyncLocalStorage<string>();

/**
 * Whatever `work` asks Alipay is on record under this subject. A call is many functions away from
 * whoever wanted it, and none of those in between has any use for the name.
 */
export function actingAs<Result>(subject: string, work: () => Result): Result {
  return actors.run(subject, work);
}

/** Whose request is being dealt with; the worker's, when it is nobody's. */
export function currentActor(): string {
  return actors.getStore() ?? WORKER;
}
