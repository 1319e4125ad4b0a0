import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where the registration of each store stands at Alipay, and when it is asked about. */
export class StoreRegistrations1760000000007 implements MigrationInterface {
  readonly name = 'StoreRegistrations1760000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
-- What was submitted and has no certain answer yet. It names persons, so it goes when it has one.
alter table stores add column pending_registration jsonb;
alter table stores add column registration_submission_id uuid;
alter table stores add column registration_submitted_at timestamptz(3);
alter table stores add column registration_submitted_by text;
alter table stores add column registration_failure_code text;
alter table stores add column registration_told_at timestamptz(3);
alter table stores add column registration_attempts int not null default 0;
alter table stores add column registration_check_at timestamptz(3);

-- What has no certain answer is asked about for ever, and somebody stands for it.
alter table stores add check
  (pending_registration is null or registration_check_at is not null);
alter table stores add check
  ((registration_submission_id is null) = (registration_submitted_at is null)
   and (registration_submission_id is null) = (registration_submitted_by is null)
   and (registration_submission_id is not null or pending_registration is null));

create index stores_to_ask_about on stores (registration_check_at)
  where registration_check_at is not null;
create index stores_registration_pending on stores (registration_submitted_at)
  where pending_registration is not null;
`;
