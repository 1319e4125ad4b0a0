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
`;
