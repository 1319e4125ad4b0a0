import { type Pool, type PoolClient, type PoolConfig, type QueryResult } from 'pg';
import { type DataSource } from 'typeorm';

import { type DomainLog } from '../../domain';
import { withoutReading } from '../reading';
import { READING_SETTINGS, withSettings } from '../session-settings';
import { openReplicas, type Replicas } from './replicas';

export interface FollowReplicas {
  /** Where the primary is, and its connections. */
  readonly url: string;
  readonly source: DataSource;
  readonly replicaUrls?: readonly string[];
  /** As on the primary, so that the same limits hold. */
  readonly session: PoolConfig;
  readonly connectionsMax?: number;
  readonly log?: DomainLog;
}

/** Whoever waits longer for a replica reads the primary. */
const connectsWithinMs = 1_000;

/** The replicas of a database that is open; null where there are none. */
export async function followReplicas(options: FollowReplicas): Promise<Replicas | null> {
  const { url, source, replicaUrls = [], session, connectionsMax = 8, log } = options;
  if (replicaUrls.length === 0) return null;
  const { master } = source.driver as DataSource['driver'] & { readonly master: Pool };
  return openReplicas({
    primaryUrl: url,
    urls: replicaUrls.map((replicaUrl) => withSettings(replicaUrl, READING_SETTINGS)),
    session: {
      ...session,
      options: READING_SETTINGS,
      connectionTimeoutMillis: connectsWithinMs,
      max: connectionsMax,
    },
    onPrimary: (...args) => queryThrough(master, args),
    log,
  });
}

/** In turn with everything else of the same operation. */
async function queryThrough(pool: Pool, args: unknown[]): Promise<QueryResult> {
  const { client, release } = await withoutReading(() => connectTo(pool));
  try {
    return await (client.query as (...given: unknown[]) => Promise<QueryResult>)(...args);
  } finally {
    release();
  }
}

/** By callback, as TypeORM does it: only that waits for its turn. */
function connectTo(pool: Pool): Promise<{ client: PoolClient; release: () => void }> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, release) => {
      if (client === undefined) reject(error ?? new Error('The pool gave no connection.'));
      else resolve({ client, release });
    });
  });
}
