import { books, booksOf } from './acknowledged-books';
import { notice, type Notice, printNotices } from './acknowledged-sender';
import type { Site } from './acknowledged-site';
import { waitFor } from './wait-for';

/** Not so strong that a payment could not name its code meanwhile. */
const CODES = 'select from qr_codes for no key update';

/** Where in the middle of a batch the API can be held, so that it is killed there. */
export const HELD = {
  'after the payments of a batch, before their codes': {
    lock: CODES,
    waiting: '^update qr_codes',
  },
  'after the codes of a batch, before its events': {
    lock: 'select pg_advisory_xact_lock(4711001)',
    waiting: '^select pg_advisory_xact_lock',
  },
} as const;

/** Kills the API while a batch is held there, starts it again, and answers what the books say. */
export async function crashInBatch(
  site: Site,
  { lock, waiting }: (typeof HELD)[keyof typeof HELD],
  count: number,
): Promise<{ readonly found: unknown; readonly expected: unknown }> {
  const notices = printNotices(count);
  await whileHeld(site, lock, async () => {
    await site.send(notices).ended;
    // Asked by a session of its own: in a block the answer is always that of the first look.
    await waitFor('a batch that is held', async () => {
      const held = await site.rows(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query ~ $1`,
        [waiting],
      );
      return held.length > 0;
    });
    await site.api.kill();
  });
  await site.startApi();
  return { found: await books(site, notices), expected: booksOf(notices) };
}

/**
 * A message that fails makes a batch be taken one by one; the API is killed between two of them.
 * Answers what the books say of the others, and what became of the bad one.
 */
export async function crashBetweenRows(
  site: Site,
  count: number,
): Promise<{ readonly found: unknown; readonly expected: unknown; readonly bad: unknown }> {
  const good = printNotices(count);
  const bad = badNotice();
  const half = Math.floor(count / 2);
  const mixed = [...good.slice(0, half), bad, ...good.slice(half)];
  await whileHeld(site, CODES, () => site.send(mixed).ended);
  await waitFor('some that are applied', async () => {
    const [done] = await site.rows<{ count: number }>(
      `select count(*)::int as count from notifications where notify_id = any($1) and status = 'APPLIED'`,
      [good.map(({ notifyId }) => notifyId)],
    );
    return (done?.count ?? 0) > 0;
  });
  await site.api.kill();
  await site.startApi();
  const found = await books(site, good);
  const [row] = await waitFor('the bad one in its place', async () => {
    const rows = await site.rows<{ status: string }>(
      'select status from notifications where notify_id = $1',
      [bad.notifyId],
    );
    return rows[0]?.status !== 'RECEIVED' && rows;
  });
  return { found, expected: booksOf(good), bad: row?.status };
}

async function whileHeld(site: Site, lock: string, work: () => Promise<void>): Promise<void> {
  const session = await site.session();
  try {
    await session.query('begin');
    await session.query(lock);
    await work();
  } finally {
    await session.end();
  }
}

let made = 0;

/** Its order number fits into no index, which is seen only when it is written. */
function badNotice(): Notice {
  made += 1;
  const random = Array.from({ length: 4_000 }, () => Math.random().toString(36).slice(2, 4));
  return notice(`bad-${process.pid}-${made}`, { out_trade_no: random.join('') });
}
