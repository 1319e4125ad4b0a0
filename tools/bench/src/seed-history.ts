import { Client } from 'pg';

import { secondaryIndexes } from './secondary-indexes';

/** Books as they stand after more than a year: stores of unequal size, refunds, cancels, settlements. */
export interface History {
  readonly transactions: number;
  readonly stores: number;
  readonly days: number;
  /** The first instant after the last day, a Beijing midnight. */
  readonly until: Date;
}

/** Of `days`, all of them in the past; the last day is a fixed one, so that results can be compared. */
export function historyOf(transactions: number, stores: number): History {
  return { transactions, stores, days: 396, until: new Date('2026-02-01T00:00:00+08:00') };
}

const CHUNK = 500_000;

/**
 * Fills an empty database of the product by SQL, the oldest payment first, as it would have grown;
 * then vacuumed and analysed. The busiest of 1,000 stores takes 3 % of all payments, the median
 * store 0.07 %.
 */
export async function seedHistory(
  databaseUrl: string,
  history: History,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Neither triggers nor foreign keys: what is written here agrees by itself.
    await client.query('set session_replication_role = replica');
    await client.query('set synchronous_commit = off');
    await client.query(`set maintenance_work_mem = '256MB'`);
    await client.query(PLACES, [history.stores, history.until]);
    // One index after the other over all rows is far quicker than row by row.
    const indexes = await secondaryIndexes(client, ['transactions', 'refunds']);
    await indexes.drop();
    for (let first = 1; first <= history.transactions; first += CHUNK) {
      signal.throwIfAborted();
      const last = Math.min(first + CHUNK - 1, history.transactions);
      const { transactions, days, until, stores } = history;
      await client.query(PAYMENTS, [first, last, transactions, days, until, stores]);
      if (history.transactions > CHUNK) tell(`${last} of ${transactions} payments …`);
    }
    await client.query(REFUNDS);
    await client.query(CANCELS);
    await indexes.create(signal);
    for (const table of ['merchants', 'stores', 'qr_codes', 'transactions', 'refunds']) {
      await client.query(`vacuum analyze ${table}`);
    }
    await client.query('vacuum analyze transaction_events');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** Ids that say their number: `numbered('transaction', 7)` is the same in SQL and here. */
export function seededId(kind: 'merchant' | 'store' | 'code', number: number): string {
  const prefix = { merchant: 'a', store: 'b', code: 'c' }[kind];
  return `${prefix}0000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

const numbered = (prefix: string, number: string): string =>
  `('${prefix}0000000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;

/** Fifty stores a merchant, five a shop, one code a store. */
const PLACES = `
  with merchant as (
    insert into merchants (id, alipay_merchant_id, name, type, industry, created_at, updated_at)
    select ${numbered('a', 'm')}, 'bench_' || m, 'Benchmark ' || m, 'ENTERPRISE', '5812', $2, $2
    from generate_series(0, ($1::int - 1) / 50) m),
  store as (
    insert into stores (id, merchant_id, alipay_store_id, name, shop, country_code, registration, created_at, updated_at)
    select ${numbered('b', 's')}, ${numbered('a', 's / 50')}, 'bench-' || s, 'Store ' || s, 'Shop ' || s / 5,
           'HK', 'REGISTERED', $2, $2
    from generate_series(0, $1::int - 1) s)
  insert into qr_codes (id, store_id, code, status, label, transaction_currency, settlement_currency, created_at, updated_at)
  select ${numbered('c', 's')}, ${numbered('b', 's')}, 'https://qr.example/bench-' || s, 'ACTIVE', 'Counter', 'HKD', 'HKD', $2, $2
  from generate_series(0, $1::int - 1) s`;

/**
 * Shops are open from 08:00 to 23:00. Of a hundred payments one is cancelled, two are given back and
 * one in part; of a thousand four were closed and one is still unpaid; what is older than 90 days is
 * finished. 60 % are claimed, and what is older than two days is settled.
 */
const PAYMENTS = `
  with drawn as materialized (
    select n, random() as r_status, floor($6::int * power(random(), 2))::int as store, random() as r_claim,
           (1000 - 5000 * ln(1 - random()))::bigint as amount,
           (n - 1 + random()) * $4::int / $3::float8 as day
    from generate_series($1::int, $2::int) n),
  timed as (
    select *, date_trunc('milliseconds', $5::timestamptz - make_interval(days => $4::int) + floor(day) * interval '1 day'
              + interval '8 hours' + (day - floor(day)) * interval '15 hours') as at from drawn),
  judged as (
    select *, case
      when r_status < 0.010 then 'CANCELLED' when r_status < 0.030 then 'REFUNDED'
      when r_status < 0.040 then 'PARTIALLY_REFUNDED' when r_status < 0.044 then 'CLOSED'
      when r_status < 0.045 then 'AWAITING_PAYMENT'
      when at < $5::timestamptz - interval '90 days' then 'FINISHED' else 'PAID' end as status
    from timed)
  insert into transactions (id, alipay_trans_id, partner_trans_id, status, alipay_status, alipay_statuses_seen,
    amount_minor, currency, refunded_minor, payment_institution, payment_institution_code, sale_reference,
    fee_minor, net_minor, settled_at, buyer_login, paid_at, cancel_status, qr_code_id, store_id, created_at, updated_at)
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
           || '8' || substr(md5(n::text), 4, 15))::uuid,
    to_char(at at time zone 'Asia/Shanghai', 'YYYYMMDD') || '2200' || lpad(n::text, 16, '0'),
    substr(translate(md5(n::text || 'p'), 'abcdef', '123456'), 1, 20), status,
    case status when 'FINISHED' then 'TRADE_FINISHED' when 'AWAITING_PAYMENT' then 'WAIT_BUYER_PAY'
      when 'CLOSED' then 'TRADE_CLOSED' when 'CANCELLED' then 'TRADE_CLOSED' else 'TRADE_SUCCESS' end,
    '{TRADE_SUCCESS}', amount, 'HKD',
    case status when 'REFUNDED' then amount when 'PARTIALLY_REFUNDED' then amount / 2 else 0 end,
    'ALIPAY_HK', 'ALIPAYHK', case when r_claim < 0.6 then 'sale-' || n end,
    case when settles then amount / 100 end, case when settles then amount - amount / 100 end,
    case when settles then at + interval '30 hours' end, '852****' || lpad((n % 10000)::text, 4, '0'),
    case when paid then at end, case when status = 'CANCELLED' then 'DONE' end,
    ${numbered('c', 'store')}, ${numbered('b', 'store')}, at, at
  from judged, lateral (select status not in ('AWAITING_PAYMENT', 'CLOSED') as paid) is_paid,
    lateral (select paid and status <> 'CANCELLED' and at < $5::timestamptz - interval '2 days' as settles) is_settled
  order by n`;

const REFUNDS = `
  insert into refunds (id, transaction_id, partner_refund_id, idempotency_key, amount_minor, currency, status,
    requested_by, created_at, settled_at)
  select gen_random_uuid(), t.id, 'R' || t.alipay_trans_id, 'key', t.refunded_minor, t.currency, 'SUCCEEDED',
    'bench', at, at + interval '2 seconds'
  from transactions t, lateral (select t.paid_at + interval '20 hours' as at) later
  where t.refunded_minor > 0`;

/** Of the timeline only what reports read. */
const CANCELS = `
  insert into transaction_events (id, transaction_id, store_id, qr_code_id, type, status, amount_minor, currency,
    actor, occurred_at, recorded_at)
  select gen_random_uuid(), id, store_id, qr_code_id, 'CANCELLED', status, amount_minor, currency, 'bench',
    paid_at + interval '5 minutes', paid_at + interval '5 minutes'
  from transactions where status = 'CANCELLED'`;
