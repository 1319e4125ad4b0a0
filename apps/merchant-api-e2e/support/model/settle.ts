import type { BookedTrade } from '../simulator-control';
import type { Site } from './site';

const STEPS_MAX = 80;
/** Most is over by then. */
const DAY_ENDS_AT = 5;
const DAY_MS = 24 * 60 * 60_000;
/** The longest gap in the gateway's schedule of sends, and more than any pause of ours. */
const STEP_MS = 16 * 60_000;

/** With nothing going wrong any more: time passes until nothing is open, here and there. */
export async function settleEverything(site: Site): Promise<BookedTrade[]> {
  await site.calmDown();
  await site.gateway.endFaults();
  await site.goAstray(0);
  let open: Readonly<Record<string, string>> = {};
  for (let step = 0; step < STEPS_MAX; step += 1) {
    await site.moveTime(STEP_MS);
    await site.turn();
    const trades = await site.gateway.books();
    if (step === DAY_ENDS_AT) {
      // Where a repeat of a cancel is refused, the query decides once its window has ended.
      await site.moveTime(DAY_MS);
      await closeUnpaid(site, trades);
    }
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
  const [left] = await site.rows<{ row: unknown }>(
    `select row_to_json(t) as row from transactions t where cancel_status = 'PENDING'
       or pending_refund_minor > 0 or institution_check_at is not null limit 1`,
  );
  throw new Error(`Still open after ${STEPS_MAX} steps: ${JSON.stringify({ ...open, ...left })}`);
}

/** Alipay closes by itself what nobody has paid; until then a cancel after its window stays open. */
export async function closeUnpaid(site: Site, trades: readonly BookedTrade[]): Promise<void> {
  const [open] = await site.rows<{ nos: string[] | null }>(
    `select array_agg(alipay_trans_id) as nos from transactions where cancel_status = 'PENDING'`,
  );
  const unpaid = trades.filter(
    ({ trade_no: no, trade_status: status }) =>
      status === 'WAIT_BUYER_PAY' && open?.nos?.includes(no) === true,
  );
  for (const { trade_no: no } of unpaid) await site.gateway.call(`POST /trades/${no}/close`);
}

const OPEN = /* sql */ `select
  (select count(*) from refunds where status = 'PENDING') as refunds,
  (select count(*) from transactions where cancel_status = 'PENDING') as cancels,
  (select count(*) from transactions where institution_check_at is not null) as wallets,
  (select count(*) from qr_codes where pending_change is not null) as codes,
  (select count(*) from notifications where status = 'RECEIVED') as unread,
  (select count(*) from notifications where next_check_at is not null) as unconfirmed`;
