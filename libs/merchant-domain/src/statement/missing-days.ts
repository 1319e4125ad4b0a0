import { type Database } from '../database/open-database';

/** Alipay keeps its files for a week. */
const DAYS_KEPT = 7;

/**
 * Beijing days, `yyyy-MM-dd` and the oldest first, on which customers paid and whose transaction file
 * was not imported, or is being replaced by one whose import broke off. A day's file comes by 10:00 on
 * the day after; at noon it is late.
 */
export async function findMissingDays(database: Database, now: Date): Promise<string[]> {
  const rows: { date: string }[] = await database.manager.query(
    `select to_char(day, 'YYYY-MM-DD') as date
     from generate_series(
       date_trunc('day', ($1::timestamptz at time zone 'Asia/Shanghai') - make_interval(days => $2)),
       date_trunc('day', ($1::timestamptz at time zone 'Asia/Shanghai') - interval '36 hours'),
       '1 day') day
     where exists (select from transactions
                   where listed_at >= day at time zone 'Asia/Shanghai'
                     and listed_at < (day + interval '1 day') at time zone 'Asia/Shanghai'
                     and paid_at is not null)
       and not exists (select from statements
                       where kind = 'TRANSACTION' and date = day::date and superseded_by is null
                         and status in ('RECONCILED', 'DISCREPANCIES'))
     order by 1`,
    [now, DAYS_KEPT],
  );
  return rows.map(({ date }) => date);
}
