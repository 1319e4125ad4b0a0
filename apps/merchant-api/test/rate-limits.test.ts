import { uuidv7 } from 'uuidv7';

import { type MerchantApi, readConfig, startMerchantApi } from '../src';
import { createGraphqlClient, type GraphqlClient } from './support/graphql-client';
import { type Counter, openCounter, pay, paymentFields, post } from './support/shop';
import { openRawSocket } from './support/raw-http';
import { environment, type Stack, startStack, TOKEN } from './support/stack';
import { createTestLog, type TestLog } from './support/test-log';
import { makeKey } from './support/two-shops';
import { until } from './support/until';

const PER_CALLER = 40;
const FAILURES = 20;
const LIMITS = {
  RATE_LIMIT_PER_MINUTE: String(PER_CALLER),
  RATE_LIMIT_FAILURES_PER_MINUTE: String(FAILURES),
  TRUST_PROXY: '1',
};

/** Every test begins with a minute, so that none of them runs into the next one. */
let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead), newId: uuidv7 };
function turnTheMinute(): void {
  ahead += 60_000 - (clock.now().getTime() % 60_000);
}

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack(LIMITS, undefined, clock);
  turnTheMinute();
  counter = await openCounter(stack);
}, 60_000);
beforeEach(turnTheMinute);
afterAll(() => stack.close());

let addresses = 0;
function newAddress(): string {
  addresses += 1;
  return `198.51.100.${addresses}`;
}

async function newKey(): Promise<string> {
  return (await makeKey(stack, 'MANAGER', [counter.storeId])).secret;
}

interface Asked {
  readonly token?: string;
  readonly from?: string;
  readonly path?: string;
  readonly init?: RequestInit;
  readonly api?: MerchantApi;
}

function ask({ token = TOKEN, from = '192.0.2.1', path = '/graphql', init, api }: Asked) {
  return fetch(`${(api ?? stack.api).url}${path}`, {
    method: 'POST',
    body: '{"query":"{ viewer { role } }"}',
    ...init,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-forwarded-for': from,
    },
  });
}

async function statuses(count: number, asked: Asked): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, async () => (await ask(asked)).status));
}

function times(status: number, count: number): number[] {
  return Array.from({ length: count }, () => status);
}

describe('a caller that asks too often', () => {
  test('is told so with 429 and when to come back, and then is let in', async () => {
    const token = await newKey();
    expect(await statuses(PER_CALLER, { token })).toEqual(times(200, PER_CALLER));

    const refused = await ask({ token });
    const retryAfter = Number(refused.headers.get('retry-after'));

    expect(refused.status).toBe(429);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(await refused.json()).toEqual({
      errors: [
        {
          message: expect.stringMatching(
            /^Too many requests of this caller: try again in \d+ seconds\.$/,
          ) as string,
          extensions: { code: 'RATE_LIMITED', retryAfterSeconds: retryAfter },
        },
      ],
    });
    turnTheMinute();
    expect((await ask({ token })).status).toBe(200);
  });

  test('does not take the place of another', async () => {
    const [token, other] = [await newKey(), await newKey()];
    await statuses(PER_CALLER + 5, { token });

    expect((await ask({ token })).status).toBe(429);
    expect((await ask({ token: other })).status).toBe(200);
  });

  test.each([
    ['a stream', '/graphql/stream', {}],
    ['an export', '/exports/transactions.csv', { method: 'GET', body: null }],
    ['a statement', '/statements/x.txt', { body: 'x' }],
  ])('is refused %s, too', async (_, path, init) => {
    const token = await newKey();
    await statuses(PER_CALLER, { token });

    expect((await ask({ token, path, init })).status).toBe(429);
  });

  test('is refused an operation on its WebSocket, and goes on hearing what it listens to', async () => {
    const token = await newKey();
    const socket = await openRawSocket(stack.api.port);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await until('the welcome', () => socket.texts.some((text) => text.includes('connection_ack')));
    const query = 'subscription { paymentReceived { cursor } }';
    socket.send({ id: 'live', type: 'subscribe', payload: { query } });
    for (let count = 0; count < PER_CALLER; count += 1) {
      socket.send({
        id: `q${count}`,
        type: 'subscribe',
        payload: { query: '{ viewer { role } }' },
      });
    }

    const refused = await until('a refusal', () =>
      socket.texts.find((text) => text.includes('"error"')),
    );
    expect(JSON.parse(refused)).toMatchObject({
      type: 'error',
      payload: [
        {
          message: expect.stringContaining('try again in') as string,
          extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) as number },
        },
      ],
    });
    await pay(stack, counter);
    await until('the payment', () =>
      socket.texts.some((text) => text.includes('"live"') && text.includes('paymentReceived')),
    );
    socket.destroy();
  });
});

describe('an address that tries tokens', () => {
  test('is stopped before its next token is even looked at, and no other address is', async () => {
    const from = newAddress();
    const right = await newKey();
    const tried = await statuses(FAILURES, { token: 'wrong', from });

    const refused = await ask({ token: right, from });

    expect(tried).toEqual(times(401, FAILURES));
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('without a valid token') as string,
          extensions: { code: 'RATE_LIMITED' },
        },
      ],
    });
    expect((await ask({ token: right, from: newAddress() })).status).toBe(200);
    turnTheMinute();
    expect((await ask({ token: right, from })).status).toBe(200);
  });

  test('does not lock out the till beside it, which was let in before', async () => {
    const from = newAddress();
    const till = await newKey();
    await ask({ token: till, from });
    await statuses(FAILURES + 1, { token: 'wrong', from });

    expect((await ask({ token: 'wrong', from })).status).toBe(429);
    expect((await ask({ token: till, from })).status).toBe(200);
  });

  test('is stopped over WebSocket by the same count, with a code that says to come back', async () => {
    const from = newAddress();
    await statuses(FAILURES - 1, { token: 'wrong', from });
    const knock = async (): Promise<number> => {
      const socket = await openRawSocket(stack.api.port, { 'X-Forwarded-For': from });
      socket.send({ type: 'connection_init', payload: { authorization: 'Bearer wrong' } });
      return socket.farewell.finally(() => {
        socket.destroy();
      });
    };

    expect(await knock()).toBe(4401);
    expect(await knock()).toBe(1013);
  });

  test('hides behind none of the addresses that its household has', async () => {
    for (let count = 0; count < FAILURES; count += 1) {
      await ask({ token: 'wrong', from: `2001:db8:7:7::${count}` });
    }

    expect((await ask({ token: 'wrong', from: '2001:db8:7:7:ffff::1' })).status).toBe(429);
    expect((await ask({ token: 'wrong', from: '2001:db8:7:8::1' })).status).toBe(401);
  });

  test('hides behind nothing that it writes into X-Forwarded-For itself', async () => {
    const from = newAddress();
    for (let count = 0; count < FAILURES; count += 1) {
      await ask({ token: 'wrong', from: `203.0.113.${count}, ${from}` });
    }

    expect((await ask({ token: 'wrong', from: `203.0.113.99, ${from}` })).status).toBe(429);
    expect((await ask({ token: 'wrong', from: '203.0.113.1' })).status).toBe(401);
  });
});

test('without TRUST_PROXY nobody is believed about where he comes from', async () => {
  const direct = await startStack({ ...LIMITS, TRUST_PROXY: '' }, undefined, clock);
  turnTheMinute();
  const made = Array.from({ length: FAILURES }, (_, count) => `203.0.113.${count}`);

  for (const from of made) await ask({ token: 'wrong', from, api: direct.api });
  const refused = await ask({ token: 'wrong', from: '203.0.113.99', api: direct.api });
  await direct.close();

  expect(refused.status).toBe(429);
}, 60_000);

test('a payment comes in whatever its address has done before', async () => {
  const { hostname, port, pathname } = new URL(counter.notifyUrl);
  const forged = await Promise.all(
    Array.from({ length: 500 }, () =>
      fetch(`http://${hostname}:${port}${pathname}`, { method: 'POST', body: 'a=1&sign=x' }),
    ),
  );
  await statuses(FAILURES + 1, { token: 'wrong', from: '127.0.0.1' });
  await Promise.all(
    Array.from({ length: FAILURES + 1 }, () => fetch(stack.api.graphqlUrl, { method: 'POST' })),
  );

  const genuine = await Promise.all(
    Array.from({ length: 50 }, () => post(counter.notifyUrl, paymentFields())),
  );

  expect(new Set(forged.map(({ status }) => status))).toEqual(new Set([400]));
  expect(new Set(genuine.map(({ text }) => text))).toEqual(new Set(['success']));
});

test('a flood of forgeries is some lines of the log a second, and then their number', async () => {
  const forge = () => fetch(counter.notifyUrl, { method: 'POST', body: 'a=1&sign=x' });
  const begunAt = performance.now();
  await until('a new second', () => performance.now() - begunAt > 1_000);
  await forge(); // with it, what was left unsaid before is said
  const linesBefore = stack.log.lines.length;
  const startedAt = performance.now();
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(Array.from({ length: 50 }, forge));
  }
  const endedAt = performance.now();
  await until('a new second', () => performance.now() - endedAt > 1_000);
  await forge();
  const seconds = (performance.now() - startedAt) / 1_000;

  const lines = stack.log.lines.slice(linesBefore);
  const said = lines.filter(({ fact }) => fact === 'a notification did not verify').length;
  const unsaid = lines
    .filter(({ fact }) => fact === 'more of the same was not written down')
    .map(({ ids }) => Number(ids['count']));
  expect(said).toBeLessThanOrEqual(10 * (seconds + 2));
  expect(said + unsaid.reduce((sum, count) => sum + count, 0)).toBe(201);
});

describe('the table that the processes share', () => {
  const usedBy = async (subject: string): Promise<number> => {
    const rows = await stack.database.run(
      `select coalesce(sum(used), 0)::int as used from rate_counts where key = 'caller ${subject}'`,
    );
    return Number(rows[0]?.['used']);
  };
  const subjectOf = async (client: GraphqlClient): Promise<string> => {
    const { viewer } = (await client.get('{ viewer { subject } }')) as {
      viewer: { subject: string };
    };
    return viewer.subject;
  };

  test('makes one count of what two processes have counted', async () => {
    const another = await startAnother();
    const token = await newKey();
    const subject = await subjectOf(createGraphqlClient(stack.api.graphqlUrl, token));
    await statuses(PER_CALLER - 5, { token });
    await until('our count', async () => (await usedBy(subject)) === PER_CALLER - 4);
    await statuses(2, { token, api: another.api });
    await until('both counts', async () => (await usedBy(subject)) === PER_CALLER - 2);
    // What is in the table is known there a moment later: with the answer to what it has told.
    const there: number[] = [];
    await until('a refusal', async () => {
      there.push(...(await statuses(1, { token, api: another.api })));
      return there.at(-1) === 429;
    });
    await another.api.close();

    expect(there.slice(0, 2)).toEqual([200, 200]);
    expect(there.length).toBeLessThan(PER_CALLER / 2);
  }, 60_000);

  test('holds up nobody while it is locked', async () => {
    const token = await newKey();
    const unlock = await lockTheTable();
    await statuses(10, { token });
    await until('the count waits for the lock', async () => {
      const rows = await stack.database.run(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%rate_counts%' and datname = current_database()`,
      );
      return rows.length > 0;
    });

    const startedAt = performance.now();
    const answered = await statuses(10, { token });
    const took = performance.now() - startedAt;
    await unlock();

    expect(answered).toEqual(times(200, 10));
    expect(took).toBeLessThan(5_000);
  });

  test('may be away: each process counts for itself, and says so once', async () => {
    const token = await newKey();
    const warnings = () => linesOf(stack.log, 'requests are counted by this process alone');
    const before = warnings();
    await stack.database.run('alter table rate_counts rename to rate_counts_away');

    expect(await statuses(PER_CALLER - 1, { token })).toEqual(times(200, PER_CALLER - 1));
    await until('the warning', () => warnings() === before + 1);
    const rest = await statuses(2, { token });
    await stack.database.run('alter table rate_counts_away rename to rate_counts');

    expect(rest.sort()).toEqual([200, 429]);
    await until('the good news', () =>
      linesOf(stack.log, 'requests are counted together with the other processes again'),
    );
    expect(warnings()).toBe(before + 1);
  });

  test('keeps nothing of a minute that is over', async () => {
    const token = await newKey();
    await statuses(10, { token });
    const rowsBefore = async (): Promise<number> => {
      const minute = new Date(Math.floor(clock.now().getTime() / 60_000 - 1) * 60_000);
      const rows = await stack.database.run(
        `select count(*)::int as n from rate_counts where window_start < '${minute.toISOString()}'`,
      );
      return Number(rows[0]?.['n']);
    };
    turnTheMinute();
    turnTheMinute();
    await statuses(10, { token });

    await until('nothing old', async () => (await rowsBefore()) === 0);
  });
});

async function startAnother(): Promise<{ readonly api: MerchantApi; readonly log: TestLog }> {
  const log = createTestLog();
  const config = readConfig(
    environment({
      ...LIMITS,
      DATABASE_URL: stack.database.url,
      ALIPAY_GATEWAY_URL: stack.gateway.url,
    }),
  );
  return { api: await startMerchantApi(config, log, clock), log };
}

/** For as long as a test needs it. */
async function lockTheTable(): Promise<() => Promise<void>> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: stack.database.url });
  await client.connect();
  await client.query('begin');
  await client.query('lock table rate_counts in access exclusive mode');
  return () => client.end();
}

function linesOf(log: TestLog, fact: string): number {
  return log.lines.filter((line) => line.fact === fact).length;
}
