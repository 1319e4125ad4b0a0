import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Which payments bear a time that nobody has told: whoever tells it is believed. */
export class GuessedTimes1760000000012 implements MigrationInterface {
  readonly name = 'GuessedTimes1760000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table transactions add column paid_at_guessed boolean not null default false',
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}
