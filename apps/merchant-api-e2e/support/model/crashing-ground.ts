import { crashPostgres, createDatabase, makeThrowawayCluster } from '@countersign/postgres';

import { migrate } from '../migrate';
import { startChildInstance } from './child-instance';
import { type Ground } from './site';

/** Real processes that really die: the product by SIGKILL, PostgreSQL without a moment to tidy up. */
export const CRASHING_GROUND: Ground = {
  start: startChildInstance,
  openDatabase: async () => {
    // A commit that was answered must outlive the server, as it does in production.
    const cluster = makeThrowawayCluster({ synchronous_commit: 'on' });
    let server = await cluster.start();
    let crashes = 0;
    const url = await createDatabase(server.url, 'schedules');
    await migrate(url);
    return {
      url,
      crash: async () => {
        crashes += 1;
        await crashPostgres(server, crashes % 2 === 0 ? 'by force' : 'immediately');
        server = await cluster.start();
      },
      drop: () => cluster.close(),
    };
  },
};
