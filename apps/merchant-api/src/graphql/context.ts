import { type Caller, type Database, latestEventCursor } from '@countersign/merchant-domain';

import { type LiveEvents } from '../events/live-events';
import {
  createAllowance,
  type OperationAllowance,
  operationTimeoutDefaultMs,
} from './limits/operation-allowance';
import { createLoaders, type Loaders } from './loaders';

/** What the resolvers of one operation share. */
export interface ApiContext {
  readonly caller: Caller;
  /** Of this operation; of one event where the operation is a subscription. */
  loaders: Loaders;
  readonly live: LiveEvents;
  readonly allowance: OperationAllowance;
  /** Where a stream begins, read once, before anything else of the operation (`cursor-first.ts`). */
  readonly latestCursor: () => Promise<string>;
}

export interface ContextParts {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly operationTimeoutMs?: number;
}

/** Makes the context of one operation; `gone` aborts when its caller has left. */
export type ContextFor = (caller: Caller, gone: AbortSignal) => ApiContext;

export function createContext(
  { database, live, operationTimeoutMs = operationTimeoutDefaultMs }: ContextParts,
  caller: Caller,
  gone: AbortSignal = new AbortController().signal,
): ApiContext {
  const allowance = createAllowance(operationTimeoutMs, gone);
  let cursor: Promise<string> | undefined;
  const latestCursor = (): Promise<string> => (cursor ??= latestEventCursor(database, caller));
  return { caller, loaders: createLoaders(database, caller), live, allowance, latestCursor };
}
