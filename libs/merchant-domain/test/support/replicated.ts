import {
  createDatabase,
  makeStandby,
  openStatementProxy,
  type PostgresServer,
  REPLICATING,
  type StandbyServer,
  startThrowawayPostgres,
  type StatementProxy,
  waitUntil,
} from '@countersign/postgres';

import { type Database, openDatabase } from '../../src/database/open-database';
import { type Reading, withinReading } from '../../src/database/reading';

/** Books on a server of their own, which a real standby follows. */
export interface ReplicatedBooks {
  readonly primary: PostgresServer;
  readonly url: string;
  /** Leads to the standby, and sees what is asked of it. */
  readonly replica: StatementProxy;
  readonly standby: StandbyServer;
  startStandbyAgain(): Promise<void>;
  close(): Promise<void>;
}

export async function makeReplicatedBooks(): Promise<ReplicatedBooks> {
  const primary = await startThrowawayPostgres(REPLICATING);
  const url = await createDatabase(primary.url, 'books');
  await (await openDatabase({ url, migrate: true })).close();
  const cluster = await makeStandby(primary, {
    settings: { max_standby_streaming_delay: '0' }, // whoever stands in the way of the log is cut
  });
  let standby = await cluster.start();
  await standby.caughtUp();
  const replica = await openStatementProxy(standby.urlFor('books'));
  return {
    primary,
    url,
    replica,
    get standby() {
      return standby;
    },
    startStandbyAgain: async () => {
      standby = await cluster.start();
    },
    close: async () => {
      await replica.close();
      await cluster.close();
      await primary.close();
    },
  };
}

/** As a query of the API reads. */
export function read<Result>(work: () => Promise<Result>): Promise<Result> {
  const reading: Reading = { mayUseReplica: () => true };
  return withinReading(reading, work);
}

/** How many of the readings that `work` makes were made on the replica. */
export async function readThere(
  { replicas }: Database,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = replicas?.counts.replica ?? 0;
  await work();
  return (replicas?.counts.replica ?? 0) - before;
}

/** A busy machine lets the replica be late, and then the primary is read: it is tried again. */
export async function untilReadThere(
  database: Database,
  work: () => Promise<unknown>,
): Promise<void> {
  const isSo = await waitUntil(async () => (await readThere(database, work)) > 0, 20_000);
  if (!isSo)
    throw new Error(`Nothing is read there: ${JSON.stringify(database.replicas?.states)}.`);
}

export async function untilReplicaIs(database: Database, status: string): Promise<void> {
  const isSo = await waitUntil(() => database.replicas?.states[0]?.status === status, 20_000);
  if (!isSo) throw new Error(`The replica is ${JSON.stringify(database.replicas?.states)}.`);
}
