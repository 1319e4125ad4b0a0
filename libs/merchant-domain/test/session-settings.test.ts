import { type AddressInfo, connect, createServer } from 'node:net';

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
  array_nulls: 'off',
  client_min_messages: 'error',
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

/** PgBouncer with `ignore_startup_parameters = options`, as it has to be told to take us at all. */
async function startForgetfulPooler(to: URL): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    client.once('data', (first) => {
      upstream.write(withoutOptions(first));
      client.pipe(upstream).pipe(client);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = new URL(to);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  return { url: through.href, close };
}

function withoutOptions(startup: Buffer): Buffer {
  const words = startup.subarray(8).toString('latin1').split('\0');
  const at = words.indexOf('options');
  const body = Buffer.from(words.filter((_, i) => i !== at && i !== at + 1).join('\0'), 'latin1');
  const head = Buffer.from(startup.subarray(0, 8));
  head.writeInt32BE(8 + body.length);
  return Buffer.concat([head, body]);
}

test('behind a pooler that takes ours away nobody begins, unless the database has them itself', async () => {
  const pooler = await startForgetfulPooler(new URL(url));
  try {
    const refused = await openDatabase({ url: pooler.url }).then(
      () => 'it begins',
      (error: unknown) => String(error),
    );
    expect(refused).toMatch(/synchronous_commit is off, .* PgBouncer takes it away/);

    const { manager } = database;
    const [row]: { name: string }[] = await manager.query('select current_database() as name');
    const advice = refused.match(/set \w+ = '[^']*'/g) ?? [];
    expect(advice).toContain(`set synchronous_commit = 'on'`);
    for (const repair of advice) await manager.query(`alter database "${row?.name}" ${repair}`);
    await (await openDatabase({ url: pooler.url })).close();
  } finally {
    await pooler.close();
  }
});

describe('where triggers are turned off for a session nobody begins', () => {
  const OFF = 'session_replication_role';
  const begin = (at: string): Promise<string> =>
    openDatabase({ url: at }).then(
      async (opened) => {
        await opened.close();
        return 'it begins';
      },
      (error: unknown) => String(error),
    );

  test('by the address', async () => {
    expect(await begin(`${url}?options=-c%20${OFF}%3Dreplica`)).toMatch(
      /session_replication_role is replica.* DATABASE_URL/,
    );
  });

  test('by the database, until it is reset', async () => {
    const { manager } = database;
    const [row]: { name: string }[] = await manager.query('select current_database() as name');
    await manager.query(`alter database "${row?.name}" set ${OFF} = replica`);

    const refused = await begin(url);
    const [advice = ''] = /reset \w+/.exec(refused) ?? [];
    await manager.query(`alter database "${row?.name}" ${advice}`);

    expect(refused).toContain('session_replication_role is replica');
    expect(await begin(url)).toBe('it begins');
  });
});
