import { type Database } from '../database/open-database';

/** Alipay keeps its files for a week. */
export const DAYS_KEPT = 7;

/**
 * Beijing days, `yyyy-MM-dd` and the oldest first, whose transaction file was never compared with the
 * books: customers paid and none was imported, its import broke off, or it cannot be used. A day's file
 * comes by 10:00 on the day after; at noon it is late. Such a day is named until a file of it is in force:
 * those before the first one only while Alipay may still have theirs, or who begins with statements after
 * a year would be told of that year.
 */
export async function findMissingDays(database: Database, now: Date): Promise<string[]> {
  const rows: { date: string }[] = await database.manager.query(MISSING_DAYS, [now, DAYS_KEPT]);
  return rows.map(({ date }) => date);
}

/** A day of which nothing is on record is not looked at: a file may bear any year in its name. */
const MISSING_DAYS = `
  with at as (select $1::timestamptz at time zone 'Asia/Shanghai' as now),
       compared as (select date from statements
                    where kind = 'TRANSACTION' and superseded_by is null
                      and status in ('RECONCILED', 'DISCREPANCIES')),
       late as (
         select day::date as date
         from at, generate_series(
           greatest(
             least(date_trunc('day', at.now - make_interval(days => $2)), (select min(date) from compared)),
             (select date_trunc('day', min(listed_at) at time zone 'Asia/Shanghai') from transactions)),
           at.now - interval '36 hours',
           '1 day') day
         where exists (select from transactions
                       where listed_at >= day at time zone 'Asia/Shanghai'
                         and listed_at < (day + interval '1 day') at time zone 'Asia/Shanghai'
                         and paid_at is not null)
         union
         select date from at, statements
         where kind = 'TRANSACTION' and superseded_by is null and status = 'REJECTED'
           and date <= at.now - interval '36 hours')
  select to_char(date, 'YYYY-MM-DD') as date from late
  where date not in (select date from compared)
  order by 1`;
