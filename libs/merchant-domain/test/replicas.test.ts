import { crashPostgres, serverProcesses, waitUntil } from '@countersign/postgres';
import { Client } from 'pg';

import { AllowanceSpent, withinAllowance } from '../src/database/allowance';
import { openDatabase } from '../src/database/open-database';
import { refundTransaction } from '../src/refund/refund-transaction';
import { storesPage } from '../src/store/store.queries';
import { findTransaction, transactionsPage } from '../src/transaction/transaction.queries';
import { aStore } from './support/records';
import { receivePayment } from './support/payments';
import {
  makeReplicatedBooks,
  read,
  readThere,
  type ReplicatedBooks,
  untilReadThere,
  untilReplicaIs,
} from './support/replicated';
import { createWorld, type World } from './support/world';

jest.setTimeout(60_000);

let books: ReplicatedBooks;
let world: World;
beforeAll(async () => {
  books = await makeReplicatedBooks();
  world = await createWorld({ books: { url: books.url, replicaUrls: [books.replica.url] } });
});
afterAll(async () => {
  await freeze('SIGCONT').catch(() => undefined); // one that a test has left frozen would not end
  await world.close();
  await books.close();
});
beforeEach(() => untilReplicaIs(world.database, 'IN_USE'));

const storeIds = async (): Promise<string[]> => {
  const page = await storesPage(world.database, world.owner, { page: { first: 100 } });
  return page.edges.map(({ node }) => node.id);
};
const askedThere = (words: string): boolean =>
  books.replica.statements.some(({ text }) => text.includes(words));

test('a reading asks the replica; what belongs to none asks the primary', async () => {
  const store = await aStore(world);
  expect(await storeIds()).toContain(store.id);
  expect(askedThere('"stores"')).toBe(false);

  await untilReadThere(world.database, async () => {
    expect(await read(storeIds)).toContain(store.id);
  });

  expect(askedThere('"stores"')).toBe(true);
});

test('a write is read at once by everybody, also while the replica shows nothing new', async () => {
  const elsewhere = await openDatabase({ url: books.url });
  await books.standby.pauseReplay();
  try {
    const own = await aStore(world);
    expect(await read(storeIds)).toContain(own.id);
    // Another process writes, and no word of it reaches this one.
    const others = await aStore({ ...world, database: elsewhere });
    expect(await read(storeIds)).toContain(others.id);
    await untilReplicaIs(world.database, 'BEHIND');
    expect(await readThere(world.database, () => read(storeIds))).toBe(0);
  } finally {
    await books.standby.resumeReplay();
    await elsewhere.close();
  }

  await untilReadThere(world.database, () => read(storeIds));
});

test('a decision reads the primary, whatever it was begun within', async () => {
  const { transaction } = await receivePayment(world); // of 10.00
  await books.standby.caughtUp();
  await books.standby.pauseReplay();
  try {
    const refund = (key: string) =>
      read(() =>
        refundTransaction(world.domain, {
          caller: world.owner,
          transactionId: transaction.id,
          idempotencyKey: key,
          amount: { amount: '6.00', currency: 'HKD' },
          reason: 'cold soup',
        }),
      );
    expect(await refund('a')).toMatchObject({ refund: { status: 'PENDING' } });
    expect(await refund('b')).toMatchObject({ refusal: 'AMOUNT_EXCEEDS_REFUNDABLE' });
  } finally {
    await books.standby.resumeReplay();
  }
});

test('a reading shows all that was written before it, however often the replay stops and goes on', async () => {
  const { manager } = world.database;
  await manager.query('create table counter as select 0 as number');
  const seen = { written: 0, readings: 0 };
  let isOver = false;
  const writer = async (): Promise<void> => {
    while (!isOver) {
      const next = seen.written + 1;
      await manager.query('update counter set number = $1', [next]);
      seen.written = next;
    }
  };
  const reader = async (): Promise<void> => {
    for (let last = 0; !isOver; seen.readings += 1) {
      const least = Math.max(seen.written, last);
      const [row] = await read<{ number: number }[]>(() => manager.query('select * from counter'));
      last = row?.number ?? -1;
      expect(last).toBeGreaterThanOrEqual(least);
    }
  };
  const load = Promise.all([writer(), ...Array.from({ length: 4 }, reader)]);
  try {
    for (let round = 0; round < 3; round += 1) {
      await untilReadThere(world.database, () => read(storeIds));
      await books.standby.pauseReplay();
      const { readings, written } = seen;
      const isGoingOn = () => seen.readings > readings + 50 && seen.written > written + 50;
      expect(await waitUntil(isGoingOn, 10_000)).toBe(true);
      await books.standby.resumeReplay();
    }
  } finally {
    isOver = true;
  }
  await load;
});

async function freeze(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  for (const pid of serverProcesses(books.standby)) process.kill(pid, signal);
  await Promise.resolve();
}

test.each([
  ['is killed', () => crashPostgres(books.standby, 'by force'), () => books.startStandbyAgain()],
  ['falls silent', () => freeze('SIGSTOP'), () => freeze('SIGCONT')],
])(
  'a replica that %s under load costs no reading, and is read from when it is back',
  async (_what, goAway, comeBack) => {
    const { transaction } = await receivePayment(world);
    await untilReplicaIs(world.database, 'IN_USE');
    let isOver = false;
    let readings = 0;
    let longestMs = 0;
    const reader = async (): Promise<void> => {
      while (!isOver) {
        const began = performance.now();
        const found = await read(() =>
          findTransaction(world.database, world.owner, { id: transaction.id }),
        );
        expect(found?.id).toBe(transaction.id);
        readings += 1;
        longestMs = Math.max(longestMs, performance.now() - began);
      }
    };
    const load = Promise.all(Array.from({ length: 12 }, reader));
    const told = world.log.length;
    try {
      await waitUntil(() => readings > 200, 10_000);
      await goAway();
      expect(await waitUntil(() => world.log.length > told, 10_000)).toBe(true);
      const atLoss = readings;
      expect(await waitUntil(() => readings > atLoss + 200, 10_000)).toBe(true);
      await comeBack();
      await untilReadThere(world.database, () => read(storeIds));
    } finally {
      isOver = true;
    }
    await load;

    expect(longestMs).toBeLessThan(10_000);
    const facts = world.log.slice(told).map(({ fact }) => fact);
    expect(facts).toEqual([
      'a replica is left out: the primary is read instead',
      'a replica is read from again',
    ]);
  },
);

test('a statement that stands in the way of the log is asked of the primary', async () => {
  const { manager } = world.database;
  await manager.query('create table notes as select 1 as number');
  await untilReadThere(world.database, () => read(() => manager.query('select 1')));
  const slow = read(() => manager.query('select number, pg_sleep(1) from notes'));
  expect(await waitUntil(() => askedThere('pg_sleep(1)'), 5_000)).toBe(true);

  await manager.query('alter table notes add column text text');

  expect(await slow).toEqual([{ number: 1, pg_sleep: '' }]);
  const conflicts = () =>
    read<{ count: string }[]>(() =>
      manager.query(
        'select confl_lock as count from pg_stat_database_conflicts where datname = current_database()',
      ),
    );
  expect(await waitUntil(async () => Number((await conflicts())[0]?.count) > 0, 10_000)).toBe(true);
});

test('of what the primary had to be asked in the middle, nothing later is read from a replica that shows less', async () => {
  const { database, owner } = world;
  await untilReadThere(database, () => read(() => database.manager.query('select 1')));
  const cursor = `select max(position) as latest, pg_sleep(1) from transaction_events`;
  const both = read(async () => {
    await database.manager.query(cursor);
    return transactionsPage(database, owner, { page: { first: 100 } });
  });
  expect(await waitUntil(() => askedThere('pg_sleep(1) from transaction_events'), 5_000)).toBe(
    true,
  );
  await books.standby.pauseReplay();
  try {
    // Its event lies before the cursor that the primary now answers with.
    const { transaction } = await receivePayment(world);
    await loseStatement(cursor);
    const { edges } = await both;
    expect(edges.map(({ node }) => node.id)).toContain(transaction.id);
  } finally {
    await books.standby.resumeReplay();
  }
});

/** Its connection to the replica is cut, as a firewall does that has forgotten it; new ones are let through. */
async function loseStatement(text: string): Promise<void> {
  const there = new Client({ connectionString: books.standby.urlFor('books') });
  await there.connect();
  await there.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query = $1 and state = 'active'`,
    [text],
  );
  await there.end();
}

test('what nobody waits for any more is cancelled at the replica', async () => {
  const controller = new AbortController();
  const allowance = {
    signal: controller.signal,
    rowsLeft: 1_000,
    cut: (why: AllowanceSpent) => {
      controller.abort(why);
    },
    mayBeCut: () => true,
  };
  const { manager } = world.database;
  await untilReadThere(world.database, () => read(() => manager.query('select 1')));
  const slow = withinAllowance(allowance, () => read(() => manager.query('select pg_sleep(30)')));
  expect(await waitUntil(() => askedThere('pg_sleep(30)'), 5_000)).toBe(true);

  allowance.cut(new AllowanceSpent('TIMED_OUT', 'enough'));

  await expect(slow).rejects.toMatchObject({ driverError: { message: 'enough' } });
  const left = `select pid from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'`;
  await untilReadThere(world.database, async () => {
    expect(await read(() => manager.query(left))).toEqual([]);
  });
});

test.each([
  ['a server that takes writes', () => books.url, /takes writes itself/],
  ['nobody', () => 'postgresql://postgres@127.0.0.1:1/books', /ECONNREFUSED/],
])('%s is no replica: it is told, and the primary is read', async (_what, url, problem) => {
  const told: unknown[] = [];
  const note = (_fact: string, ids?: Record<string, unknown>) => told.push(ids?.['problem']);
  const log = { info: note, warn: note, error: note };
  const database = await openDatabase({ url: books.url, replicaUrls: [url()], log });
  try {
    expect(await read(() => database.manager.query('select 1 as one'))).toEqual([{ one: 1 }]);
    expect(database.replicas?.counts).toEqual({ primary: 1, replica: 0 });
    expect(told).toEqual([expect.stringMatching(problem)]);
  } finally {
    await database.close();
  }
});
