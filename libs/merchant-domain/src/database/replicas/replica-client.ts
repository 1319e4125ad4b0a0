import { type Client, type ClientConfig, type QueryResult } from 'pg';

import { AllowanceSpent } from '../allowance';
import { type CancelAtServer, cancellableClient } from '../cancellable-client';
import { goOnAtPrimary } from '../reading';
import { isRowAtFault } from '../row-at-fault';

type Run = (...args: unknown[]) => Promise<QueryResult>;

export interface ReplicaClientOptions {
  readonly cancel: CancelAtServer;
  /** Runs the same statement on the primary. */
  readonly onPrimary: Run;
  /** The replica, not the statement, is at fault. */
  readonly leaveOut: (error: unknown) => void;
}

/**
 * A connection to a replica, whose statements only read: one that fails there is asked of the
 * primary instead, whether the replica has died under it, had to cancel it to keep up with its
 * primary, or does not do such a thing at all.
 */
export function replicaClient({
  cancel,
  onPrimary,
  leaveOut,
}: ReplicaClientOptions): typeof Client {
  class ReplicaClient extends cancellableClient(cancel) {
    constructor(config?: string | ClientConfig) {
      super(config);
      const run = this.query.bind(this) as unknown as Run;
      const query: Run = async (...args) => {
        try {
          return await run(...args);
        } catch (error) {
          if (isOver(error)) throw error;
          if (!isRowAtFault(error) && !isConflict(error)) leaveOut(error);
          goOnAtPrimary();
          return onPrimary(...args);
        }
      };
      this.query = query;
    }
  }
  return ReplicaClient;
}

const QUERY_CANCELED = '57014';
/** With the replay of the primary's log: it passes, and is nobody's fault. */
const SERIALIZATION_FAILURE = '40001';

/** Its time was up, or nobody waits for it any more: asking elsewhere would take as long again. */
function isOver(error: unknown): boolean {
  return error instanceof AllowanceSpent || codeOf(error) === QUERY_CANCELED;
}

function isConflict(error: unknown): boolean {
  return codeOf(error) === SERIALIZATION_FAILURE;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
