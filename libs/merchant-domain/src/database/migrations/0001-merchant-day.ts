import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Everything a merchant's day needs: codes, payments, refunds, the inbox, events, calls. */
export class MerchantDay1760000000001 implements MigrationInterface {
  readonly name = 'MerchantDay1760000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
-- One row: secrets that belong to the data, and must come back with a restored backup.
-- The notification tokens on every printed code are made with this key.
create table deployment (
  only_row boolean primary key default true check (only_row),
  notification_token_key bytea not null,
  created_at timestamptz(3) not null default now()
);
insert into deployment (notification_token_key)
values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

create table merchants (
  id uuid primary key,
  alipay_merchant_id text not null unique,
  name text not null,
  type text not null check (type in ('INDIVIDUAL', 'ENTERPRISE')),
  industry text not null check (industry ~ '^[0-9]{4}$'),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index merchants_newest on merchants (created_at desc, id desc);

create table stores (
  id uuid primary key,
  merchant_id uuid not null references merchants,
  alipay_store_id text not null,
  name text not null,
  shop text,
  country_code text not null check (country_code ~ '^[A-Z]{2}$'),
  address text,
  registration text not null check (registration in
    ('UNREGISTERED', 'UNDER_REVIEW', 'REGISTERED', 'MODIFICATION_REVIEW', 'REJECTED', 'ARCHIVED')),
  reject_reason text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (merchant_id, alipay_store_id)
);
create index stores_newest on stores (created_at desc, id desc);
create index stores_of_shop on stores (shop) where shop is not null;

create table qr_codes (
  id uuid primary key,
  store_id uuid not null references stores,
  code text unique,
  alipay_image_url text,
  status text not null check (status in ('PENDING', 'ACTIVE', 'STOPPED', 'DELETED', 'REJECTED')),
  pending_change text check (pending_change in
    ('CREATE', 'IMPORT', 'MODIFY', 'STOP', 'RESTART', 'DELETE')),
  pending_modification jsonb,
  attempts int not null default 0,
  next_check_at timestamptz(3),
  rejection_code text,
  label text,
  transaction_currency text not null check (transaction_currency ~ '^[A-Z]{3}$'),
  settlement_currency text not null check (settlement_currency ~ '^[A-Z]{3}$'),
  channel_fee_type text check (channel_fee_type in ('FIXED', 'RATE')),
  channel_fee_value text,
  last_notified_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check ((channel_fee_type is null) = (channel_fee_value is null)),
  -- What is pending is asked again; what is not, never.
  check ((pending_change is null) = (next_check_at is null)),
  check (status <> 'PENDING' or pending_change in ('CREATE', 'IMPORT')),
  check (code is not null or status in ('PENDING', 'REJECTED'))
);
-- Alipay keeps two codes per store, told apart by the presence of a channel fee.
create unique index qr_codes_kind on qr_codes (store_id, (channel_fee_type is not null))
  where status not in ('DELETED', 'REJECTED');
create index qr_codes_newest on qr_codes (created_at desc, id desc);
create index qr_codes_pending on qr_codes (next_check_at) where next_check_at is not null;

create table transactions (
  id uuid primary key,
  alipay_trans_id text not null unique,
  partner_trans_id text,
  status text not null check (status in
    ('AWAITING_PAYMENT', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'CANCELLED', 'CLOSED', 'FINISHED')),
  alipay_status text not null,
  alipay_statuses_seen text[] not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  pending_refund_minor bigint not null default 0 check (pending_refund_minor >= 0),
  payment_institution text not null check (payment_institution in
    ('ALIPAY_CN', 'ALIPAY_HK', 'ALIPAY_PLUS', 'UNKNOWN')),
  payment_institution_code text,
  institution_check_at timestamptz(3),
  institution_attempts int not null default 0,
  sale_reference text,
  fee_minor bigint,
  net_minor bigint,
  settled_at timestamptz(3),
  buyer_login text,
  paid_at timestamptz(3),
  cancel_status text check (cancel_status in ('PENDING', 'DONE', 'FAILED')),
  cancel_requested_by text,
  cancel_attempts int not null default 0,
  cancel_next_check_at timestamptz(3),
  cancel_failure_code text,
  qr_code_id uuid references qr_codes,
  store_id uuid references stores,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  listed_at timestamptz(3) generated always as (coalesce(paid_at, created_at)) stored,
  -- Refunds never exceed the payment, pending ones included; the sums come from the trigger below.
  constraint refunds_within_payment check (refunded_minor + pending_refund_minor <= amount_minor),
  -- A cancel and a refund of one trade can never both take money.
  constraint cancel_or_refund check (
    cancel_status is null or cancel_status = 'FAILED' or refunded_minor + pending_refund_minor = 0),
  constraint cancel_pending_is_asked check (
    (cancel_status is not distinct from 'PENDING') = (cancel_next_check_at is not null)),
  constraint cancelled_is_done check (
    (status = 'CANCELLED') = (cancel_status is not distinct from 'DONE')),
  constraint code_has_store check (qr_code_id is null or store_id is not null)
);
create index transactions_newest on transactions (listed_at desc, id desc);
create index transactions_of_store on transactions (store_id, listed_at desc, id desc);
create index transactions_of_store_by_status on transactions (store_id, status, listed_at desc, id desc);
create index transactions_of_code on transactions (qr_code_id, listed_at desc, id desc);
create index transactions_partner_trans_id on transactions (partner_trans_id text_pattern_ops);
create index transactions_alipay_trans_id on transactions (alipay_trans_id text_pattern_ops);
create index transactions_cancel_pending on transactions (cancel_next_check_at) where cancel_next_check_at is not null;
create index transactions_institution_check on transactions (institution_check_at) where institution_check_at is not null;

create table refunds (
  id uuid primary key,
  transaction_id uuid not null references transactions,
  partner_refund_id text not null,
  idempotency_key text not null,
  requested_minor bigint check (requested_minor > 0),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  reason text,
  status text not null check (status in ('PENDING', 'SUCCEEDED', 'FAILED')),
  failure_code text,
  attempts int not null default 0,
  next_check_at timestamptz(3),
  requested_by text not null,
  resolution_note text,
  resolved_by text,
  created_at timestamptz(3) not null,
  settled_at timestamptz(3),
  check ((status = 'PENDING') = (next_check_at is not null)),
  check ((status = 'PENDING') = (settled_at is null))
);
-- One deed per key and trade; a refund that failed for certain leaves its key free (decision 15).
create unique index refunds_idempotency on refunds (transaction_id, idempotency_key) where status <> 'FAILED';
create unique index refunds_partner_refund_id on refunds (partner_refund_id) where status <> 'FAILED';
create index refunds_of_transaction on refunds (transaction_id, created_at, id);
create index refunds_pending on refunds (next_check_at) where next_check_at is not null;

create function refunds_keep_sums() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a refund is never deleted';
  end if;
  if tg_op = 'UPDATE' then
    if old.status <> 'PENDING' and new.status <> old.status then
      raise exception 'refund % is settled and stays so', old.id;
    end if;
    if new.transaction_id <> old.transaction_id or new.amount_minor <> old.amount_minor
       or new.partner_refund_id <> old.partner_refund_id then
      raise exception 'refund % keeps its trade, amount and id', old.id;
    end if;
  end if;
  update transactions t set
    refunded_minor = (select coalesce(sum(amount_minor), 0) from refunds
                      where transaction_id = t.id and status = 'SUCCEEDED'),
    pending_refund_minor = (select coalesce(sum(amount_minor), 0) from refunds
                            where transaction_id = t.id and status = 'PENDING')
  where t.id = new.transaction_id;
  return null;
end $$;
create trigger refunds_keep_sums after insert or delete or update of status, amount_minor, transaction_id, partner_refund_id
  on refunds for each row execute function refunds_keep_sums();

create table notifications (
  id uuid primary key,
  notify_id text,
  content_hash text not null,
  status text not null check (status in ('RECEIVED', 'APPLIED', 'QUARANTINED', 'REFUSED')),
  reason text,
  qr_code_id uuid,
  transaction_id uuid references transactions,
  trade_no text,
  content_type text,
  body bytea not null,
  fields jsonb,
  awaits_query boolean not null default false,
  next_check_at timestamptz(3),
  attempts int not null default 0,
  received_at timestamptz(3) not null,
  applied_at timestamptz(3)
);
-- The same message again is the same row; the same id with another content is another (decision 12).
create unique index notifications_once on notifications (coalesce(notify_id, ''), content_hash);
create index notifications_to_process on notifications (received_at, id) where status = 'RECEIVED';
create index notifications_to_confirm on notifications (next_check_at) where next_check_at is not null;
create index notifications_newest on notifications (received_at desc, id desc);
create index notifications_by_status on notifications (status, received_at desc, id desc);
create index notifications_of_transaction on notifications (transaction_id) where transaction_id is not null;
create index notifications_of_trade on notifications (trade_no) where awaits_query;

create table transaction_events (
  id uuid primary key,
  position bigint generated always as identity unique,
  transaction_id uuid not null references transactions,
  store_id uuid,
  qr_code_id uuid,
  type text not null,
  status text not null,
  amount_minor bigint,
  currency text,
  refund_id uuid references refunds,
  actor text not null,
  detail jsonb,
  occurred_at timestamptz(3) not null,
  recorded_at timestamptz(3) not null
);
create index transaction_events_of_transaction on transaction_events (transaction_id, position);
create index transaction_events_of_store on transaction_events (store_id, position);
-- A trade is received, requested to be cancelled and cancelled once; a refund ends once.
create unique index transaction_events_once on transaction_events (transaction_id, type)
  where type in ('PAYMENT_RECEIVED', 'CANCELLED', 'CLAIMED');
create unique index transaction_events_refund_once on transaction_events (refund_id, type)
  where type in ('REFUND_REQUESTED', 'REFUND_SUCCEEDED', 'REFUND_FAILED');

create table gateway_calls (
  id uuid primary key,
  service text not null,
  outcome text not null check (outcome in ('SUCCEEDED', 'REJECTED', 'UNKNOWN')),
  alipay_code text,
  cause text,
  started_at timestamptz(3) not null,
  duration_ms int not null,
  request jsonb not null,
  response jsonb,
  transaction_id uuid references transactions,
  store_id uuid
);
create index gateway_calls_newest on gateway_calls (started_at desc, id desc);
create index gateway_calls_of_transaction on gateway_calls (transaction_id, started_at desc, id desc);
create index gateway_calls_of_service on gateway_calls (service, started_at desc, id desc);
`;
