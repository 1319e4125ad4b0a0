import { Client as Session } from 'pg';
import WebSocket from 'ws';

import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack, TOKEN } from './support/stack';
import { askOver, TRANSPORTS } from './support/transports';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
/** Holds locks, as a migration or a long report may. */
let operator: Session;
/** Looks on; within a transaction the view of what runs would stand still. */
let watcher: Session;
beforeAll(async () => {
  stack = await startStack({ OPERATION_TIMEOUT_MS: '500' });
  counter = await openCounter(stack);
  operator = await sessionOf(stack);
  watcher = await sessionOf(stack);
}, 60_000);
afterAll(async () => {
  await operator.end();
  await watcher.end();
  await stack.close();
});

async function sessionOf({ database }: Stack): Promise<Session> {
  const session = new Session({ connectionString: database.url });
  await session.connect();
  return session;
}

const PAGE_OF_STORES = 'SELECT "store"."id"%';
const ANY_RECORD = 'SELECT%';

/** Statements that begin so and wait for a lock at this moment. */
async function waiting(onlooker: Session, like: string): Promise<number> {
  const { rows } = await onlooker.query<{ count: string }>(
    `select count(*) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
    [like],
  );
  return Number(rows[0]?.count);
}

async function whileLocked<Result>(
  session: Session,
  lock: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await session.query('begin');
  try {
    await session.query(lock);
    return await work();
  } finally {
    await session.query('rollback');
  }
}

const STORES = 'lock table stores in access exclusive mode';

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('a query that takes too long is answered, and its statement is cancelled', async () => {
    await whileLocked(operator, STORES, async () => {
      const startedAt = performance.now();

      const { data, errors } = await askOver(stack, transport, {
        query: '{ stores { nodes { id } } viewer { role } }',
      });

      expect(performance.now() - startedAt).toBeGreaterThan(450);
      expect(data).toEqual({ stores: null, viewer: { role: 'OWNER' } });
      expect(errors).toMatchObject([
        {
          path: ['stores'],
          message: expect.stringMatching(/longer than 0.5 s/) as unknown,
          extensions: { code: 'TIMED_OUT' },
        },
      ]);
      expect(await waiting(watcher, PAGE_OF_STORES)).toBe(0);
    });
    expect(stack.log.lines).toContainEqual({
      level: 'warn',
      fact: 'an operation was cut short',
      ids: expect.objectContaining({ path: 'stores' }) as unknown,
    });
  });

  test('a mutation that has begun is not cut, and is answered by what came of it', async () => {
    const paid = await pay(stack, counter);
    const claim = (name: string): string =>
      `${name}: claimTransaction(input: { transactionId: "${paid.id}", saleReference: "S" }) { transaction { saleReference } userErrors { code } }`;
    await operator.query('begin');
    await operator.query('select 1 from transactions for update');

    const asked = askOver(stack, transport, {
      query: `mutation { ${claim('first')} ${claim('second')} }`,
    });
    await until('the claim waits', async () => (await waiting(watcher, ANY_RECORD)) > 0);
    // Longer than an operation may take, by the clock of the server that would cancel it.
    await watcher.query('select pg_sleep(0.8)');
    expect(await waiting(watcher, ANY_RECORD)).toBeGreaterThan(0);
    await operator.query('rollback');

    const { data, errors } = await asked;
    expect(data).toEqual({
      first: { transaction: { saleReference: 'S' }, userErrors: [] },
      second: null,
    });
    expect(errors).toMatchObject([
      {
        path: ['second'],
        message: expect.stringMatching(/not begun/) as unknown,
        extensions: { code: 'TIMED_OUT' },
      },
    ]);
  });
});

describe('with time enough', () => {
  let patient: Stack;
  let session: Session;
  let onlooker: Session;
  beforeAll(async () => {
    patient = await startStack();
    session = await sessionOf(patient);
    onlooker = await sessionOf(patient);
  }, 60_000);
  afterAll(async () => {
    await session.end();
    await onlooker.end();
    await patient.close();
  });

  const query = '{ stores { nodes { id } } }';
  const post = (url: string): (() => void) => {
    const leave = new AbortController();
    void fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ query }),
      signal: leave.signal,
    }).then(
      (response) => response.text().catch(() => undefined),
      () => undefined,
    );
    return () => {
      leave.abort();
    };
  };
  const openSocket = (url: string): (() => void) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const send = (message: object): void => {
      socket.send(JSON.stringify(message));
    };
    socket.on('open', () => {
      send({ type: 'connection_init', payload: { authorization: `Bearer ${TOKEN}` } });
    });
    socket.once('message', () => {
      for (const id of Array.from({ length: 20 }, (_, index) => `${index}`)) {
        send({ type: 'subscribe', id, payload: { query } });
      }
    });
    return () => {
      socket.terminate();
    };
  };

  test.each([
    ['HTTP', () => post(patient.api.graphqlUrl)],
    ['SSE', () => post(`${patient.api.graphqlUrl}/stream`)],
    ['WebSocket', () => openSocket(patient.api.graphqlUrl)],
  ])('who leaves, over %s, leaves no statement behind', async (_, ask) => {
    await whileLocked(session, STORES, async () => {
      const leave = ask();
      await until('the query waits', async () => (await waiting(onlooker, PAGE_OF_STORES)) > 0);

      leave();

      // The lock is still held: only cancelling ends the waiting.
      await until('nothing waits', async () => (await waiting(onlooker, PAGE_OF_STORES)) === 0);
    });
    expect(await patient.client.get(query)).toEqual({ stores: { nodes: [] } });
  });

  test('an operation reads so many records at most, whatever it was reckoned to cost', async () => {
    await patient.database.run(
      `insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
       select gen_random_uuid(), 'bulk' || n, 'bulk', 'ENTERPRISE', '5812', now(), now() from generate_series(1, 20) n`,
    );
    await patient.database.run(
      `insert into stores (id, merchant_id, alipay_store_id, name, country_code, address, registration, created_at, updated_at)
       select gen_random_uuid(), m.id, 'S' || n, 'bulk', 'HK', '-', 'UNREGISTERED', now(), now()
       from merchants m, generate_series(1, 25) n where m.alipay_merchant_id like 'bulk%'`,
    );

    const { data, errors } = await patient.client.ask(
      '{ merchants { nodes { stores(first: 25) { nodes { qrCodes(first: 1) { nodes { id } } } } } } viewer { role } }',
    );

    expect(data).toMatchObject({ viewer: { role: 'OWNER' } });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/too many records/) as unknown,
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});
