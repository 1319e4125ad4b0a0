import { createTestDatabase, waitUntil } from '@countersign/postgres';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';

import {
  type Allowance,
  AllowanceSpent,
  allowanceSpentBy,
  withinAllowance,
} from '../src/database/allowance';
import { type Database, openDatabase } from '../src/database/open-database';

let database: Database;
let databaseUrl: string;
let operator: Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = () => made.drop();
  databaseUrl = made.url;
  operator = new Client({ connectionString: made.url });
  await operator.connect();
  await (await openDatabase({ url: made.url, migrate: true })).close();
  // One connection: whatever is wrong with it hits the next statement.
  database = await openDatabase({ url: made.url, connectionsMax: 1 });
});
afterAll(async () => {
  await database.close();
  await operator.end();
  await drop();
});

function allowance(
  rowsLeft = 1_000,
  { mayBeCut = true } = {},
): Allowance & { readonly end: () => void } {
  const controller = new AbortController();
  const cut = (why: AllowanceSpent): void => {
    controller.abort(why);
  };
  return {
    signal: controller.signal,
    rowsLeft,
    cut,
    mayBeCut: () => mayBeCut,
    end: () => {
      cut(new AllowanceSpent('TIMED_OUT', 'the time is up'));
    },
  };
}

async function running(mark: string): Promise<number> {
  const { rows } = await operator.query<{ count: string }>(
    `select count(*) from pg_stat_activity
     where state = 'active' and query like $1 and pid <> pg_backend_pid()`,
    [`%${mark}%`],
  );
  return Number(rows[0]?.count);
}

/** The server says that it has cancelled a statement a moment before it is done with it. */
function endsSoon(mark: string): Promise<boolean> {
  return waitUntil(async () => (await running(mark)) === 0, 5_000);
}

async function untilRunning(mark: string, count: number): Promise<void> {
  while ((await running(mark)) !== count) await new Promise((resolve) => setImmediate(resolve));
}

const ask = (sql: string): Promise<unknown> => database.manager.query(sql);

test('a statement is cancelled at the server when the time of its operation is up', async () => {
  const own = allowance();
  const asked = withinAllowance(own, () => ask('select pg_sleep(60) /* slow */'));
  const refused = asked.catch((error: unknown) => allowanceSpentBy(error)?.code);
  await untilRunning('slow', 1);

  own.end();

  expect(await refused).toBe('TIMED_OUT');
  expect(await endsSoon('slow')).toBe(true);
  expect(await ask('select 1 as one')).toEqual([{ one: 1 }]);
});

test('after it nothing more is sent', async () => {
  const own = allowance();
  own.end();

  await expect(withinAllowance(own, () => ask('create table never (a int)'))).rejects.toThrow(
    'the time is up',
  );
  expect(await ask("select to_regclass('never') as found")).toEqual([{ found: null }]);
});

test('the next statement on the connection is never hit, however close the end was', async () => {
  for (let round = 0; round < 150; round += 1) {
    const own = allowance();
    const asked = withinAllowance(own, () => ask('select pg_sleep(0.003)'));
    const settled = Promise.allSettled([asked]);
    setTimeout(own.end, 1 + (round % 5));
    const next = settled.then(() => ask('select pg_sleep(0.002), 1 as one'));

    expect(await next).toMatchObject([{ one: 1 }]);
  }
}, 30_000);

test('a database transaction is not cut: it ends by its own rules', async () => {
  const own = allowance();
  await ask('create table kept (a int)');
  const clock = { now: () => new Date(), newId: uuidv7 };

  await withinAllowance(own, () =>
    database.atomically(clock, async ({ manager }) => {
      await manager.query('insert into kept values (1)');
      own.end();
      await manager.query('insert into kept values (2)');
    }),
  );

  expect(await ask('select a from kept order by a')).toEqual([{ a: 1 }, { a: 2 }]);
});

test('rows are counted over all statements of an operation', async () => {
  const own = allowance(100);
  const read = (): Promise<unknown> =>
    withinAllowance(own, () => ask('select generate_series(1, 10)'));

  await read();
  await read(); // as far as it goes: what is read is read

  const refused = await read().catch((error: unknown) => allowanceSpentBy(error)?.code);
  expect(refused).toBe('BAD_USER_INPUT');
  expect(await ask('select 1 as one')).toEqual([{ one: 1 }]);
});

test('many statements of one operation do not keep others waiting', async () => {
  const wide = await openDatabase({ url: databaseUrl, connectionsMax: 5 });
  const own = allowance();
  const many = withinAllowance(own, () =>
    Promise.allSettled(
      Array.from({ length: 50 }, () => wide.manager.query('select pg_sleep(60) /* many */')),
    ),
  );
  await untilRunning('many', 4);

  expect(await wide.manager.query('select 1 as one')).toEqual([{ one: 1 }]);
  expect(await running('many')).toBe(4);

  own.end();
  const results = await many;
  expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 'rejected'));
  expect(await endsSoon('many')).toBe(true);
  await wide.close();
});

test("the server's own limit ends a read in words of its own, and says nothing of what must come to its end", async () => {
  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => allowanceSpentBy(error)?.code ?? 'a fault of ours');
  const slow = (): Promise<unknown> => ask('select pg_sleep(60)');
  const inBlock = (): Promise<unknown> =>
    database.atomically({ now: () => new Date(), newId: uuidv7 }, ({ manager }) =>
      manager.query('select pg_sleep(60)'),
    );
  await ask("set statement_timeout = '20ms'");

  const read = await codeOf(withinAllowance(allowance(), slow));
  const written = [
    await codeOf(withinAllowance(allowance(1_000, { mayBeCut: false }), slow)),
    await codeOf(withinAllowance(allowance(), inBlock)),
    await codeOf(slow()),
  ];
  await ask('set statement_timeout = 15000');

  expect(read).toBe('TIMED_OUT');
  expect(written).toEqual(['a fault of ours', 'a fault of ours', 'a fault of ours']);
  expect(allowanceSpentBy(new Error('anything else'))).toBeNull();
});
