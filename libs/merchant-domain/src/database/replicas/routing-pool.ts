import { type PoolClient } from 'pg';

import { AllowanceSpent } from '../allowance';
import { type Connected, FairPool } from '../fair-pool';
import { currentReading, goOnAtPrimary, type Reading } from '../reading';
import { type Replica } from './replica';

/** Which replica a reading may be read from, if any. */
export type ChooseReplica = () => Promise<Replica | null>;

/**
 * The one place that decides who is asked: a connection is asked for here whatever is read. What
 * belongs to a reading gets one to a replica, everything else one to the primary.
 */
export function routingPool(choose: ChooseReplica): typeof FairPool {
  const chosen = new WeakMap<Reading, Promise<Replica | null>>();

  class RoutingPool extends FairPool {
    override connect(): Promise<PoolClient>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<PoolClient> | undefined {
      if (callback === undefined) return super.connect();
      const reading = currentReading();
      if (reading === undefined) super.connect(callback);
      else void this.connectFor(reading, callback);
      return undefined;
    }

    private async connectFor(reading: Reading, callback: Connected): Promise<void> {
      const choice = chosen.get(reading) ?? choose();
      chosen.set(reading, choice);
      const replica = await choice;
      const failure = replica === null ? undefined : await connectTo(replica, callback);
      if (replica !== null && failure === undefined) return;

      goOnAtPrimary(); // nor need the rest of it try the same again
      super.connect(callback);
    }
  }
  return RoutingPool;
}

/** What went wrong; the callback has then not been called. */
function connectTo(replica: Replica, callback: Connected): Promise<Error | undefined> {
  return new Promise((resolve) => {
    replica.pool.connect((error, client, release) => {
      if (error === undefined) callback(undefined, client, release);
      else if (!isOurs(error)) replica.leaveOut(error);
      resolve(error);
    });
  });
}

/** The reading's time is up, or too much is read at once: the replica has nothing to do with it. */
function isOurs(error: Error): boolean {
  return error instanceof AllowanceSpent || error.message.startsWith('timeout exceeded');
}
