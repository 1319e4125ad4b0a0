import { Pool } from 'pg';

import { cutConnectionsOf } from '../cut-connections';
import { surviveLosses } from '../survive-losses';
import { oneAtATime } from './one-at-a-time';
import { watchSession } from './watch-session';

/** How far the primary is: whatever anybody can see there is written in its log up to here. */
export interface PrimaryPosition {
  /** The end of the primary's log on disk, asked for after the call. */
  now(): Promise<bigint>;
  /** Tells one cluster of databases from another; the same for a primary and its standbys. */
  system(): Promise<string>;
  /** Grows when another server answers, or one that was started anew: it may have another history. */
  readonly successions: number;
  close(): Promise<void>;
}

/** One connection of its own, so that no statement of others holds the question up. */
export function watchPrimary(url: string): PrimaryPosition {
  const pool = new Pool(watchSession(url));
  surviveLosses(pool);
  const cut = cutConnectionsOf(pool);
  let startedAt = '';
  let successions = 0;

  return {
    now: oneAtATime(async () => {
      const { rows } = await pool.query<{ position: string; startedAt: string }>(
        `select pg_current_wal_flush_lsn() - '0/0'::pg_lsn as position,
                extract(epoch from pg_postmaster_start_time())::text as "startedAt"`,
      );
      const [answer] = rows;
      if (answer === undefined) throw new Error('the primary says nothing');
      if (answer.startedAt !== startedAt) successions += 1;
      startedAt = answer.startedAt;
      return BigInt(answer.position);
    }),
    system: async () => {
      const { rows } = await pool.query<{ system: string }>(
        'select system_identifier::text as system from pg_control_system()',
      );
      return rows[0]?.system ?? '';
    },
    get successions() {
      return successions;
    },
    close: async () => {
      cut();
      await pool.end();
    },
  };
}
