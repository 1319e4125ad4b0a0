import { type Client } from 'pg';
import { takeBaseBackup } from './base-backup';
import { onServer } from './databases';
import type { PostgresServer } from './start-postgres';
import { makeThrowawayCluster } from './throwaway-postgres';
import { waitUntil } from './wait-until';

/** What a throwaway server must be started with, so that standbys can follow it. */
export const REPLICATING = {
  wal_level: 'replica',
  max_wal_senders: '8',
  max_replication_slots: '8',
  full_page_writes: 'on',
  synchronous_commit: 'on', // what is committed is sent at once
} as const;

export interface StandbyOptions {
  /** Lower-case letters, digits and underscores: of its slot, and in `pg_stat_replication`. */
  readonly name?: string;
  /**
   * The primary acknowledges a commit only when this standby has it on disk: without that, a
   * fail-over may lose what was acknowledged last.
   */
  readonly isSynchronous?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A copy of a server for one run of tests, in which one standby after the other can be killed. */
export interface StandbyCluster {
  /** Starts it, always on the same port; resolves when it follows its primary. */
  start(): Promise<StandbyServer>;
  /** Stops what runs, and removes everything; the primary keeps its log for it no longer. */
  close(): Promise<void>;
}

export interface StandbyServer extends PostgresServer {
  /** What is committed from now on is received, but cannot be seen here. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** How much of the primary's log cannot be seen here yet, in bytes. The primary must run. */
  lagBytes(): Promise<number>;
  /** Resolves when all that is committed at this moment can be seen here. */
  caughtUp(): Promise<void>;
  /** Makes it a primary; resolves when it takes writes. */
  promote(): Promise<void>;
}

const FOLLOWS_WITHIN_MS = 30_000;

/** Streaming replication of a running throwaway server, which was started with `REPLICATING`. */
export async function makeStandby(
  primary: PostgresServer,
  { name = 'standby', isSynchronous = false, settings = {} }: StandbyOptions = {},
): Promise<StandbyCluster> {
  const cluster = makeThrowawayCluster({
    ...(await sizesOf(primary)),
    ...REPLICATING,
    wal_receiver_status_interval: '1',
    wal_retrieve_retry_interval: '200', // comes back soon after its primary did
    ...settings,
  });
  const close = async (): Promise<void> => {
    await cluster.close();
    await letGo(primary, name).catch(() => undefined); // a primary that is gone keeps nothing
  };
  try {
    await takeBaseBackup({ primaryUrl: primary.url, dataDir: cluster.dataDir, name });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    start: async () => {
      const server = await cluster.start();
      await untilItFollows(primary, name);
      if (isSynchronous) await waitForIt(primary, name);
      return standbyOf(primary, server);
    },
    close,
  };
}

function standbyOf(primary: PostgresServer, server: PostgresServer): StandbyServer {
  const lagBytes = async (): Promise<number> => {
    const position = await ask<string>(primary.url, 'pg_current_wal_lsn()');
    return Number(await ask(server.url, `'${position}' - pg_last_wal_replay_lsn()`));
  };
  return {
    ...server,
    pauseReplay: async () => {
      await ask(server.url, 'pg_wal_replay_pause()');
      // It is only asked for until the next record; nothing may be seen after this.
      await until(server.url, `pg_get_wal_replay_pause_state() = 'paused'`, 'pause');
    },
    resumeReplay: async () => {
      await ask(server.url, 'pg_wal_replay_resume()');
    },
    lagBytes,
    caughtUp: async () => {
      const position = await ask<string>(primary.url, 'pg_current_wal_lsn()');
      await until(server.url, `pg_last_wal_replay_lsn() >= '${position}'`, 'catch up');
    },
    promote: async () => {
      await ask(server.url, 'pg_promote(wait => true)');
      await until(server.url, 'not pg_is_in_recovery()', 'take over');
    },
  };
}

/** A standby must have room for whatever its primary does at once. */
async function sizesOf(primary: PostgresServer): Promise<Record<string, string>> {
  const names = ['max_connections', 'max_worker_processes', 'max_locks_per_transaction'];
  return onServer(primary.url, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [names],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  });
}

async function untilItFollows(primary: PostgresServer, name: string): Promise<void> {
  const isStreaming = `exists (select from pg_stat_replication
    where application_name = '${name}' and state = 'streaming')`;
  await until(primary.url, isStreaming, 'follow its primary');
}

async function waitForIt(primary: PostgresServer, name: string): Promise<void> {
  await setSynchronous(primary, name);
  const isSynchronous = `exists (select from pg_stat_replication
    where application_name = '${name}' and sync_state = 'sync')`;
  await until(primary.url, isSynchronous, 'become synchronous');
}

async function letGo(primary: PostgresServer, name: string): Promise<void> {
  await setSynchronous(primary, '');
  await until(
    primary.url,
    `not exists (select from pg_replication_slots where slot_name = '${name}' and active)`,
    'leave its primary',
  );
  await ask(
    primary.url,
    `count(pg_drop_replication_slot(slot_name)) from pg_replication_slots where slot_name = '${name}'`,
  );
}

async function setSynchronous(primary: PostgresServer, names: string): Promise<void> {
  await onServer(primary.url, async (client) => {
    await client.query(`alter system set synchronous_standby_names = '${names}'`);
    await client.query('select pg_reload_conf()');
  });
}

async function until(url: string, condition: string, what: string): Promise<void> {
  const isSo = await onServer(url, (client) =>
    waitUntil(async () => (await askOn<boolean>(client, condition)) === true, FOLLOWS_WITHIN_MS),
  );
  if (!isSo) throw new Error(`The standby did not ${what} in time.`);
}

async function ask<Value>(url: string, expression: string): Promise<Value | undefined> {
  return onServer(url, (client) => askOn<Value>(client, expression));
}

async function askOn<Value>(client: Client, expression: string): Promise<Value | undefined> {
  const { rows } = await client.query<{ value: Value }>(
    `select x.* from (select ${expression}) x(value)`,
  );
  return rows[0]?.value;
}
