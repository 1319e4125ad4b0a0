import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** How often each caller and each address has asked, over all processes: gone after two minutes. */
export class RateCounts1760000000009 implements MigrationInterface {
  readonly name = 'RateCounts1760000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

/** Unlogged: a crash may forget it, and no commit has to wait for the disk. */
const UP = /* sql */ `
create unlogged table rate_counts (
  key text not null,
  window_start timestamptz(0) not null,
  used bigint not null,
  primary key (key, window_start)
);
`;
