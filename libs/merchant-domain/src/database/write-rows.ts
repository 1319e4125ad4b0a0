import { type EntityTarget, type ObjectLiteral } from 'typeorm';
import { type ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';

import { prepared } from './prepared';
import { type Tx } from './tx';

/**
 * Inserts rows with one statement that is the same for any number of them, and answers how many
 * there are now; with `unlessKnown` those that a unique index knows are passed over.
 */
export async function insertRows<Row extends ObjectLiteral>(
  tx: Pick<Tx, 'manager'>,
  entity: EntityTarget<Row>,
  rows: readonly Partial<Row>[],
  { unlessKnown = false }: { readonly unlessKnown?: boolean } = {},
): Promise<number> {
  if (rows.length === 0) return 0;
  const { tableName, columns } = tx.manager.dataSource.getMetadata(entity);
  const written = columns.filter(({ isInsert }) => isInsert);
  const names = written.map(({ databaseName }) => databaseName).join(', ');
  const inserted = await prepared<{ count: number }>(tx, {
    name: `insert-${tableName}${unlessKnown ? '-unless-known' : ''}`,
    text: `with inserted as (
        insert into ${tableName} (${names})
        select ${names} from json_populate_recordset(null::${tableName}, $1)
        ${unlessKnown ? 'on conflict do nothing' : ''} returning 1
      ) select count(*)::int as count from inserted`,
    values: [asJson(rows, written)],
  });
  return inserted[0]?.count ?? 0;
}

/** Updates rows as they are now with one statement; the block holds their locks. */
export async function updateRows<Row extends ObjectLiteral & { readonly id: string }>(
  tx: Pick<Tx, 'manager'>,
  entity: EntityTarget<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const { tableName, columns } = tx.manager.dataSource.getMetadata(entity);
  const written = columns.filter(({ isUpdate, isPrimary }) => isUpdate && !isPrimary);
  const names = written.map(({ databaseName }) => databaseName);
  // Not prepared: a plan made while the table was small would read all of it when it no longer is.
  await tx.manager.query(
    `update ${tableName} as old
     set (${names.join(', ')}) = row(${names.map((name) => `new.${name}`).join(', ')})
     from json_populate_recordset(null::${tableName}, $1) as new
     where old.id = new.id and old.id = any($2::uuid[])`,
    [
      asJson(rows, [...columns.filter(({ isPrimary }) => isPrimary), ...written]),
      rows.map(({ id }) => id),
    ],
  );
}

function asJson(rows: readonly ObjectLiteral[], columns: readonly ColumnMetadata[]): string {
  return JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        columns.map((column) => [column.databaseName, valueOf(row[column.propertyName], column)]),
      ),
    ),
  );
}

function valueOf(value: unknown, { transformer }: ColumnMetadata): unknown {
  if (transformer === undefined || Array.isArray(transformer)) return value ?? null;
  return (transformer.to(value) as unknown) ?? null;
}
