import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What has to be known after a backup was restored: that it was, and which payments are in doubt. */
export class Restorations1760000000002 implements MigrationInterface {
  readonly name = 'Restorations1760000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
-- The database these books were last used in. A restored dump finds itself in another one.
alter table deployment add column database_identity text;

create table restorations (
  id uuid primary key,
  -- The last moment the books know of: what happened after it may be missing.
  books_until timestamptz(3) not null,
  noticed_at timestamptz(3) not null,
  ended_at timestamptz(3),
  ended_by text,
  note text,
  check (books_until <= noticed_at),
  check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (note is null))
);
create unique index restorations_open on restorations ((true)) where ended_at is null;

-- When somebody confirmed that the books hold everything that was given back of this payment.
alter table transactions add column confirmed_at timestamptz(3);
`;
