import { type Database, openDatabase } from '@countersign/merchant-domain';
import { Client } from 'pg';

import { type Environment } from '../../config/settings';
import { connectToBooks, readDatabaseUrl } from '../connect-to-books';

/**
 * The books, to write in. A database that is still empty becomes ours: the API does not start
 * before there is a key. One that holds anything is left as it is, and has to be of this version.
 */
export async function openBooks(env: Environment): Promise<Database> {
  const url = readDatabaseUrl(env);
  if (!(await isEmpty(url))) {
    const books = await connectToBooks(env); // says what is wrong with them
    await books.end();
  }
  return openDatabase({ url, migrate: true });
}

/** Of one that cannot be reached nothing is known; whoever connects next says why. */
async function isEmpty(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ empty: boolean }>(
      `select not exists (select from pg_tables where schemaname = current_schema()) as empty`,
    );
    return rows[0]?.empty === true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
