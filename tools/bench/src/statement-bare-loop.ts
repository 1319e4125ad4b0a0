import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

import { Client } from 'pg';

import { tellWhatItTook } from './work-in-process';

// What nobody can do without: read the lines, keep them in a table like the product's, compare all
// of them with the payments by one join. It checks no total, keeps no bytes and heals nothing.

const BATCH_LINES = 500;

const INSERT = `insert into bare_lines (statement_id, line_number, kind, date, type, partner_transaction_id,
    alipay_trans_id, amount_minor, fee_minor, currency, payment_time)
  select '00000000-0000-0000-0000-000000000000', *, 5, 'HKD', now()
  from unnest($1::int[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::bigint[])`;

tellWhatItTook(async () => {
  const { DATABASE_URL = '', FILE = '' } = process.env;
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query('drop table if exists bare_lines');
  await client.query('create table bare_lines (like statement_lines including all)');
  return {
    close: () => client.end(),
    work: async () => {
      let lineCount = 0;
      let batch: string[][] = [];
      const flush = async (): Promise<void> => {
        const column = (of: (line: readonly string[], index: number) => unknown): unknown[] =>
          batch.map(of);
        const first = lineCount - batch.length;
        await client.query({
          name: 'keep',
          text: INSERT,
          values: [
            column((_line, index) => first + index + 3),
            column(() => 'TRANSACTION'),
            column((line) => line[5]?.slice(0, 10)),
            column((line) => line[6]),
            column((line) => line[0]),
            column((line) => line[1]),
            column((line) => line[2]?.replace('.', '')),
          ],
        });
        batch = [];
      };
      const lines = createInterface({ input: createReadStream(FILE), crlfDelay: Infinity });
      let number = 0;
      for await (const line of lines) {
        number += 1;
        if (number <= 2) continue;
        batch.push(line.split('|'));
        lineCount += 1;
        if (batch.length === BATCH_LINES) await flush();
      }
      if (batch.length > 0) await flush();
      const { rows } = await client.query<{ matched: number }>(
        `select count(*)::int as matched from bare_lines l
         join transactions t on t.alipay_trans_id = l.alipay_trans_id and t.amount_minor = l.amount_minor`,
      );
      return { lineCount, matchedCount: rows[0]?.matched ?? 0 };
    },
  };
});
