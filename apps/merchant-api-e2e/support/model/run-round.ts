import { uuidv7 } from 'uuidv7';

import type { Schedule } from './commands';
import type { Counts } from './counts';
import { judgeAnswers } from './judge-answers';
import { judgeBooks } from './judge-books';
import { judgeComplaints } from './judge-complaints';
import { judgeEvents } from './judge-events';
import { judgeInbox } from './judge-inbox';
import { judgeStatements } from './judge-statements';
import { judgeSums } from './judge-sums';
import { readBooks } from './read-books';
import type { Restoration } from './restoration';
import { restoreBackup } from './restore';
import { openShop, runCommands } from './run-schedule';
import { settleEverything } from './settle';
import { elsewhereIn, refundedInFull, type Shop } from './shop';
import type { BookedTrade } from '../simulator-control';
import type { Site } from './site';
import { bringAllFiles, goBeyond } from './statements';
import type { Subscriber } from './subscriber';

/** What was wrong, and with which schedule; one that concerns them all has none. */
export interface Finding {
  readonly index: number | null;
  readonly what: string;
}

/** So many at once; timeouts cost no time then, and every kill meets somebody in the middle. */
export const AT_ONCE = 16;

export interface Numbered {
  readonly index: number;
  readonly schedule: Schedule;
}

/** Some schedules at once in one place, then the reckoning of each. */
export async function runRound(
  site: Site,
  subscriber: Subscriber,
  round: readonly Numbered[],
  counts: Counts,
): Promise<Finding[]> {
  site.weather.forget();
  const begun = uuidv7(); // what is recorded from now on has a greater id
  const begunAt = performance.now();
  await site.gateway.call('POST /reset');
  await site.setSkew(0);
  const merchant = await site.merchant.registerMerchant({
    alipayMerchantId: `M_${round[0]?.index ?? 0}`,
  });
  const shops = await Promise.all(
    round.map(({ index, schedule }) => openShop(site, merchant.id, index, schedule)),
  );
  subscriber.cut();
  const restoration = isRestored(round)
    ? await liveTwice(site, subscriber, shops, counts, begunAt)
    : await live(site, shops, counts);
  const booked = await settleEverything(site);
  const atLast = uuidv7();
  const lastDay = await bringAllFiles(site, booked);
  const taken = await takenForCancelled(site, shops, booked, restoration);
  const trades = booked.map((trade) => asCancelled(trade, taken));
  const all = await readBooks(site, shops, trades, restoration);

  const findings = shops.flatMap((shop) => {
    const books = all.get(shop);
    if (books === undefined) throw new Error('a shop has no books');
    count(counts, shop);
    return [
      ...judgeBooks(shop, books),
      ...judgeEvents(shop, books),
      ...judgeInbox(site, shop, books),
      ...judgeAnswers(site, shop, books),
    ].map((what): Finding => ({ index: shop.index, what }));
  });
  const invented = await site.rows<{ alipay_trans_id: string }>(
    'select alipay_trans_id from transactions where id > $1 and alipay_trans_id <> all($2)',
    [begun, trades.map(({ trade_no: no }) => no)],
  );
  const complaints = site.takeComplaints();
  const common = [
    ...(restoration?.trouble ?? []),
    ...(await subscriber.judge()),
    ...judgeComplaints(site, complaints),
    ...(await judgeSums(site, booked, taken, complaints, { id: begun, at: begunAt })),
    ...(await judgeStatements(site, trades, {
      since: begun,
      atLast,
      elsewhere: elsewhereIn(shops),
      taken,
    })),
    ...invented.map(({ alipay_trans_id: no }) => `nobody made the payment ${no} in our books`),
  ];
  await goBeyond(site, lastDay, hourAfter(round));
  return [...findings, ...common.map((what): Finding => ({ index: null, what }))];
}

/**
 * A cancel of ours without an answer, of what the portal gave back in full meanwhile, or a refund of ours that a
 * restored backup lacks: a closed trade is all that Alipay shows, so the books call it cancelled. It is the same
 * money, and the statement shows the difference to people.
 */
async function takenForCancelled(
  site: Site,
  shops: readonly Shop[],
  trades: readonly BookedTrade[],
  restoration: Restoration | null,
): Promise<string[]> {
  const elsewhere = elsewhereIn(shops);
  const isPossible = (no: string): boolean => restoration !== null || elsewhere.includes(no);
  const rows = await site.rows<{ no: string }>(
    `select alipay_trans_id as no from transactions
     where cancel_status = 'DONE' and alipay_trans_id = any($1)`,
    [refundedInFull(trades).filter(isPossible)],
  );
  return rows.map(({ no }) => no);
}

function asCancelled(trade: BookedTrade, taken: readonly string[]): BookedTrade {
  return taken.includes(trade.trade_no) ? { ...trade, cancelled: true, refunds: [] } : trade;
}

/** In every fifth round a backup is restored. */
function isRestored(round: readonly Numbered[]): boolean {
  return Math.floor((round[0]?.index ?? 0) / AT_ONCE) % 5 === 4;
}

async function live(site: Site, shops: readonly Shop[], counts: Counts): Promise<null> {
  await Promise.all(shops.map((shop) => runCommands(site, shop, counts, shop.schedule.commands)));
  return null;
}

/** While the others go on, one of them comes to the moment at which the backup is made. */
async function liveTwice(
  site: Site,
  subscriber: Subscriber,
  [first, ...others]: readonly Shop[],
  counts: Counts,
  begunAt: number,
): Promise<Restoration> {
  if (first === undefined) throw new Error('a round has at least one shop');
  const { commands, restored } = first.schedule;
  const backUp = async () => {
    await runCommands(site, first, counts, commands.slice(0, restored.backUpAfter));
    const backup = { at: performance.now(), then: await site.backUp() };
    await runCommands(site, first, counts, commands.slice(restored.backUpAfter));
    return backup;
  };
  const [backup] = await Promise.all([backUp(), live(site, others, counts)]);
  subscriber.expectRestore();
  return restoreBackup(site, [first, ...others], counts, begunAt, backup);
}

/** Rounds begin at midnight, in the afternoon and in the morning. */
function hourAfter(round: readonly Numbered[]): number {
  return ((round[0]?.index ?? 0) * 7 + 16) % 24;
}

/** What really came of it: the checks of a run that refused everything would mean little. */
function count(counts: Counts, { trades, history, forgeries }: Shop): void {
  for (const { how, reply } of forgeries) if (reply !== null) counts.happened(`forged ${how}`);
  counts.happened('payments', trades.length);
  for (const { kind, answer } of history) {
    if (answer === undefined) counts.happened(`${kind} without an answer`);
    else if (answer.userErrors.length > 0) {
      for (const { code } of answer.userErrors) counts.happened(`${kind} ${code}`);
    } else if (answer.replayed === true) counts.happened(`${kind} replayed`);
    else counts.happened(`${kind} ${answer.refund?.status ?? 'granted'}`);
  }
}
