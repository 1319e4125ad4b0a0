import { randomUUID } from 'node:crypto';
import { createDatabase, dropDatabase, onServer, urlOf } from './databases';

/** A database of one test's own. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export interface TestTemplate {
  /** Distinguishes templates when a run has several. */
  readonly name?: string;
}

export const TEST_SERVER = 'TEST_DATABASE_URL';
export const TEST_RUN = 'COUNTERSIGN_TEST_RUN';

/**
 * A fresh database on the server of this run. With `prepareTemplate` it is a copy of a template
 * that the first caller of the run prepares, in whichever Jest worker that is, and all others share.
 */
export async function createTestDatabase(
  prepareTemplate?: (url: string) => Promise<void>,
  { name = 'template' }: TestTemplate = {},
): Promise<TestDatabase> {
  const serverUrl = testServerUrl();
  const database = `${testRunPrefix()}${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  if (prepareTemplate === undefined) {
    await createDatabase(serverUrl, database);
  } else {
    const template = `${testRunPrefix()}${name}`;
    await ensureTemplate(serverUrl, template, prepareTemplate);
    await createDatabase(serverUrl, database, { template });
  }
  return {
    url: urlOf(serverUrl, database),
    drop: () => dropDatabase(serverUrl, database),
  };
}

/** Drops what a run has left on a server that outlives it. */
export async function dropTestDatabases(serverUrl: string): Promise<void> {
  const prefix = testRunPrefix();
  const left = await onServer(serverUrl, (client) =>
    client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    ),
  );
  for (const { datname } of left.rows) {
    await onServer(serverUrl, async (client) => {
      await client.query(`alter database "${datname}" is_template false`);
    });
    await dropDatabase(serverUrl, datname);
  }
}

/** Each run has templates of its own: those of another run may come from other sources. */
export function testRunPrefix(): string {
  return `cs_${process.env[TEST_RUN] ?? `pid${process.ppid}`}_`;
}

function testServerUrl(): string {
  const url = process.env[TEST_SERVER] ?? process.env['DATABASE_URL'];
  if (url === undefined || url === '') {
    throw new Error(
      `${TEST_SERVER} names no server. The project's jest.config.cjs wants ` +
        'globalSetup and globalTeardown of tools/postgres.',
    );
  }
  return url;
}

async function ensureTemplate(
  serverUrl: string,
  template: string,
  prepare: (url: string) => Promise<void>,
): Promise<void> {
  const isPrepared =
    'select from pg_database where datname = $1 and datistemplate and not datallowconn';
  await onServer(serverUrl, async (client) => {
    if ((await client.query(isPrepared, [template])).rowCount === 1) return;
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [template]);
    if ((await client.query(isPrepared, [template])).rowCount === 1) return;
    await dropDatabase(serverUrl, template); // one whose preparation failed half-way
    await prepare(await createDatabase(serverUrl, template));
    await client.query(
      `alter database "${template}" with is_template true allow_connections false`,
    );
  });
}
