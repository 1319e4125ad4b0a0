import { type Caller, type Database } from '@countersign/merchant-domain';

import { type LiveEvents } from '../events/live-events';
import { createLoaders, type Loaders } from './loaders';

/** What the resolvers of one operation share. */
export interface ApiContext {
  readonly caller: Caller;
  /** Of this operation; of one event where the operation is a subscription. */
  loaders: Loaders;
  readonly live: LiveEvents;
}

export interface ContextParts {
  readonly database: Database;
  readonly live: LiveEvents;
}

export function createContext({ database, live }: ContextParts, caller: Caller): ApiContext {
  return { caller, loaders: createLoaders(database, caller), live };
}
