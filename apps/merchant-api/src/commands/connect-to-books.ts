import { readSchemaState, SESSION_SETTINGS, withSettings } from '@countersign/merchant-domain';
import { Client } from 'pg';

import { createSettings, type Environment } from '../config/settings';
import { CommandStopped, reasonOf } from './command-stopped';

const CONNECTION_TIMEOUT_MS = 5_000;

// An API that starts on a backup which nobody has told of gives back anew what was given back since.
const WHEN_BEHIND =
  'where a backup was put back in place, npm run after-restore -- --record says so, and brings it up to date, before the API starts; else start the API of this version once, or use the version that it belongs to.';

/**
 * A connection that can only read, to a database whose schema is the one this version knows. Who only looks
 * brings no database up to date: the API does when it starts. That it is older is the caller's affair with `mayBeBehind`.
 */
export async function connectToBooks(
  env: Environment,
  { mayBeBehind = false }: { readonly mayBeBehind?: boolean } = {},
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
    await refuseOtherSchema(client, mayBeBehind);
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

async function refuseOtherSchema(client: Client, mayBeBehind: boolean): Promise<void> {
  const schema = await readSchemaState(client);
  switch (schema.state) {
    case 'CURRENT':
      return;
    case 'FOREIGN':
      throw new CommandStopped(
        'This database holds no books of Countersign: see whether DATABASE_URL names the right one.',
      );
    case 'BEHIND':
      if (mayBeBehind) return;
      throw new CommandStopped(
        `The database is older than this version (it lacks ${schema.migrations.join(', ')}): ${WHEN_BEHIND}`,
      );
    case 'AHEAD':
      throw new CommandStopped(
        `The database is newer than this version (which does not know ${schema.migrations.join(', ')}): use the version that runs on it.`,
      );
  }
}
