import { In, JsonContains } from 'typeorm';

import { claimDue } from '../database/claim-due';
import { eachDue } from '../database/each-due';
import { type Domain } from '../domain';
import { WORKER } from '../event/actors';
import { TransactionEvent } from '../event/transaction-event.entity';
import { findDoubts } from '../restoration/books-whereabouts';
import { isInDoubt, NOT_SENT_IN_DOUBT } from '../restoration/restoration.rules';
import { Transaction } from '../transaction/transaction.entity';
import { beijingMidnightAfter } from '../transaction/transaction.rules';
import { queryRefund } from './query-refund';
import { Refund } from './refund.entity';
import { KNOWN_TO_ALIPAY } from './refund.rules';
import { sendRefund } from './refund-transaction';
import { settleRefund } from './settle-refund';

/**
 * Asks Alipay again about every refund whose outcome is not known and whose time has come: first
 * the same refund under the same id, then, when that settles nothing, or may have taken effect on an
 * earlier day, the refund query. Of a payment in doubt after a restored backup the query alone is
 * sent: the refund may have been refused since, and the money given back in another way (guarantee 18).
 * One that was taken up since, because Alipay knew it, is sent: the answer alone tells whether it is of
 * that amount, also once the doubts have ended.
 */
export async function settlePendingRefunds(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<number> {
  const due = await claimDue(domain, Refund, {
    due: 'next_check_at',
    attempts: 'attempts',
    lease: 'in_flight_until',
    limit,
  });
  return eachDue(domain, due, 'refund', (refund) => settleOne(domain, refund));
}

async function settleOne(domain: Domain, refund: Refund): Promise<void> {
  const transaction = await domain.database.manager.findOneByOrFail(Transaction, {
    id: refund.transactionId,
  });
  const doubts = await findDoubts(domain.database.manager);
  const inDoubt = isInDoubt(transaction, doubts);
  const isTakenUp = await wasTakenUp(domain, refund);
  const isSince = doubts === null || refund.createdAt >= doubts.noticedAt;
  const call =
    inDoubt && !(isTakenUp && isSince)
      ? NOT_SENT_IN_DOUBT
      : await sendRefund(domain, refund, transaction);
  // The yes to a repeat does not tell when it took effect, which may have been on an earlier day.
  const isOfToday = !isTakenUp && domain.now() < beijingMidnightAfter(refund.createdAt);
  if (call.kind === 'SUCCEEDED' && isOfToday) {
    await settleRefund(domain, refund.id, { call, attempt: refund.attempts }, WORKER);
    return;
  }
  const query = await queryRefund(domain, transaction, refund.partnerRefundId);
  await settleRefund(
    domain,
    refund.id,
    { call, query, attempt: refund.attempts, isTakenUp },
    WORKER,
  );
}

/** The timeline keeps it over whatever ends the doubts, and for those asked for later by the same id. */
async function wasTakenUp(
  { database: { manager } }: Domain,
  { transactionId, partnerRefundId }: Refund,
): Promise<boolean> {
  const sameDeed = await manager.findBy(Refund, { transactionId, partnerRefundId });
  return manager.existsBy(TransactionEvent, {
    transactionId,
    refundId: In(sameDeed.map(({ id }) => id)),
    type: 'REFUND_REQUESTED',
    detail: JsonContains(KNOWN_TO_ALIPAY),
  });
}
