import { type PoolClient, type QueryResultRow } from 'pg';

import { type Tx } from './tx';

export interface PreparedStatement {
  /** One name for one text: a connection parses and plans it once. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Runs a statement of a block under its name, past TypeORM, for what runs with every payment. */
export async function prepared<Row extends QueryResultRow = never>(
  tx: Pick<Tx, 'manager'>,
  { name, text, values }: PreparedStatement,
): Promise<Row[]> {
  const connection = (await tx.manager.queryRunner?.connect()) as PoolClient | undefined;
  if (connection === undefined) throw new Error('A prepared statement belongs into a block.');
  const { rows } = await connection.query<Row>({ name, text, values: [...values] });
  return rows;
}
