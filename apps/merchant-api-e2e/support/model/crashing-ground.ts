import { setTimeout as pause } from 'node:timers/promises';

import {
  crashPostgres,
  createDatabase,
  makeThrowawayCluster,
  type PostgresServer,
} from '@countersign/postgres';
import { Client } from 'pg';

import { letFilesGrowTo, whyNoFullDisk } from '../full-disk';
import { migrate } from '../migrate';
import { waitFor } from '../wait-for';
import { startChildInstance } from './child-instance';
import { type Ground } from './site';

/** Real processes that really die: the product by SIGKILL, PostgreSQL without a moment to tidy up, or over a full disk. */
export const CRASHING_GROUND: Ground = {
  start: startChildInstance,
  openDatabase: async () => {
    // A commit that was answered must outlive the server, as it does in production.
    const cluster = makeThrowawayCluster({ synchronous_commit: 'on' }, { walSegmentMb: 1 });
    let server = await cluster.start();
    let crashes = 0;
    const url = await createDatabase(server.url, 'schedules');
    await migrate(url);
    return {
      url,
      crash: async () => {
        const trouble = TROUBLES[crashes % TROUBLES.length];
        crashes += 1;
        await trouble?.(server);
        if (await hasEnded(server)) server = await cluster.start();
      },
      drop: () => cluster.close(),
    };
  },
};

type Trouble = (server: PostgresServer) => Promise<void>;

/** First no table can grow, then the log cannot be written either, of which PostgreSQL dies. */
const TABLES_ARE_FULL = 1024 * 1024;
const LOG_IS_FULL = 64 * 1024;
const FULL_FOR_MS = 1_500;

const TROUBLES: readonly Trouble[] = [
  (server) => crashPostgres(server, 'immediately'),
  ...fullDisks(),
  (server) => crashPostgres(server, 'by force'),
];

function fullDisks(): Trouble[] {
  if (whyNoFullDisk() !== undefined) return [];
  return [TABLES_ARE_FULL, LOG_IS_FULL].map((bytes) => async (server) => {
    letFilesGrowTo(server, bytes);
    await pause(FULL_FOR_MS);
    letFilesGrowTo(server, 'unlimited');
    letFilesGrowTo(server, 'unlimited'); // and for those that began meanwhile
  });
}

/** Over a full disk it may end, or begin anew by itself. */
async function hasEnded({ url, exited }: PostgresServer): Promise<boolean> {
  let isGone = false;
  void exited.then(() => {
    isGone = true;
  });
  await waitFor('a PostgreSQL that answers or has ended', async () => isGone || answers(url));
  return isGone;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined); // the question reports it
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
