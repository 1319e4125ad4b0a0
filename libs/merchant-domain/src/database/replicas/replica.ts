import { setTimeout as pause } from 'node:timers/promises';

import { Pool, type PoolConfig } from 'pg';

import { type CancelAtServer } from '../cancellable-client';
import { cutConnectionsOf } from '../cut-connections';
import { type FairPool } from '../fair-pool';
import { surviveLosses } from '../survive-losses';
import { oneAtATime } from './one-at-a-time';
import { type PrimaryPosition } from './primary-position';
import { openReplicaPool } from './replica-pool';
import { ABOUT_ITSELF, assertFollows, type AboutItself } from './replica-identity';
import { watchSession } from './watch-session';

/** IN_USE: it is read from. BEHIND: it shows less than the primary. AWAY: silent, or no replica. */
export type ReplicaStatus = 'IN_USE' | 'BEHIND' | 'AWAY';

export interface ReplicaState {
  /** Its host and port. */
  readonly name: string;
  readonly status: ReplicaStatus;
  /** How much of the primary's log it did not show yet when it was last looked at. */
  readonly lagBytes: number | null;
  /** Why it is away. */
  readonly problem: string | null;
}

/** A server that follows the primary, and shows what it has heard so far. */
export interface Replica {
  readonly pool: FairPool;
  readonly state: ReplicaState;
  /** Whether it shows everything up to this position, now or in a moment. */
  shows(position: bigint): Promise<boolean>;
  /** Looks at it: whether it is one, of this primary, and not behind. Never rejects. */
  tryOut(): Promise<void>;
  /** It is not read from until it was tried out again. */
  leaveOut(error: unknown): void;
  close(): Promise<void>;
}

/** One that hears at all hears within this time; waiting longer would cost more than it saves. */
const patienceMs = 50;
const stepMs = 2;

/** What the connections of a replica need of itself. */
export interface OwnReplica {
  /** Cancels what one of them runs: at this server. */
  readonly cancel: CancelAtServer;
  readonly leaveOut: (error: unknown) => void;
}

export function createReplica(
  url: string,
  primary: PrimaryPosition,
  sessionOf: (own: OwnReplica) => PoolConfig,
): Replica {
  const { host: name } = new URL(url);
  const watch = new Pool(watchSession(url));
  surviveLosses(watch);
  const cutWatch = cutConnectionsOf(watch);
  watch.on('remove', () => {
    leaveOut(new Error('its connection was lost'));
  });

  let state: ReplicaState = { name, status: 'AWAY', lagBytes: null, problem: 'not tried yet' };
  let about: AboutItself | undefined;
  let shown = 0n;
  let triedUnder = 0;

  const look = oneAtATime(async () => {
    const { rows } = await watch.query<AboutItself>(ABOUT_ITSELF);
    if (rows[0] === undefined) throw new Error('it says nothing about itself');
    about = rows[0];
    shown = BigInt(about.position);
    return about;
  });
  const reaches = async (position: bigint): Promise<boolean> => {
    for (let step = 0; shown < position && step < patienceMs / stepMs; step += 1) {
      if (step > 0) await pause(stepMs);
      await look();
    }
    return shown >= position;
  };
  const askLeader = async (): Promise<{ system: string; position: bigint }> => {
    const system = await primary.system();
    const position = await primary.now();
    triedUnder = primary.successions;
    return { system, position };
  };
  const leaveOut = (error: unknown): void => {
    const problem = error instanceof Error ? error.message : String(error);
    state = { name, status: 'AWAY', lagBytes: null, problem };
    shown = 0n;
  };
  const cancel: CancelAtServer = async (processId) => {
    await watch.query('select pg_cancel_backend($1)', [processId]);
  };
  const pool = openReplicaPool(url, sessionOf({ cancel, leaveOut }), {
    known: () => about,
    shown: () => shown,
  });

  return {
    pool,
    get state() {
      return state;
    },
    shows: async (position) => {
      // Another server may have become the primary: this one may follow the old one still.
      if (state.status !== 'IN_USE' || triedUnder !== primary.successions) return false;
      try {
        if (await reaches(position)) return isInUse();
        if (isInUse()) state = { ...state, status: 'BEHIND' };
      } catch (error) {
        leaveOut(error);
      }
      return false;
    },
    tryOut: async () => {
      let seen: AboutItself;
      try {
        seen = await look();
      } catch (error) {
        leaveOut(error);
        pool.cut(); // who waits for it would wait for ever
        return;
      }
      const leader = await askLeader().catch(() => null);
      if (leader === null) return; // nobody is read from while the primary is away
      try {
        assertFollows(seen, leader.system, leader.position);
        const status = (await reaches(leader.position)) ? 'IN_USE' : 'BEHIND';
        const lagBytes = Number(leader.position - BigInt(seen.position));
        state = { name, status, lagBytes, problem: null };
      } catch (error) {
        leaveOut(error);
      }
    },
    leaveOut,
    close: async () => {
      pool.cut();
      cutWatch();
      await Promise.all([pool.end(), watch.end()]);
    },
  };

  function isInUse(): boolean {
    return state.status === 'IN_USE';
  }
}
