import { type PoolConfig } from 'pg';

import { withoutAllowance } from '../allowance';
import { FairPool } from '../fair-pool';
import { ABOUT_ITSELF, type AboutItself, assertSame } from './replica-identity';

/** What is known of the server behind the address. */
export interface KnownServer {
  readonly known: () => AboutItself | undefined;
  readonly shown: () => bigint;
}

/** Connections for what is read from a replica; each is known to lead to the server looked at. */
export function openReplicaPool(url: string, session: PoolConfig, server: KnownServer): FairPool {
  return new FairPool({
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
}
