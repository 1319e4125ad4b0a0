import { type SelectQueryBuilder } from 'typeorm';

import { outOf } from '../database/keyset-page';
import { startingWith } from '../database/like-pattern';
import { type Database } from '../database/open-database';
import { type Transaction } from './transaction.entity';

/** About as many as begin with one day, where ten million are sold in a year. */
const MATCHES_MAX = 30_000;

/**
 * Whether a number, or the beginning of one, finds so few payments that it is best to begin with
 * them. The database cannot know whether they stand at the beginning of a list or far behind it; left to
 * itself it may try the search on every payment from the newest on.
 */
export async function findsFew(database: Database, search: string): Promise<boolean> {
  // In the order of each index: else a frequent beginning is counted in the table itself.
  const [row]: { matches: number }[] = await database.manager.query(
    `select count(*)::int as matches from (
       (select 1 from transactions where alipay_trans_id like $1 order by alipay_trans_id limit $2)
       union all
       (select 1 from transactions where partner_trans_id like $1
        order by partner_trans_id using operator(pg_catalog.~<~) limit $2)) found`,
    [startingWith(search), MATCHES_MAX + 1],
  );
  return (row?.matches ?? 0) <= MATCHES_MAX;
}

/** Narrows a query over the alias `trade`: first of all to what the search finds. */
export function outOfSearch(
  query: SelectQueryBuilder<Transaction>,
  search: string,
): SelectQueryBuilder<Transaction> {
  // The offset keeps the rest of the query from being tried first.
  return outOf(
    query,
    `select * from transactions trade
     where trade.alipay_trans_id like :start or trade.partner_trans_id like :start offset 0`,
  ).setParameters({ start: startingWith(search) });
}
