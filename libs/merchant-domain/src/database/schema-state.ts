import { type ClientBase } from 'pg';

import { merchantMigrations } from './merchant-entities';

/**
 * How a database's schema stands to the one this version knows. FOREIGN: it holds no books of ours.
 * BEHIND: it lacks migrations of ours. AHEAD: a newer version has been there.
 */
export type SchemaState =
  | { readonly state: 'CURRENT' | 'FOREIGN' }
  | { readonly state: 'BEHIND' | 'AHEAD'; readonly migrations: readonly string[] };

/** Reads only: for commands that must not bring a database up to date. */
export async function readSchemaState(client: ClientBase): Promise<SchemaState> {
  const table = await client.query<{ exists: boolean }>(
    `select to_regclass('schema_migrations') is not null as exists`,
  );
  if (table.rows[0]?.exists !== true) return { state: 'FOREIGN' };
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations');

  const theirs = rows.map(({ name }) => name);
  const ours = merchantMigrations.map((Migration) => new Migration().name ?? Migration.name);
  const unknown = theirs.filter((name) => !ours.includes(name));
  if (unknown.length > 0) return { state: 'AHEAD', migrations: unknown };
  const missing = ours.filter((name) => !theirs.includes(name));
  return missing.length > 0 ? { state: 'BEHIND', migrations: missing } : { state: 'CURRENT' };
}

/** Its name here, and where that leads: to other books of ours, or to nobody's. */
const ELSEWHERE = /* sql */ `
  select nspname as there, current_schema() as here
  from pg_attribute join pg_class on pg_class.oid = attrelid
       join pg_namespace on pg_namespace.oid = relnamespace
  where attrelid = to_regclass('deployment') and attname = 'notification_token_key'
    and nspname is distinct from current_schema()`;

/**
 * A schema that has come before that of the books in `search_path`, as one with the name of the role does, is
 * where new tables are made: the books would begin anew, without a code or a payment, and the old ones be
 * out of sight.
 */
export async function assertBooksComeFirst(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ there: string; here: string | null }>(ELSEWHERE);
  const [found] = rows;
  if (found === undefined) return;
  throw new Error(
    `The books are in the schema ${found.there}, and new and empty ones would be made in ` +
      `${found.here ?? 'none'}, which comes before it: let search_path name ${found.there} first, or where ` +
      'other books are meant their schema alone (alter role … set search_path), and start again.',
  );
}

/** Those that the migrations make. Others may share the schema with them. */
const OUR_TABLES = [
  ...['deployment', 'merchants', 'stores', 'qr_codes', 'transactions', 'refunds', 'notifications'],
  ...['transaction_events', 'gateway_calls', 'restorations', 'statements', 'statement_parts'],
  ...['statement_lines', 'discrepancies', 'api_keys', 'rate_counts', 'schema_migrations'],
];

/** What a dump reads back last: keys, indexes and triggers of these tables. */
const READ_BACK_LAST = { keys: 37, indexes: 72, triggers: 1 };

/** Those of foreign keys are PostgreSQL's own; what an operator has made is his affair. */
const OFF = /* sql */ `
  select format('alter table %s enable trigger %s', tgrelid::regclass,
                case when bool_or(tgisinternal) then 'all' else 'refunds_keep_sums' end) as repair
  from pg_trigger join pg_class on pg_class.oid = tgrelid
       join pg_namespace on pg_namespace.oid = relnamespace
  where nspname = current_schema() and relname = any($1) and tgenabled not in ('O', 'A')
    and (tgisinternal or tgname = 'refunds_keep_sums')
  group by tgrelid order by repair`;

/**
 * While a dump is being read back its tables are there, and nothing yet that keeps two rows from being
 * one payment: whoever works on them then spoils them. So does who works without the triggers.
 */
export async function assertWhole(client: ClientBase): Promise<void> {
  const { rows } = await client.query<Record<keyof typeof READ_BACK_LAST, number>>(
    `with ours as (select pg_class.oid from pg_class join pg_namespace on pg_namespace.oid = relnamespace
                   where nspname = current_schema() and relname = any($1))
     select (select count(*)::int from pg_constraint
             where conrelid in (select oid from ours) and contype in ('p', 'u', 'f')) as keys,
            (select count(*)::int from pg_index where indrelid in (select oid from ours)) as indexes,
            (select count(*)::int from pg_trigger
             where tgrelid in (select oid from ours) and tgname = 'refunds_keep_sums') as triggers`,
    [OUR_TABLES],
  );
  await assertTriggersFire(client);
  const [there] = rows;
  const kinds = ['keys', 'indexes', 'triggers'] as const;
  const lacking = kinds.filter((kind) => (there?.[kind] ?? 0) < READ_BACK_LAST[kind]);
  if (lacking.length === 0) return;
  throw new Error(
    `The database lacks ${lacking.join(' and ')} of ours, as while a backup is being read back: ` +
      'wait until that is done, and start again.',
  );
}

/** As `pg_restore --disable-triggers` leaves them while it reads, and when it breaks off. */
async function assertTriggersFire(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ repair: string }>(OFF, [OUR_TABLES]);
  if (rows.length === 0) return;
  throw new Error(
    'Triggers are off that keep refunds within their payments, as pg_restore --disable-triggers turns them: ' +
      `once nothing is being read back, ${rows.map(({ repair }) => repair).join('; ')}, and start again.`,
  );
}
