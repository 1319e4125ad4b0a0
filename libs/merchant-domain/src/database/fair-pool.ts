import { Pool, type PoolClient, type PoolConfig } from 'pg';

import { type Allowance, currentAllowance } from './allowance';
import { cutConnectionsOf } from './cut-connections';
import { surviveLosses } from './survive-losses';

export type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/** Half of the usual pool: an operation of a hundred lists leaves room for everybody else's. */
export const connectionsOfOneMax = 4;

interface Turns {
  taken: number;
  readonly waiting: (() => boolean)[];
}

/**
 * Whether something still runs on a connection that is given back, or a block is open there. Of a statement that has
 * no answer in `query_timeout`, which an address or the defaults of the driver may set, the driver says that it has
 * failed, and lets it run on; the ROLLBACK that waits behind it, it forgets. Whoever came next would commit what stands
 * there with his own.
 */
function isInTheMiddle(client: PoolClient): boolean {
  const { readyForQuery } = client as unknown as { readonly readyForQuery: boolean };
  return !readyForQuery || client.getTransactionStatus() !== 'I';
}

/**
 * Connections are given out in the order of asking, and an operation may ask for hundreds at once.
 * Here it takes some at a time, and waits in a line of its own for more.
 */
export class FairPool extends Pool {
  /** Ends every connection at once, whatever runs on it. */
  readonly cut = cutConnectionsOf(this);
  private readonly turnsOf = new WeakMap<Allowance, Turns>();

  constructor(config?: PoolConfig) {
    super(config);
    surviveLosses(this);
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<PoolClient> | undefined {
    if (callback === undefined) return super.connect();
    const allowance = currentAllowance();
    if (allowance === undefined) this.connectOnce(callback);
    else this.connectInTurn(allowance, callback);
    return undefined;
  }

  /**
   * Where a new connection takes long to verify, the pool answers twice: that the time of the one who
   * waited in line is up, and then with the connection all the same, which nobody would give back.
   */
  private connectOnce(callback: Connected): void {
    let isAnswered = false;
    super.connect((error, client, release) => {
      if (isAnswered) {
        if (client !== undefined) release();
        return;
      }
      isAnswered = true;
      callback(error, client, (problem) => {
        release(problem ?? (client !== undefined && isInTheMiddle(client)));
      });
    });
  }

  private connectInTurn(allowance: Allowance, callback: Connected): void {
    const turns = this.turnsOf.get(allowance) ?? { taken: 0, waiting: [] };
    this.turnsOf.set(allowance, turns);
    const end = (): void => {
      // In a loop: thousands may be refused one after the other.
      while (turns.waiting.length > 0) if (turns.waiting.shift()?.() === true) return;
      turns.taken -= 1;
    };
    /** Whether the turn was taken. */
    const begin = (): boolean => {
      if (allowance.signal.aborted) {
        callback(allowance.signal.reason as Error, undefined, () => undefined);
        return false;
      }
      this.connectOnce((error, client, release) => {
        callback(error, client, (problem) => {
          release(problem);
          end();
        });
        if (error !== undefined) end();
      });
      return true;
    };

    turns.waiting.push(begin);
    if (turns.taken >= connectionsOfOneMax) return;
    turns.taken += 1;
    end();
  }
}
