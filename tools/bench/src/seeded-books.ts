import { type Database, openDatabase } from '@countersign/merchant-domain';
import { createDatabase, type PostgresServer, startThrowawayPostgres } from '@countersign/postgres';
import { Client } from 'pg';

import { DURABLE } from './measure-notifications';
import { type PutUp } from './put-up';
import { type History, historyOf, seedHistory } from './seed-history';

/** Books of some size, and two ways to them: the product's own, and one for looking at plans. */
export interface Books {
  readonly history: History;
  readonly database: Database;
  readonly client: Client;
}

export interface Seeding {
  readonly stores: number;
  /** A server whose books are kept from run to run, and taken again; otherwise one of our own. */
  readonly serverUrl: string | undefined;
  /** How long a statement may last. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** A server for the books: the given one, or a new one that is gone at the end. */
export async function openServer(open: PutUp, serverUrl: string | undefined): Promise<string> {
  if (serverUrl !== undefined) return serverUrl;
  const server: PostgresServer = await open(startThrowawayPostgres(DURABLE));
  return server.url;
}

/** The product's schema with so many payments in it. */
export async function openBooks(
  open: PutUp,
  serverUrl: string,
  transactions: number,
  { stores, timeoutMs, signal, tell }: Seeding,
): Promise<Books> {
  const history = historyOf(transactions, stores);
  const name = `bench_books_${transactions}_${stores}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  if (!(await isThere(serverUrl, name))) {
    tell(`seeding ${transactions} payments of ${stores} stores …`);
    const seeding = `${name}_seeding`;
    const seedingUrl = await createDatabase(serverUrl, seeding);
    const empty = await openDatabase({ url: seedingUrl, migrate: true });
    await empty.close();
    await seedHistory(seedingUrl, history, { signal, tell });
    // Only what is whole has its name.
    await onServer(serverUrl, `alter database ${seeding} rename to ${name}`);
  }
  const database = await open(
    openDatabase({
      url: url.href,
      migrate: true,
      connectionsMax: 2,
      statementTimeoutMs: timeoutMs,
    }),
  );
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await open({ close: () => client.end() });
  return { history, database, client };
}

async function isThere(serverUrl: string, name: string): Promise<boolean> {
  const rows = await onServer(serverUrl, 'select 1 from pg_database where datname = $1', [name]);
  return rows > 0;
}

async function onServer(serverUrl: string, sql: string, values?: string[]): Promise<number> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
