import { type Database } from '../database/open-database';

export interface RateCount {
  /** Who: a caller or an address, in words of the host. */
  readonly key: string;
  readonly used: number;
}

/**
 * Adds to what all processes have counted in a window of time, and says what it has come to. In one
 * order of keys, so that two processes that tell at once wait for each other and never in a circle.
 */
export async function addRateCounts(
  { manager }: Pick<Database, 'manager'>,
  window: Date,
  counts: readonly RateCount[],
): Promise<ReadonlyMap<string, number>> {
  const rows: { key: string; used: string }[] = await manager.query(ADD, [
    window,
    counts.map(({ key }) => key),
    counts.map(({ used }) => used),
  ]);
  return new Map(rows.map(({ key, used }) => [key, Number(used)]));
}

const ADD = /* sql */ `
  insert into rate_counts as known (key, window_start, used)
  select key, $1, used from unnest($2::text[], $3::bigint[]) as told (key, used) order by key
  on conflict (key, window_start) do update set used = known.used + excluded.used
  returning key, used`;

/** Windows that are over count for nothing. */
export async function forgetRateCounts(
  { manager }: Pick<Database, 'manager'>,
  before: Date,
): Promise<void> {
  await manager.query('delete from rate_counts where window_start < $1', [before]);
}
