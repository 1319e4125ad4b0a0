import { type EntityManager } from 'typeorm';

import { boundsOfDay } from './statement-file-name';
import { type Statement } from './statement.entity';

/**
 * When the last day ended that has a transaction file in force and is before that of this one. What
 * happened or was heard of since has been looked for in no file: a day without transactions has none.
 */
export async function endOfEarlierFile(
  manager: EntityManager,
  { date }: Pick<Statement, 'date'>,
): Promise<Date | null> {
  const [row]: { date: string | null }[] = await manager.query(
    `select max(date)::text as date from statements
     where kind = 'TRANSACTION' and date < $1 and superseded_by is null
       and status in ('RECONCILED', 'DISCREPANCIES')`,
    [date],
  );
  return row?.date == null ? null : boundsOfDay(row.date).to;
}
