import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The other witness: Alipay's daily files, what they say, and where the books disagree. */
export class Statements1760000000003 implements MigrationInterface {
  readonly name = 'Statements1760000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
create table statements (
  id uuid primary key,
  kind text not null check (kind in ('TRANSACTION', 'SETTLEMENT')),
  date date not null,
  -- What lists are ordered by, as an instant like those of the other lists.
  listed_at timestamptz(3) generated always as (date::timestamp at time zone 'UTC') stored,
  file_name text not null,
  sha256 text,
  status text check (status in ('RECONCILED', 'DISCREPANCIES', 'REJECTED')),
  rejection text,
  line_count int not null default 0,
  matched_count int not null default 0,
  superseded_by uuid references statements,
  imported_by text not null,
  started_at timestamptz(3) not null,
  imported_at timestamptz(3),
  -- What is being imported has no verdict yet.
  check ((status is null) = (imported_at is null)),
  check ((rejection is not null) = (status is not distinct from 'REJECTED')),
  check (imported_at is null or sha256 is not null)
);
create index statements_newest on statements (listed_at desc, id desc) where imported_at is not null;
create index statements_of_day on statements (kind, date);

-- The bytes as they came, compressed, a megabyte at a time.
create table statement_parts (
  statement_id uuid not null references statements on delete cascade,
  part int not null,
  bytes bytea not null,
  primary key (statement_id, part)
);

-- What the file in force says, line by line.
create table statement_lines (
  statement_id uuid not null references statements on delete cascade,
  line_number int not null,
  kind text not null,
  date date not null,
  type text not null check (type in ('PAYMENT', 'REFUND', 'CANCEL', 'REVERSAL')),
  partner_transaction_id text not null,
  alipay_trans_id text not null,
  amount_minor bigint not null,
  fee_minor bigint not null,
  currency text not null,
  payment_time timestamptz(3) not null,
  settlement_time timestamptz(3),
  primary key (statement_id, line_number)
);
create index statement_lines_of_trade on statement_lines (alipay_trans_id, kind);
create index statement_lines_of_partner on statement_lines (partner_transaction_id, kind);

create table discrepancies (
  id uuid primary key,
  statement_id uuid not null references statements,
  kind text not null check (kind in
    ('MISSING_LOCALLY', 'MISSING_IN_STATEMENT', 'AMOUNT_MISMATCH', 'STATUS_MISMATCH', 'DUPLICATE_LINE')),
  status text not null check (status in ('OPEN', 'NOT_YET_DUE', 'RESOLVED', 'HEALED')),
  transaction_id uuid references transactions,
  refund_id uuid references refunds,
  field text,
  expected text,
  actual text,
  line_number int,
  note text,
  resolved_by text,
  created_at timestamptz(3) not null,
  resolved_at timestamptz(3),
  check ((status in ('RESOLVED', 'HEALED')) = (resolved_at is not null))
);
-- A file tells of one disagreement once, however often its import is taken up again.
create unique index discrepancies_once on discrepancies
  (statement_id, kind, coalesce(line_number, 0), coalesce(transaction_id, statement_id), coalesce(refund_id, statement_id));
create index discrepancies_newest on discrepancies (created_at desc, id desc);
create index discrepancies_by_status on discrepancies (status, created_at desc, id desc);
create index discrepancies_of_statement on discrepancies (statement_id, created_at desc, id desc);
create index discrepancies_of_transaction on discrepancies (transaction_id) where transaction_id is not null;

-- What the settlement file says of a refund; of a payment it stands in the payment itself.
alter table refunds add column fee_minor bigint, add column net_minor bigint,
  add column settlement_at timestamptz(3);

create index transactions_unsettled on transactions (paid_at) where paid_at is not null and settled_at is null;
create index transaction_events_cancelled on transaction_events (occurred_at) where type = 'CANCELLED';
create index refunds_settled on refunds (settled_at) where status = 'SUCCEEDED';
`;
