import { createTestDatabase } from '@countersign/postgres';
import { Client } from 'pg';

import { type Database, openDatabase } from '../src/database/open-database';

// As an operator may have set them for a server, a database or a role.
const THEIRS = {
  synchronous_commit: 'off',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  lock_timeout: '1ms',
  tcp_keepalives_idle: '7200',
  timezone: 'America/New_York',
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  bytea_output: 'escape',
};

let database: Database;
let url: string;
let drop: () => Promise<void>;
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = () => made.drop();
  const operator = new Client({ connectionString: made.url });
  await operator.connect();
  const { rows } = await operator.query<{ name: string }>('select current_database() as name');
  const name = operator.escapeIdentifier(rows[0]?.name ?? '');
  for (const [setting, value] of Object.entries(THEIRS)) {
    await operator.query(
      `alter database ${name} set ${setting} = ${operator.escapeLiteral(value)}`,
    );
  }
  await operator.end();
  url = made.url;
  database = await openDatabase({ url, migrate: true });
});
afterAll(async () => {
  await database.close();
  await drop();
});

test('on a server that puts its commits off, ours are for good', async () => {
  const { manager, ingest } = database;
  const ask = 'select reset_val, setting from pg_settings where name = $1';

  expect(await manager.query('show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  expect((await ingest.query(ask, ['synchronous_commit'])).rows).toEqual([
    { reset_val: 'on', setting: 'on' },
  ]);
});

test.each(Object.entries(THEIRS))('ours is not %s = %s', async (setting, theirs) => {
  const ask = `select current_setting('${setting}') as value`;
  const [managed]: { value: string }[] = await database.manager.query(ask);
  const [ingested] = (await database.ingest.query<{ value: string }>(ask)).rows;

  expect(managed?.value).not.toBe(theirs);
  expect(ingested).toEqual(managed);
});

test('instants and bytes are read as they were written, and writing is allowed', async () => {
  const at = new Date('2026-02-03T04:05:06.789Z');
  const bytes = Buffer.from([0, 92, 120, 255]);
  await database.manager.query('create table written (at timestamptz, bytes bytea)');
  await database.manager.query('insert into written values ($1, $2)', [at, bytes]);

  expect(await database.manager.query('select at, bytes from written')).toEqual([{ at, bytes }]);
});

test('options that the address itself brings along leave ours in force', async () => {
  const own = await openDatabase({ url: `${url}?options=-c%20work_mem%3D1MB` });
  const ask = `select name, setting from pg_settings
               where name in ('synchronous_commit', 'work_mem') order by name`;

  const settings = [
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'work_mem', setting: '1024' },
  ];
  expect(await own.manager.query(ask)).toEqual(settings);
  expect((await own.ingest.query(ask)).rows).toEqual(settings);
  await own.close();
});
