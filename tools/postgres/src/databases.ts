import { Client, escapeIdentifier } from 'pg';

/** Creates a database, unless it is there, and answers its URL. */
export async function createDatabase(
  serverUrl: string,
  name: string,
  { template }: { readonly template?: string } = {},
): Promise<string> {
  // Its files as they are take half of what its pages through the log take.
  const from =
    template === undefined ? '' : ` template ${escapeIdentifier(template)} strategy file_copy`;
  await onServer(serverUrl, async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      await client.query(`create database ${escapeIdentifier(name)}${from}`);
    }
  });
  return urlOf(serverUrl, name);
}

/** Drops a database with whoever is still connected to it; one that is not there is no trouble. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
  });
}

export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

export async function onServer<T>(
  serverUrl: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: serverUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // a lost connection fails the query that needs it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
