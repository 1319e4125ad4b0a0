import { type PoolConfig } from 'pg';

const answersWithinMs = 1_000;

/** For short questions to a server about itself: one that does not answer at once is away. */
export function watchSession(url: string): PoolConfig {
  return {
    connectionString: url,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: answersWithinMs,
    query_timeout: answersWithinMs,
    keepAlive: true,
  };
}
