import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What keeps reading bounded when there are millions of payments and lines. */
export class BooksAtSize1760000000006 implements MigrationInterface {
  readonly name = 'BooksAtSize1760000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
-- A trade's number is compared as bytes in both tables: an index under another collation finds
-- nothing for such a comparison, and each day's check would read every line ever stored.
alter table statement_lines alter column alipay_trans_id type text collate "C";

-- Of one status over all stores, whichever it is: a rare one would be found by reading all payments.
-- Nothing is null here; a list that asks for nulls at the end gets this index, and never the newest of
-- all, which the planner takes for as good where a status is frequent, though only long ago.
create index transactions_by_status on transactions
  (status, listed_at desc nulls last, id desc nulls last);

-- What is not settled yet, in the order of lists: its end would be found by reading all payments.
drop index transactions_unsettled;
create index transactions_unsettled on transactions (listed_at desc, id desc)
  where paid_at is not null and settled_at is null;

-- How few hours and days there are: reports are summed by several processes then, as they are written
-- in sales-report.ts.
create statistics transactions_by_day on
  (date_bin('1 day', listed_at, '2001-01-01T00:00:00+08:00')) from transactions;
create statistics transactions_by_hour on
  (date_bin('1 hour', listed_at, '2001-01-01T00:00:00+08:00')) from transactions;
`;
