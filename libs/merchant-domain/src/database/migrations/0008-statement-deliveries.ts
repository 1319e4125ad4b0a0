import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** How the file server listed a statement's file: one written anew under its name is noticed. */
export class StatementDeliveries1760000000008 implements MigrationInterface {
  readonly name = 'StatementDeliveries1760000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
alter table statements add column delivered_size bigint, add column delivered_at timestamptz(3);
`;
