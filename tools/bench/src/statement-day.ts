import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

import { Client } from 'pg';

import { PARTNER_ID } from './subject';

/** One Beijing day on which so many customers paid, and the file that Alipay writes about it. */
export const DAY = '2026-01-02';
export const FILE_NAME = `${PARTNER_ID}_transaction_${DAY.replaceAll('-', '')}.txt`;

const COLUMNS = [
  ...[
    'Partner_transaction_id',
    'Transaction_id',
    'Transaction_amount',
    'Charge_amount',
    'Currency',
  ],
  ...['Payment_time', 'Transaction_type', 'Remark', 'Secondary_merchant_industry'],
  ...['Secondary_merchant_name', 'Secondary_merchant_id', 'Order_scene', 'Trans_currency'],
  ...['Trans_amount', 'Issue'],
];

/** The day's payments, as the product keeps them, without a line of any statement yet. */
export async function seedDay(databaseUrl: string, payments: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into transactions (id, alipay_trans_id, partner_trans_id, status, alipay_status, alipay_statuses_seen,
         amount_minor, currency, payment_institution, payment_institution_code, paid_at, created_at, updated_at)
       select gen_random_uuid(), '2026010222001400' || lpad((n::bigint * 10 + 7)::text, 12, '0'), 'P' || lpad(n::text, 15, '0'), 'PAID',
         'TRADE_SUCCESS', '{TRADE_SUCCESS}', 1000 + n % 10000, 'HKD', 'ALIPAY_HK', 'ALIPAYHK', at, at, at
       from generate_series(0, $1::int - 1) n,
         lateral (select $2::timestamptz + (n::bigint * 86400 / $1::int) * interval '1 second' as at) paid`,
      [payments, `${DAY}T00:00:00+08:00`],
    );
    await client.query('vacuum analyze transactions');
  } finally {
    await client.end();
  }
}

/** Writes the file of the day: a line for each of its payments, or, empty, for none. */
export async function writeStatement(path: string, lines: number, payments = lines): Promise<void> {
  const file = createWriteStream(path);
  file.write(`Partner:${PARTNER_ID}|Payment_time: ${DAY}|Total_count:${lines}\n`);
  file.write(`${COLUMNS.join('|')}\n`);
  for (let line = 0; line < lines; line += 1) {
    if (!file.write(lineOf(line, payments))) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

function lineOf(number: number, payments: number): string {
  const minor = 1_000 + (number % 10_000);
  const amount = `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
  const second = Math.floor((number * 86_400) / payments);
  const at = new Date(Date.UTC(2026, 0, 2) + second * 1_000).toISOString();
  return `${[
    `P${String(number).padStart(15, '0')}`,
    `2026010222001400${String(number * 10 + 7).padStart(12, '0')}`,
    ...[amount, '0.05', 'HKD', `${at.slice(0, 10)} ${at.slice(11, 19)}`, 'PAYMENT', ''],
    ...['5812', '米加咖啡', 'bench_0', 'shopQrCode', 'HKD', amount, 'ALIPAYHK'],
  ].join('|')}\n`;
}
