import { type PoolClient, type PoolConfig } from 'pg';

import { withoutAllowance } from '../allowance';
import { FairPool } from '../fair-pool';
import { ABOUT_ITSELF, type AboutItself, assertSame } from './replica-identity';

/** What is known of the server behind the address. */
export interface KnownServer {
  readonly known: () => AboutItself | undefined;
  readonly shown: () => bigint;
}

/** Connections for what is read from a replica; each is known to lead to the server looked at. */
export interface ReplicaPool extends FairPool {
  /** Ends every connection at once, whatever runs on it. */
  cut(): void;
}

export function openReplicaPool(
  url: string,
  session: PoolConfig,
  server: KnownServer,
): ReplicaPool {
  const open = new Set<PoolClient>();
  class Connections extends FairPool {
    cut(): void {
      for (const client of open) streamOf(client).destroy();
    }
  }
  const pool = new Connections({
    ...session,
    connectionString: url,
    verify: (client, done) => {
      const shown = server.shown();
      withoutAllowance(() => client.query<AboutItself>(ABOUT_ITSELF))
        .then(({ rows: [about] }) => {
          assertSame(about, server.known(), shown);
          done();
        })
        .catch(done);
    },
  });
  pool.on('connect', (client) => open.add(client));
  pool.on('remove', (client) => open.delete(client));
  return pool;
}

function streamOf(client: PoolClient): { destroy(): void } {
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } })
    .connection.stream;
}
