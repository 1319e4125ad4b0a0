import { claimDue } from '../database/claim-due';
import { eachDue } from '../database/each-due';
import { settlePauseMs } from '../database/settle-pause';
import { type Domain } from '../domain';
import { observeQuery } from '../transaction/observe-query';
import { queryTrade } from '../transaction/query-trade';
import { Notification } from './notification.entity';
import { findPaidCode } from './paid-code';
import { applyQuarantinedOf } from './quarantine';

/**
 * Asks Alipay about verified messages whose address carried no token of ours: its key signs for
 * every merchant, but its answers to us are about our trades alone.
 */
export async function confirmQuarantined(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<number> {
  const due = await claimDue(domain, Notification, {
    due: 'next_check_at',
    attempts: 'attempts',
    limit,
  });
  return eachDue(domain, due, 'notification', (notification) => confirmOne(domain, notification));
}

async function confirmOne(domain: Domain, notification: Notification): Promise<void> {
  const partnerTransId = notification.fields?.['out_trade_no'];
  const alipayTransId = notification.tradeNo;
  if (alipayTransId === null) return leaveToPeople(domain, notification, 'it names no trade');

  const outcome = await queryTrade(domain, { partnerTransId, alipayTransId });

  switch (outcome.kind) {
    case 'SUCCEEDED': {
      const { answer } = outcome;
      const verdict = await domain.database.atomically(domain, async (tx) => {
        const code = await findPaidCode(tx.manager, notification.qrCodeId);
        const transaction = await observeQuery(domain, tx, answer, code);
        if (transaction === null) {
          return answer.namesAlipayTransId ? 'NAMES_NO_AMOUNT' : 'NAMES_THE_ORDER_ALONE';
        }
        if (!transaction.alipayStatusesSeen.includes(answer.tradeStatus)) return 'CONTRADICTS';
        await applyQuarantinedOf(tx, transaction);
        return 'CONFIRMS';
      });
      if (verdict === 'NAMES_NO_AMOUNT') return askLater(domain, notification);
      if (verdict === 'CONFIRMS') return;
      return leaveToPeople(
        domain,
        notification,
        verdict === 'CONTRADICTS'
          ? 'the answer contradicts the record'
          : 'the answer names its order number alone, which may be that of another payment',
      );
    }
    case 'REJECTED':
      // An unsigned no is about our configuration, which will be mended, not about this trade.
      if (!outcome.signed) return askLater(domain, notification);
      return leaveToPeople(
        domain,
        notification,
        `Alipay does not confirm it (${outcome.alipayCode})`,
      );
    case 'UNKNOWN':
      return askLater(domain, notification);
  }
}

async function askLater(domain: Domain, notification: Notification): Promise<void> {
  const pauseMs = settlePauseMs(notification.attempts);
  await domain.database.manager.update(
    Notification,
    { id: notification.id, status: 'QUARANTINED' },
    { nextCheckAt: new Date(domain.now().getTime() + pauseMs) },
  );
}

/** The background asks no more; a person who recovers the trade still brings it in. */
async function leaveToPeople(
  domain: Domain,
  notification: Notification,
  why: string,
): Promise<void> {
  await domain.database.manager.update(
    Notification,
    { id: notification.id, status: 'QUARANTINED' },
    {
      nextCheckAt: null,
      reason: `${notification.reason ?? 'Not applied'} Asked about it: ${why}.`,
    },
  );
  domain.log?.warn('a notification stays in quarantine', { notificationId: notification.id });
}
