import type { BookedTrade } from '../simulator-control';
import type { Site } from './site';

const STEPS_MAX = 80;
/** The longest gap in the gateway's schedule of sends, and more than any pause of ours. */
const STEP_MS = 16 * 60_000;

/** With nothing going wrong any more: time passes until nothing is open, here and there. */
export async function settleEverything(site: Site): Promise<BookedTrade[]> {
  await site.calmDown();
  await site.gateway.endFaults();
  let open: Readonly<Record<string, string>> = {};
  for (let step = 0; step < STEPS_MAX; step += 1) {
    await site.moveTime(STEP_MS);
    await site.turn();
    const trades = await site.gateway.books();
    const unheard = trades
      .flatMap(({ notifications }) => notifications)
      .filter((mail) => !mail.acknowledged && mail.next_send_at !== null);
    if (unheard.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      continue;
    }
    [open = {}] = await site.rows<Record<string, string>>(OPEN);
    if (Object.values(open).every((count) => count === '0')) return trades;
  }
  throw new Error(`Still open after ${STEPS_MAX} steps: ${JSON.stringify(open)}`);
}

const OPEN = /* sql */ `select
  (select count(*) from refunds where status = 'PENDING') as refunds,
  (select count(*) from transactions where cancel_status = 'PENDING') as cancels,
  (select count(*) from transactions where institution_check_at is not null) as wallets,
  (select count(*) from qr_codes where pending_change is not null) as codes,
  (select count(*) from notifications where status = 'RECEIVED') as unread,
  (select count(*) from notifications where next_check_at is not null) as unconfirmed`;
