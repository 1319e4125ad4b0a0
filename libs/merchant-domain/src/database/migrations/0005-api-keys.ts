import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Ways in for programs, and who was behind each call to Alipay. */
export class ApiKeys1760000000005 implements MigrationInterface {
  readonly name = 'ApiKeys1760000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only: restore a backup instead.'));
  }
}

const UP = /* sql */ `
create table api_keys (
  id uuid primary key,
  name text not null,
  role text not null check (role in ('OWNER', 'MANAGER', 'CASHIER', 'AUDITOR')),
  -- Null is all of them, an empty list none.
  store_ids uuid[],
  refund_limit_minor bigint check (refund_limit_minor >= 0),
  refund_limit_currency text,
  prefix text collate "C" not null unique,
  secret_hash bytea not null check (length(secret_hash) = 32),
  created_by text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  revoked_by text,
  check ((refund_limit_minor is null) = (refund_limit_currency is null)),
  check ((revoked_at is null) = (revoked_by is null)),
  -- Whoever works in shops is bound to some (decision 20).
  check (role in ('OWNER', 'AUDITOR') or coalesce(cardinality(store_ids), 0) > 0)
);
create index api_keys_newest on api_keys (created_at desc, id desc);

-- Whose request made us ask Alipay: a caller's subject, or the worker.
alter table gateway_calls add column actor text;
`;
