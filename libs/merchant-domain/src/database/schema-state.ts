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
