import { formatAmount } from '@countersign/alipay-protocol';

import {
  REFUND_TRANSACTION,
  REPLAY_NOTIFICATION,
  RESOLVE_REFUND,
  REVERIFY_NOTIFICATIONS,
} from '../documents';
import type { Counts } from './counts';
import { ask } from './ask';
import type { People } from './commands';
import type { Entry, Shop, Trade } from './shop';
import type { Site } from './site';

/**
 * An owner closes a refund that stays open, and knows how it ended: nobody works meanwhile, and no
 * call about it is under way. Answers whether there was one that is closed now.
 */
export async function resolveOne(
  site: Site,
  shop: Shop,
  counts: Counts,
  trade: Trade,
  then: Extract<People, { kind: 'resolve' }>['then'],
): Promise<boolean> {
  const resolved = await site.whileNobodyWorks(async () => {
    const transaction = await site.merchant
      .transactionBy({ alipayTransId: trade.no })
      .catch(() => null);
    const open = transaction?.refunds.find(({ status }) => status === 'PENDING');
    if (open === undefined) return undefined;
    const { refunds } = await site.gateway.bookedTrade(trade.no);
    const isMade = refunds.some(
      ({ partner_refund_id: id, amount, status }) =>
        id === open.partnerRefundId && amount === open.amount.amount && status === 'SUCCESS',
    );
    const input = {
      refundId: open.id,
      outcome: isMade ? 'SUCCEEDED' : 'FAILED',
      note: 'Looked up at Alipay.',
    };
    counts.happened('resolved by hand');
    return ask(site, shop, { kind: 'resolve', trade, input }, RESOLVE_REFUND);
  });
  if (resolved !== undefined && then !== 'nothing') {
    await askAgain(site, shop, counts, resolved, then);
  }
  return resolved?.answer?.userErrors.length === 0;
}

/** A till that never learnt of its refund sends it once more; a careless one changes the amount. */
async function askAgain(
  site: Site,
  shop: Shop,
  counts: Counts,
  { trade, input: { refundId } }: Entry,
  how: 'same' | 'other amount',
): Promise<void> {
  const asked = shop.history.findLast(
    ({ kind, answer }) => kind === 'refund' && answer?.refund?.id === refundId,
  );
  if (asked === undefined || trade === undefined) return;
  const { currency } = shop.schedule;
  const cent = { amount: formatAmount({ minor: 1n, currency }), currency };
  const input = how === 'same' ? asked.input : { ...asked.input, amount: cent };
  counts.happened(`resolved, then asked ${how}`);
  await ask(site, shop, { kind: 'refund', trade, input }, REFUND_TRANSACTION);
}

/** Somebody tries one of the messages in quarantine again, whosever it is. */
export async function replayOne(
  site: Site,
  shop: Shop,
  counts: Counts,
  message: number,
): Promise<void> {
  await weathered(site, shop, async () => {
    const all = await site.merchant.notifications({ statuses: ['QUARANTINED'] });
    const waiting = all[message % (all.length || 1)];
    if (waiting === undefined) return;
    counts.happened('replayed');
    const { replayNotification } = await site.graphql(REPLAY_NOTIFICATION, {
      input: { notificationId: waiting.id },
    });
    const codes = replayNotification.userErrors.map(({ code }) => code);
    if (codes.some((code) => code !== 'NOT_ALLOWED_IN_STATE')) {
      shop.trouble.push(`replayNotification was refused: ${codes.join(' ')}`);
    }
  });
}

export async function reverify(site: Site, shop: Shop): Promise<void> {
  await weathered(site, shop, async () => {
    await site.graphql(REVERIFY_NOTIFICATIONS);
  });
}

/** A failure needs weather that explains it. */
export async function weathered(site: Site, shop: Shop, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  try {
    await work();
  } catch (error) {
    if (!site.weather.wasRough({ start, end: performance.now() }, 'answers')) {
      shop.trouble.push(String(error));
    }
  }
}
