import { type Tx } from '../database/tx';
import { ALIPAY } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { lockTransaction } from '../transaction/lock-transaction';
import { type Transaction } from '../transaction/transaction.entity';
import { Refund } from './refund.entity';
import { canTakeUp, keyNobodyGave } from './refund.rules';

/**
 * What counts as failed was made after all, as a notice or the answer to a call says: from here on it counts
 * as given, and Alipay is asked whether it was. Nobody asked for it again, so no key of ours makes its id:
 * it is never sent. Null where it no longer fits its payment.
 */
export async function takeUpRefund(
  tx: Tx,
  before: Transaction,
  { partnerRefundId, amountMinor, currency, reason }: Refund,
  { from, at }: { readonly from: 'notification' | 'answer'; readonly at: Date },
): Promise<{ readonly refund: Refund; readonly transaction: Transaction } | null> {
  if (!canTakeUp(before, amountMinor)) return null;
  const refund = new Refund();
  refund.id = tx.newId();
  refund.transactionId = before.id;
  refund.partnerRefundId = partnerRefundId;
  refund.idempotencyKey = keyNobodyGave('notice', partnerRefundId);
  refund.requestedMinor = null;
  refund.amountMinor = amountMinor;
  refund.currency = currency;
  refund.reason = reason;
  refund.status = 'PENDING';
  refund.failureCode = null;
  refund.attempts = 0;
  refund.nextCheckAt = tx.now();
  refund.inFlightUntil = null;
  refund.requestedBy = ALIPAY;
  refund.resolutionNote = null;
  refund.resolvedBy = null;
  refund.createdAt = tx.now();
  refund.settledAt = null;
  await tx.manager.insert(Refund, refund);

  // Read again: the database keeps the sums.
  const transaction = (await lockTransaction(tx, before.id)) ?? before;
  appendEvent(tx, transaction, {
    type: 'REFUND_REQUESTED',
    actor: ALIPAY,
    refundId: refund.id,
    amountMinor,
    occurredAt: at,
    detail: { from },
  });
  return { refund, transaction };
}
