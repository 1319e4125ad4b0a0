import { readSchemaState, SESSION_SETTINGS, withSettings } from '@countersign/merchant-domain';
import { Client } from 'pg';

import { createSettings, type Environment } from '../config/settings';
import { CommandStopped, reasonOf } from './command-stopped';

const CONNECTION_TIMEOUT_MS = 5_000;

const START_THE_API =
  'start the API of this version once, which brings it up to date, or use the version that it belongs to.';

/**
 * A connection that can only read, to a database whose schema is the one this version knows. Who only looks
 * brings no database up to date: the API does when it starts. `whenBehind` says what to do of an older one; with
 * null that is the caller's affair.
 */
export async function connectToBooks(
  env: Environment,
  whenBehind: string | null = START_THE_API,
): Promise<Client> {
  const client = new Client({
    connectionString: withSettings(readDatabaseUrl(env), SESSION_SETTINGS),
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    application_name: 'countersign command',
    options: SESSION_SETTINGS,
    keepAlive: true,
  });
  // A connection that is lost fails the statement that needs it, which says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('set default_transaction_read_only = on');
  } catch (error) {
    throw new CommandStopped(
      `The database cannot be reached: ${reasonOf(error)}. See whether it runs and DATABASE_URL names it.`,
    );
  }
  try {
    await refuseOtherSchema(client, whenBehind);
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}

/** Where the books are; started by npm, that is the running demo when nothing else is said. */
export function readDatabaseUrl(env: Environment): string {
  const settings = createSettings(env, () => '');
  if (settings.optional('DATABASE_URL') === undefined) {
    throw new CommandStopped(
      'There are no books to look at: DATABASE_URL is not set, and the demo does not run. ' +
        'Start it with `npm start` in another terminal, or set DATABASE_URL.',
    );
  }
  const url = settings.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  if (settings.problems.length > 0) throw new CommandStopped(`${settings.problems.join('; ')}.`);
  return url;
}

async function refuseOtherSchema(client: Client, whenBehind: string | null): Promise<void> {
  const schema = await readSchemaState(client);
  switch (schema.state) {
    case 'CURRENT':
      return;
    case 'FOREIGN':
      throw new CommandStopped(
        'This database holds no books of Countersign: see whether DATABASE_URL names the right one.',
      );
    case 'BEHIND':
      if (whenBehind === null) return;
      throw new CommandStopped(
        `The database is older than this version (it lacks ${schema.migrations.join(', ')}): ${whenBehind}`,
      );
    case 'AHEAD':
      throw new CommandStopped(
        `The database is newer than this version (which does not know ${schema.migrations.join(', ')}): use the version that runs on it.`,
      );
  }
}
