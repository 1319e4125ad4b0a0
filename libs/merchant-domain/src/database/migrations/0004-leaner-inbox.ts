import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A notification costs less to keep: once, as its bytes, under fewer and cheaper indexes. */
export class LeanerInbox1760000000004 implements MigrationInterface {
  readonly name = 'LeanerInbox1760000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
-- Ids are compared, and found by how they begin; nobody sorts them as words.
drop index transactions_alipay_trans_id;
alter table transactions alter column alipay_trans_id type text collate "C";

-- What a message says is read from its bytes: kept twice, it would be written twice, at each change.
alter table notifications drop column fields;
drop index notifications_once, notifications_by_status;
alter table notifications
  alter column notify_id type text collate "C",
  alter column content_hash type text collate "C",
  -- Of a trade that its block holds or has just written, and trades are never deleted: not looked up again.
  drop constraint notifications_transaction_id_fkey;
-- The same message again is the same row; the same id with another content is another (decision 12).
create unique index notifications_once on notifications (notify_id, content_hash) nulls not distinct;
-- The few that people look for by status; all others are found among the newest.
create index notifications_not_applied on notifications (status, received_at desc, id desc)
  where status in ('QUARANTINED', 'REFUSED');

-- How long a call about a refund may be under way: meanwhile no person settles it.
alter table refunds add column in_flight_until timestamptz(3);

-- A record that waits for a trade's lock would hold up the answer to its call.
alter table gateway_calls drop constraint gateway_calls_transaction_id_fkey;
`;
