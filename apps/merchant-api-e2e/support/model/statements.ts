import { addDays, dayOf, instantOf, settlementDayOf } from '../days/calendar';
import { TOKEN } from '../keys';
import type { BookedTrade } from '../simulator-control';
import type { Counts } from './counts';
import { weathered } from './people';
import type { Shop } from './shop';
import type { Site } from './site';

interface File {
  readonly name: string;
  readonly text: string;
}

/** Alipay's files of a day as they are at this moment, in the middle of whatever else goes on. */
export async function bringFiles(
  site: Site,
  shop: Shop,
  counts: Counts,
  { daysAgo, reversed }: { readonly daysAgo: number; readonly reversed: boolean },
): Promise<void> {
  const files = await filesOf(site, addDays(dayOf(site.gatewayNow()), -daysAgo));
  if (reversed) files.reverse();
  for (const file of files) {
    counts.happened(file.name.includes('_settlement_') ? 'settlement file' : 'transaction file');
    await site.awake();
    await weathered(site, shop, () => bring(site, file));
  }
}

/** All files of all days, each as Alipay has it in the end. Answers the last of the days. */
export async function bringAllFiles(site: Site, trades: readonly BookedTrade[]): Promise<string> {
  const days = daysOf(trades);
  for (const day of days) {
    for (const file of await filesOf(site, day)) await bring(site, file);
  }
  return days.at(-1) ?? dayOf(site.gatewayNow());
}

/** All files of some days in a row; whether each day had one of transactions. */
export async function bringDays(site: Site, from: string, to: string): Promise<boolean> {
  let areAllThere = true;
  for (let day = from; day <= to; day = addDays(day, 1)) {
    const files = await filesOf(site, day);
    for (const file of files) await bring(site, file);
    areAllThere &&= files.some(({ name }) => name.includes('_transaction_'));
  }
  return areAllThere;
}

/** Files of one round and of the next are never of the same day. */
export async function goBeyond(site: Site, day: string, hour: number): Promise<void> {
  const start = instantOf(addDays(day, 2), `${`${hour}`.padStart(2, '0')}:00:00`);
  await site.moveTime(Math.max(0, start.getTime() - site.now().getTime()));
}

async function filesOf(site: Site, date: string): Promise<File[]> {
  return (await site.gateway.call<{ files: File[] }>('POST /statements', { date })).files;
}

async function bring({ frontUrl }: Site, { name, text }: File): Promise<void> {
  const response = await fetch(`${frontUrl}/statements/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: text,
  });
  if (response.status !== 200) {
    throw new Error(`${name} was answered ${response.status}: ${await response.text()}`);
  }
}

/** On which anything happened at the gateway, or was settled. */
export function daysOf(trades: readonly BookedTrade[]): string[] {
  const instants = trades.flatMap(({ gmt_payment: paid, gmt_close: closed, refunds }) => [
    ...[paid, closed].filter((instant) => instant !== null),
    ...refunds.map(({ gmt_create: created }) => created),
  ]);
  const days = instants.map((instant) => dayOf(new Date(instant)));
  return [...new Set([...days, ...days.map(settlementDayOf)])].sort();
}
