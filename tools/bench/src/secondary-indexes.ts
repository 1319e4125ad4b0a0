import { type ClientBase } from 'pg';

/** The indexes of some tables that hold no constraint: dropped for a mass of rows, and made again. */
export async function secondaryIndexes(
  client: ClientBase,
  tables: readonly string[],
): Promise<{ drop(): Promise<void>; create(signal: AbortSignal): Promise<void> }> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i
     where i.indrelid = any($1::regclass[])
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [tables],
  );
  return {
    drop: async () => {
      for (const { name } of rows) await client.query(`drop index ${name}`);
    },
    create: async (signal) => {
      for (const { definition } of rows) {
        signal.throwIfAborted();
        await client.query(definition);
      }
    },
  };
}
