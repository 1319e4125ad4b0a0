import { createDatabase, dropDatabase } from '../src/databases';
import type { PostgresServer } from '../src/start-postgres';
import { createTestDatabase, dropTestDatabases, TEST_SERVER } from '../src/test-database';
import { startThrowawayPostgres } from '../src/throwaway-postgres';
import { query } from './support';

jest.setTimeout(60_000);

let server: PostgresServer;

beforeAll(async () => {
  server = await startThrowawayPostgres();
  process.env[TEST_SERVER] = server.url;
});
afterAll(async () => {
  await server.close();
});

test('a failed preparation is the caller’s to see, and the next caller prepares again', async () => {
  const name = 'failing_once';
  const failing = createTestDatabase(() => Promise.reject(new Error('a migration is broken')), {
    name,
  });
  await expect(failing).rejects.toThrow('a migration is broken');

  const database = await createTestDatabase(
    async (url) => {
      await query(url, 'create table prepared ()');
    },
    { name },
  );

  expect(await query(database.url, 'select from prepared')).toEqual([]);
});

test('prepares a template once, however many ask at the same time', async () => {
  let prepared = 0;
  const prepare = async (url: string): Promise<void> => {
    prepared += 1;
    await query(url, 'create table prepared as select 1 as one');
  };

  const databases = await Promise.all([1, 2, 3, 4].map(() => createTestDatabase(prepare)));

  expect(prepared).toBe(1);
  expect(new Set(databases.map(({ url }) => url)).size).toBe(4);
  for (const { url } of databases) {
    expect(await query(url, 'select one from prepared')).toEqual([{ one: 1 }]);
  }
});

test('two databases of one template do not see each other', async () => {
  const prepare = async (url: string): Promise<void> => {
    await query(url, 'create table notes (note text)');
  };
  const [mine, theirs] = await Promise.all([
    createTestDatabase(prepare, { name: 'notes' }),
    createTestDatabase(prepare, { name: 'notes' }),
  ]);

  await query(mine.url, "insert into notes values ('mine')");

  expect(await query(theirs.url, 'select note from notes')).toEqual([]);
});

test('is gone after drop, also while somebody is connected', async () => {
  const database = await createTestDatabase();
  const [session] = await Promise.allSettled([
    query(database.url, 'select pg_sleep(30)'),
    query(database.url, 'select 1').then(() => database.drop()),
  ]);

  expect(session.status).toBe('rejected');
  await expect(query(database.url, 'select 1')).rejects.toThrow(/does not exist/);
});

test('what a run has left is dropped together, templates included', async () => {
  await createTestDatabase(() => Promise.resolve(), { name: 'left' });

  await dropTestDatabases(server.url);

  const left = await query(server.url, "select datname from pg_database where datname ~ '^cs_'");
  expect(left).toEqual([]);
});

test('names of databases are quoted, whatever they contain', async () => {
  const name = 'a "quoted" name';

  const url = await createDatabase(server.url, name);

  expect(await query(url, 'select current_database() as name')).toEqual([{ name }]);
  expect(await createDatabase(server.url, name)).toBe(url);
  await dropDatabase(server.url, name);
  await dropDatabase(server.url, name);
});
