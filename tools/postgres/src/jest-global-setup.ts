import { randomBytes } from 'node:crypto';
import type { PostgresServer } from './start-postgres';
import { TEST_RUN, TEST_SERVER } from './test-database';
import { startThrowawayPostgres } from './throwaway-postgres';

declare global {
  // What the setup started, for the teardown: Jest shares nothing else between the two.
  var countersignTestServer: PostgresServer | undefined;
}

/** Defaults that somebody's server may have, and that nothing of ours may depend on. */
const UNUSUAL = {
  default_transaction_isolation: 'serializable',
  timezone: 'America/New_York',
  intervalstyle: 'sql_standard',
  bytea_output: 'escape',
};

/** Once per run, before the first test that needs it: the server that TEST_DATABASE_URL names. */
async function setUp(): Promise<void> {
  process.env[TEST_RUN] ??= randomBytes(4).toString('hex');
  const given = process.env[TEST_SERVER] ?? process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') {
    process.env[TEST_SERVER] = given;
    return;
  }
  globalThis.countersignTestServer = await startThrowawayPostgres(UNUSUAL);
  process.env[TEST_SERVER] = globalThis.countersignTestServer.url;
}

export = setUp;
