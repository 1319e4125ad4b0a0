import { createTestDatabase, type TestDatabase } from '@countersign/postgres';
import { Client } from 'pg';

import { merchantMigrations } from '../src/database/merchant-entities';
import { openDatabase } from '../src/database/open-database';

let books: TestDatabase;
beforeEach(async () => {
  books = await createTestDatabase();
});
afterEach(() => books.drop());

async function run<Row extends object>(statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: books.url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

const applied = async (): Promise<string[]> =>
  (await run<{ name: string }>('select name from schema_migrations order by id')).map(
    ({ name }) => name,
  );

test('of several that start together one migrates, and all can work', async () => {
  const together = await Promise.all(
    Array.from({ length: 4 }, () => openDatabase({ url: books.url, migrate: true })),
  );

  await Promise.all(together.map((database) => database.ping()));
  await Promise.all(together.map((database) => database.close()));
  const names = await applied();
  expect(names).toHaveLength(merchantMigrations.length);
  expect(new Set(names).size).toBe(names.length);
  expect(await run('select from deployment')).toHaveLength(1);
});

test('a version that is older than the database does not start, and leaves it as it is', async () => {
  await (await openDatabase({ url: books.url, migrate: true })).close();
  await run(`insert into schema_migrations (timestamp, name) values (9999, 'Tomorrow9999')`);
  const before = await applied();

  await expect(openDatabase({ url: books.url, migrate: true })).rejects.toThrow(
    /newer than this version \(which does not know Tomorrow9999\)/,
  );

  expect(await applied()).toEqual(before);
  // Nobody waits for its lock.
  expect(
    await run(`select from pg_locks where locktype = 'advisory' and database =
      (select oid from pg_database where datname = current_database())`),
  ).toEqual([]);
});

test.each([
  ['keys', 'alter table transaction_events drop constraint transaction_events_transaction_id_fkey'],
  ['indexes', 'drop index refunds_idempotency'],
  ['triggers', 'drop trigger refunds_keep_sums on refunds'],
])(
  'nobody begins while a dump is being read back: of the %s one is lacking',
  async (kind, lose) => {
    await (await openDatabase({ url: books.url, migrate: true })).close();
    await run(lose);

    await expect(openDatabase({ url: books.url, migrate: true })).rejects.toThrow(
      new RegExp(`lacks ${kind} of ours, as while a backup is being read back`),
    );
  },
);

test('nor where tables of others have as many keys, indexes and triggers', async () => {
  await (await openDatabase({ url: books.url, migrate: true })).close();
  await run(`
    create function theirs() returns trigger language plpgsql as 'begin return new; end';
    do $$ begin
      for i in 1..80 loop
        execute format('create table theirs_%s (id int primary key)', i);
      end loop;
    end $$;
    create trigger theirs before insert on theirs_1 for each row execute function theirs();
    drop index refunds_idempotency;
    drop trigger refunds_keep_sums on refunds`);

  await expect(openDatabase({ url: books.url, migrate: true })).rejects.toThrow(
    'lacks indexes and triggers of ours',
  );
});

test('no empty books are made in a schema that has come before that of the books', async () => {
  await (await openDatabase({ url: books.url, migrate: true })).close();
  const named = (deed: string): Promise<unknown> =>
    run(`do $$ begin execute format('${deed} schema %I', current_user); end $$`);
  await named('create');

  const begun = await openDatabase({ url: books.url, migrate: true }).then(
    async (database) => {
      await database.close();
      return 'it begins';
    },
    (error: unknown) => String(error),
  );

  expect(begun).toMatch(/books are in the schema public, .* let search_path name public first/);
  await named('drop');
  await (await openDatabase({ url: books.url, migrate: true })).close();
});

test('books of their own schema begin beside tables of others that have a name of ours', async () => {
  await run(`
    create table deployment (id int primary key, host text);
    create schema ours`);
  const database = await openDatabase({
    url: `${books.url}?options=-c%20search_path%3Dours,public`,
    migrate: true,
  });

  expect(await database.manager.query('select only_row from deployment')).toEqual([
    { only_row: true },
  ]);
  await database.close();
});

test.each([
  ['disable trigger refunds_keep_sums', 'enable trigger refunds_keep_sums'],
  ['enable replica trigger refunds_keep_sums', 'enable trigger refunds_keep_sums'],
  ['disable trigger all', 'enable trigger all'],
])('nobody begins while triggers of ours are off: %s', async (turnOff, turnOn) => {
  await (await openDatabase({ url: books.url, migrate: true })).close();
  await run(`alter table refunds ${turnOff}`);

  await expect(openDatabase({ url: books.url, migrate: true })).rejects.toThrow(
    `alter table refunds ${turnOn}`,
  );

  await run(`alter table refunds ${turnOn}`);
  await (await openDatabase({ url: books.url, migrate: true })).close();
});

test('whose trigger always fires, and what else there is off, is left alone', async () => {
  await (await openDatabase({ url: books.url, migrate: true })).close();
  await run(`
    alter table refunds enable always trigger refunds_keep_sums;
    create function theirs() returns trigger language plpgsql as 'begin return new; end';
    create trigger theirs before insert on refunds for each row execute function theirs();
    alter table refunds disable trigger theirs`);

  await (await openDatabase({ url: books.url, migrate: true })).close();
});

test('a migration of large books may take longer than a statement may', async () => {
  await run(`
    create function take_long() returns event_trigger language plpgsql as
      'begin perform pg_sleep(1.2); end';
    create event trigger long on ddl_command_start when tag in ('CREATE TRIGGER')
      execute function take_long()`);

  const database = await openDatabase({ url: books.url, migrate: true, statementTimeoutMs: 1_000 });

  await database.close();
  expect(await applied()).toHaveLength(merchantMigrations.length);
});

test('a migration does not wait for long for whoever writes: all others would wait behind it', async () => {
  await (await openDatabase({ url: books.url, migrate: true })).close();
  await run(`drop index transaction_events_heard_later;
    delete from schema_migrations where name = 'HeardLater1760000000011'`);
  const writer = new Client({ connectionString: books.url });
  await writer.connect();
  await writer.query('begin; lock table transaction_events in row exclusive mode');

  await expect(
    openDatabase({ url: books.url, migrate: true, statementTimeoutMs: 1_000 }),
  ).rejects.toThrow(/lock timeout/);

  await writer.end();
  const database = await openDatabase({ url: books.url, migrate: true });
  const ask = `select name, setting from pg_settings where name in ('lock_timeout', 'statement_timeout') order by name`;
  expect(await database.manager.query(ask)).toEqual([
    { name: 'lock_timeout', setting: '0' },
    { name: 'statement_timeout', setting: '15000' },
  ]);
  await database.close();
});
