import { type EntityTarget, type ObjectLiteral } from 'typeorm';

import { type Tx } from './tx';

/**
 * Inserts a row unless a unique index knows it already. Of two that come at the same time, one
 * waits for the other's commit and then finds itself second: the index decides, nobody fails.
 */
export async function insertIfAbsent<Row extends ObjectLiteral>(
  tx: Tx,
  entity: EntityTarget<Row>,
  row: Row,
): Promise<boolean> {
  const { raw } = (await tx.manager
    .createQueryBuilder()
    .insert()
    .into(entity)
    .values(row)
    .orIgnore()
    .returning('id')
    .execute()) as { raw: readonly unknown[] };
  return raw.length > 0;
}
