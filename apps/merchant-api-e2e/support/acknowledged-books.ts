import type { Notice } from './acknowledged-sender';
import type { Site } from './acknowledged-site';
import { waitFor } from './wait-for';

const APPLIED_WITHIN_MS = 60_000;

/** Which of these were answered `success` and are not in the books. */
export async function lost(
  { rows }: Pick<Site, 'rows'>,
  acknowledged: readonly string[],
): Promise<string[]> {
  const missing = await rows<{ notify_id: string }>(
    `select notify_id from unnest($1::text[]) as told (notify_id)
     where not exists (select from notifications n where n.notify_id = told.notify_id)`,
    [acknowledged],
  );
  return missing.map(({ notify_id: notifyId }) => notifyId);
}

/** What the books must say of messages that all were answered `success`: one of each, all applied. */
export function booksOf(notices: readonly Notice[]) {
  const count = notices.length;
  return { messages: count, applied: count, payments: count, received: count, minor: 1250 * count };
}

/** What they do say, once nothing of these waits any more. */
export async function books({ rows }: Pick<Site, 'rows'>, notices: readonly Notice[]) {
  const notifyIds = notices.map(({ notifyId }) => notifyId);
  await waitFor(
    'nothing that waits to be applied',
    async () => {
      const [left] = await rows<{ count: number }>(
        `select count(*)::int as count from notifications
         where notify_id = any($1) and status = 'RECEIVED'`,
        [notifyIds],
      );
      return left?.count === 0;
    },
    { withinMs: APPLIED_WITHIN_MS },
  );
  const [found] = await rows<ReturnType<typeof booksOf>>(BOOKS, [
    notifyIds,
    notices.map(({ tradeNo }) => tradeNo),
  ]);
  return found;
}

const BOOKS = /* sql */ `
  with trades as (
    select id, amount_minor from transactions where alipay_trans_id = any($2) and status = 'PAID'
  )
  select
    (select count(*)::int from notifications where notify_id = any($1)) as messages,
    (select count(*)::int from notifications where notify_id = any($1) and status = 'APPLIED') as applied,
    (select count(*)::int from trades) as payments,
    (select count(*)::int from transaction_events
     where type = 'PAYMENT_RECEIVED' and transaction_id in (select id from trades)) as received,
    (select coalesce(sum(amount_minor), 0)::int from trades) as minor`;
