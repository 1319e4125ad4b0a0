import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Whose customer paid stands in the line alone where the books know no store: nobody else may name one. */
export class MerchantsOfLines1760000000013 implements MigrationInterface {
  readonly name = 'MerchantsOfLines1760000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

// Empty where the file names none, null where it was compared before this was kept.
const UP = /* sql */ `
alter table statement_lines add column secondary_merchant_id text;
`;
