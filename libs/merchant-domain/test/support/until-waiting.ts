import { waitUntil } from '@countersign/postgres';

import { type World } from './world';

/** Until so many statements that begin so wait for what somebody holds in the database, or for one who waits. */
export async function untilWaiting(
  { database }: World,
  count: number,
  beginning = '',
): Promise<void> {
  const waiting = `select from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock' and starts_with(query, $1)`;
  const isSo = async (): Promise<boolean> =>
    (await database.manager.query<unknown[]>(waiting, [beginning])).length >= count;
  if (await waitUntil(isSo, 10_000)) return;
  throw new Error(`No ${String(count)} statements that begin with “${beginning}” wait for a lock.`);
}
