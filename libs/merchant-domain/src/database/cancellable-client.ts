import { Client, type ClientConfig, type QueryResult } from 'pg';

import { type Allowance, assertInTime, currentAllowance, takeRows } from './allowance';

/** Cancels what a connection runs, by the number of its server process. */
export type CancelAtServer = (processId: number) => Promise<void>;

type QueryArguments = Parameters<(text: string, values?: unknown[]) => Promise<QueryResult>>;

/**
 * A connection whose statements end with the allowance of the operation that they belong to. It is
 * not given back before the server has heard of the cancelling: the next statement on it would be
 * hit instead.
 */
export function cancellableClient(cancel: CancelAtServer): typeof Client {
  class CancellableClient extends Client {
    constructor(config?: string | ClientConfig) {
      super(config);
      const run = this.query.bind(this) as (...args: QueryArguments) => Promise<QueryResult>;
      const query = (...args: QueryArguments): Promise<QueryResult> => {
        const allowance = currentAllowance();
        if (allowance === undefined || !isAwaited(args)) return run(...args);
        const { processID } = this as unknown as { readonly processID: number };
        return runWithin(
          allowance,
          () => run(...args),
          () => cancel(processID),
        );
      };
      this.query = query as Client['query'];
    }
  }
  return CancellableClient;
}

/** Streams and callbacks are for those who know what they do. */
function isAwaited(args: readonly unknown[]): boolean {
  const [first] = args;
  const isStream = typeof (first as { readonly submit?: unknown } | null)?.submit === 'function';
  return !isStream && !args.some((arg) => typeof arg === 'function');
}

async function runWithin(
  allowance: Allowance,
  run: () => Promise<QueryResult>,
  cancel: () => Promise<void>,
): Promise<QueryResult> {
  const { signal } = allowance;
  signal.throwIfAborted();
  let cancelled: Promise<void> | undefined;
  const onAbort = (): void => {
    cancelled = cancel().catch(() => undefined); // its own time-out ends it then
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await run();
    takeRows(allowance, result.rows.length);
    return result;
  } catch (error) {
    signal.throwIfAborted();
    assertInTime(allowance, error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await cancelled;
  }
}
