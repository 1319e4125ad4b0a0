import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** An empty database of a test's own, on the server that TEST_DATABASE_URL names. */
export interface TestDatabase {
  readonly url: string;
  /** Nobody may connect any more, and whoever is connected is cut off. */
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
  run(statement: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  if (serverUrl === undefined) throw new Error('TEST_DATABASE_URL names no server.');
  const name = `cs_api_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await onServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    takeAway: async () => {
      await onServer(serverUrl, `alter database ${name} with allow_connections false`);
      await onServer(
        serverUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      );
    },
    giveBack: async () => {
      await onServer(serverUrl, `alter database ${name} with allow_connections true`);
    },
    run: (statement) => onServer(url.href, statement),
    drop: async () => {
      await onServer(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
