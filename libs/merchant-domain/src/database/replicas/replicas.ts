import { type PoolConfig, type QueryResult } from 'pg';

import { type DomainLog } from '../../domain';
import { watchPrimary } from './primary-position';
import { createReplica, type Replica, type ReplicaState } from './replica';
import { replicaClient } from './replica-client';

/** How the servers that follow the primary are doing, and what was read there. */
export interface ReplicaReadings {
  readonly states: readonly ReplicaState[];
  /** What was read from where, in readings, since the start. */
  readonly counts: { readonly replica: number; readonly primary: number };
}

export interface Replicas extends ReplicaReadings {
  /**
   * One that shows everything that anybody could have seen on the primary when this was called, or
   * null: a caller finds what he wrote, and what he has heard of, whoever asks for him.
   */
  choose(): Promise<Replica | null>;
  close(): Promise<void>;
}

export interface OpenReplicas {
  readonly primaryUrl: string;
  readonly urls: readonly string[];
  readonly session: PoolConfig;
  /** Runs on the primary what a replica failed at. */
  readonly onPrimary: (...args: unknown[]) => Promise<QueryResult>;
  readonly log?: DomainLog | undefined;
}

const tryOutEveryMs = 1_000;

/** Waits until each was tried out once. */
export async function openReplicas(options: OpenReplicas): Promise<Replicas> {
  const { primaryUrl, urls, session, onPrimary, log } = options;
  const primary = watchPrimary(primaryUrl);
  const replicas = urls.map((url) =>
    createReplica(url, primary, (own) => ({
      ...session,
      Client: replicaClient({ cancel: own.cancel, leaveOut: own.leaveOut, onPrimary }),
    })),
  );
  const counts = { replica: 0, primary: 0 };
  const tell = teller(replicas, log);
  let turn = 0;

  const tryOut = async (): Promise<void> => {
    await Promise.all(replicas.map((replica) => replica.tryOut()));
    tell();
  };
  const find = async (): Promise<Replica | null> => {
    const first = turn;
    turn = (turn + 1) % replicas.length;
    const inUse = [...replicas.slice(first), ...replicas.slice(0, first)].filter(
      ({ state }) => state.status === 'IN_USE',
    );
    if (inUse.length === 0) return null;
    const position = await primary.now();
    for (const replica of inUse) if (await replica.shows(position)) return replica;
    return null;
  };

  await tryOut();
  let trying = Promise.resolve();
  const timer = setInterval(() => {
    trying = trying.then(tryOut);
  }, tryOutEveryMs);
  return {
    choose: async () => {
      const replica = await find().catch(() => null); // the primary tells its own troubles
      counts[replica === null ? 'primary' : 'replica'] += 1;
      return replica;
    },
    get states() {
      return replicas.map(({ state }) => state);
    },
    counts,
    close: async () => {
      clearInterval(timer);
      await trying;
      await Promise.all([...replicas.map((replica) => replica.close()), primary.close()]);
    },
  };
}

/** Tells when a replica is left out or taken again, and not what comes in between. */
function teller(replicas: readonly Replica[], log: DomainLog | undefined): () => void {
  const told = new Map<Replica, string>();
  return () => {
    for (const replica of replicas) {
      const { name, status, problem, lagBytes } = replica.state;
      if (told.get(replica) === status) continue;
      const isFirst = !told.has(replica);
      told.set(replica, status);
      if (status !== 'IN_USE') {
        log?.warn('a replica is left out: the primary is read instead', {
          replica: name,
          status,
          ...(problem === null ? { lagBytes } : { problem }),
        });
      } else if (!isFirst) log?.info('a replica is read from again', { replica: name });
    }
  };
}
