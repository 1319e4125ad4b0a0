import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Which code was meant by one that Alipay answered with a code on record: its address is Alipay's latest. */
export class SharedCodes1760000000014 implements MigrationInterface {
  readonly name = 'SharedCodes1760000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
alter table qr_codes
  add column same_as uuid references qr_codes,
  add constraint shared_is_refused check (same_as is null or status = 'REJECTED');
`;
