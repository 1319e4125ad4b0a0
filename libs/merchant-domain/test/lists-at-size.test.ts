import { type Caller } from '../src/domain';
import { exportRows } from '../src/report/export-rows';
import { type TransactionFilter } from '../src/transaction/transaction-filter';
import { transactionsPage } from '../src/transaction/transaction.queries';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
let trades: readonly Trade[];

/** A payment as this test knows it, the newest first. */
interface Trade {
  readonly id: string;
  readonly store: number;
  readonly status: string;
  readonly number: string;
  /** Of the day. */
  readonly second: number;
}

const STORES = 40;
/** More than a search counts. */
const PAYMENTS = 32_000;
const storeId = (store: number): string =>
  `b0000000-0000-7000-8000-${String(store).padStart(12, '0')}`;
const merchantOfAll = 'a0000000-0000-7000-8000-000000000000';

beforeAll(async () => {
  world = await createWorld();
  const { manager } = world.database;
  await manager.query(
    `insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
     values ($1, 'm', 'M', 'ENTERPRISE', '5812', now(), now())`,
    [merchantOfAll],
  );
  await manager.query(
    `insert into stores (id, merchant_id, alipay_store_id, name, shop, country_code, registration, created_at, updated_at)
     select id, $1, 's' || n, 'S', 'Shop ' || (n - 1) / 4, 'HK', 'REGISTERED', now(), now()
     from unnest($2::uuid[]) with ordinality as store (id, n)`,
    [merchantOfAll, Array.from({ length: STORES }, (_, store) => storeId(store))],
  );
  // In fives at the same millisecond; store 39 sold nothing for long, and a status is frequent once.
  await manager.query(
    `insert into transactions (id, alipay_trans_id, partner_trans_id, status, alipay_status, alipay_statuses_seen,
       amount_minor, currency, payment_institution, paid_at, store_id, created_at, updated_at)
     select gen_random_uuid(), case when n <= 1000 then '2025' else '2026' end || lpad(n::text, 8, '0'),
       'P' || n, case when n % 50 = 0 then 'CLOSED' when n % 51 = 0 then 'AWAITING_PAYMENT'
                      when n < 16000 then 'FINISHED' else 'PAID' end,
       'TRADE_SUCCESS', '{TRADE_SUCCESS}', 100, 'HKD', 'ALIPAY_HK',
       '2026-01-01T00:00:00Z'::timestamptz + (n / 5) * interval '1 second',
       ('b0000000-0000-7000-8000-' || lpad((case when n < 400 then 39 else n % 39 end)::text, 12, '0'))::uuid,
       now(), now()
     from generate_series(1, $1) n`,
    [PAYMENTS],
  );
  await manager.query('vacuum analyze transactions');
  trades = await manager.query(
    `select id, right(store_id::text, 12)::int as store, status, alipay_trans_id as number,
       extract(epoch from listed_at - '2026-01-01T00:00:00Z')::int as second
     from transactions order by listed_at desc, id desc`,
  );
});
afterAll(() => world.close());

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1) + second * 1_000);
const everybody = callerOf('OWNER');
const ofStores = (...stores: number[]): Caller =>
  callerOf('CASHIER', { storeIds: stores.map(storeId) });

const LISTS: [string, TransactionFilter, Caller, (trade: Trade) => boolean][] = [
  ['three stores of a caller', {}, ofStores(3, 39, 17), ({ store }) => [3, 17, 39].includes(store)],
  [
    'two statuses of three stores',
    { statuses: ['CLOSED', 'AWAITING_PAYMENT', 'CLOSED'] },
    ofStores(3, 39, 17),
    ({ store, status }) =>
      [3, 17, 39].includes(store) && ['CLOSED', 'AWAITING_PAYMENT'].includes(status),
  ],
  ['a shop of four stores', { shop: 'Shop 9' }, everybody, ({ store }) => store >= 36],
  [
    'a shop, as far as the caller sees it',
    { shop: 'Shop 9', statuses: ['FINISHED'] },
    ofStores(1, 38, 39),
    ({ store, status }) => store >= 38 && status === 'FINISHED',
  ],
  [
    'one status, frequent long ago',
    { statuses: ['FINISHED'] },
    everybody,
    ({ status }) => status === 'FINISHED',
  ],
  [
    'two rare statuses',
    { statuses: ['CLOSED', 'AWAITING_PAYMENT'] },
    everybody,
    ({ status }) => ['CLOSED', 'AWAITING_PAYMENT'].includes(status),
  ],
  [
    'a status of more stores than lanes',
    { statuses: ['CLOSED'] },
    ofStores(...Array.from({ length: 30 }, (_, store) => store)),
    ({ store, status }) => store < 30 && status === 'CLOSED',
  ],
  [
    'a status within a time',
    { statuses: ['FINISHED'], paidFrom: at(400), paidTo: at(3_190) },
    everybody,
    ({ status, second }) => status === 'FINISHED' && second >= 400 && second < 3_190,
  ],
  ['more stores than lanes', { merchantId: merchantOfAll }, everybody, () => true],
  [
    'a search that finds some',
    { search: '20250000' },
    ofStores(1, 2, 39),
    ({ store, number }) => [1, 2, 39].includes(store) && number.startsWith('20250000'),
  ],
  ['a search that finds a mass', { search: '202' }, everybody, () => true],
];

test.each(LISTS)(
  '%s: pages both ways hold exactly what belongs to them, in order',
  async (_what, filter, caller, belongs) => {
    const expected = trades.filter(belongs).map(({ id }) => id);
    const start = Math.max(0, expected.length - 250);
    const page = (request: object): ReturnType<typeof transactionsPage> =>
      transactionsPage(world.database, caller, { page: request, filter });

    // From the first page, and then from far behind.
    const first = await page({ first: 20 });
    expect(first.edges.map(({ node }) => node.id)).toEqual(expected.slice(0, 20));
    let after = await cursorOfTrade(expected[start] ?? '');
    const walked: string[] = [];
    for (let hasMore = true; hasMore;) {
      const { edges, hasNextPage } = await page({ first: 60, after });
      walked.push(...edges.map(({ node }) => node.id));
      after = edges.at(-1)?.cursor ?? after;
      hasMore = hasNextPage;
    }
    expect(walked).toEqual(expected.slice(start + 1));
    const back = await page({ last: 30, before: await cursorOfTrade(walked.at(-1) ?? '') });
    expect(back.edges.map(({ node }) => node.id)).toEqual(expected.slice(-31, -1));
  },
);

async function cursorOfTrade(id: string): Promise<string> {
  const [row]: { at: Date }[] = await world.database.manager.query(
    'select listed_at as at from transactions where id = $1',
    [id],
  );
  return Buffer.from(`${row?.at.toISOString() ?? ''} ${id}`).toString('base64url');
}

/** Pages of the database that each statement about payments reads, of those that the work sends. */
async function buffersOf(work: () => Promise<void>): Promise<number[]> {
  const { manager } = world.database;
  const sent: { sql: string; values: unknown[] }[] = [];
  const { logger } = manager.dataSource;
  const nothing = (): void => undefined;
  manager.dataSource.logger = {
    logQuery: (sql: string, values?: unknown[]) => sent.push({ sql, values: values ?? [] }),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  await work();
  manager.dataSource.logger = logger;

  const buffers: number[] = [];
  for (const { sql, values } of sent.filter((it) => it.sql.includes('"trade"'))) {
    const [row]: { 'QUERY PLAN': [{ Plan: Record<string, number> }] }[] = await manager.query(
      `explain (analyze, buffers, format json) ${sql}`,
      values,
    );
    const plan = row?.['QUERY PLAN'][0].Plan ?? {};
    buffers.push((plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0));
  }
  return buffers;
}

test.each(LISTS.slice(0, 8))(
  '%s: the first page and the last read little more than they show',
  async (_what, filter, caller, belongs) => {
    const last = trades.filter(belongs).at(-60);
    const after = await cursorOfTrade(last?.id ?? '');

    const buffers = await buffersOf(async () => {
      for (const page of [{ first: 50 }, { first: 50, after }]) {
        await transactionsPage(world.database, caller, { page, filter });
      }
    });

    expect(buffers).toHaveLength(2);
    // Of several lanes a few pages for each; one index gives neighbours.
    expect(Math.max(...buffers)).toBeLessThanOrEqual(filter.paidTo == null ? 125 : 50);
  },
);

test('an export reads on from where it is, and not from its beginning', async () => {
  const filter = { paidTo: at(100_000) };
  const exported: string[] = [];

  const buffers = await buffersOf(async () => {
    const rows = exportRows(world.database, everybody, 'transactions', filter);
    for await (const batch of rows) {
      exported.push(...batch.map((row) => row['alipay_trans_id'] ?? ''));
    }
  });

  expect(exported).toEqual(trades.map(({ number }) => number));
  expect(buffers).toHaveLength(PAYMENTS / 1_000 + 1);
  expect(buffers.at(-2)).toBeLessThanOrEqual(1.5 * (buffers[0] ?? 0));
});
