import { type AcquireCancelAnswer, type Outcome } from '@countersign/alipay-services';

import { requireAction } from '../access/access.rules';
import { inFlightUntil } from '../database/claim-due';
import { type Caller, type Domain, type Refusal } from '../domain';
import { appendEvent } from '../event/append-event';
import { asOutcome } from '../gateway-call/as-outcome';
import { exceedsLimit } from '../refund/refund.rules';
import { type TransactionResult } from './claim-transaction';
import { lockTransactionFor, saveTransaction } from './lock-transaction';
import { settleCancel } from './settle-cancel';
import { type Transaction } from './transaction.entity';
import { amountOf, decideCancel } from './transaction.rules';

export interface CancelTransaction {
  readonly caller: Caller;
  readonly transactionId: string;
  /** For our timeline; Alipay's cancel has no room for it. */
  readonly reason?: string;
}

/**
 * Gives a payment back in full, or closes an unpaid one, on the Beijing day it was made
 * (PROTOCOL.md §6.3, decision 14). An outcome that is not known shows as a pending cancel.
 */
export async function cancelTransaction(
  domain: Domain,
  command: CancelTransaction,
): Promise<TransactionResult> {
  requireAction(command.caller, 'GIVE_BACK');
  const opened = await openCancel(domain, command);
  if ('refusal' in opened || !opened.isNew) return opened;

  const outcome = await sendCancel(domain, opened.transaction);

  return settleCancel(domain, opened.transaction.id, outcome, command.caller.subject);
}

async function openCancel(
  domain: Domain,
  command: CancelTransaction,
): Promise<
  | (Refusal & { readonly transaction?: Transaction })
  | { readonly transaction: Transaction; readonly isNew: boolean }
> {
  return domain.database.atomically(domain, async (tx) => {
    const transaction = await lockTransactionFor(tx, command.caller, command.transactionId);
    if ('refusal' in transaction) return transaction;
    const decision = decideCancel(transaction, tx.now());
    if (typeof decision !== 'string') return { ...decision, transaction };
    if (decision === 'ALREADY') return { transaction, isNew: false };
    const overLimit = exceedsLimit(amountOf(transaction), command.caller.refundLimit);
    if (overLimit !== undefined) return { ...overLimit, transaction };

    transaction.cancelStatus = 'PENDING';
    transaction.cancelRequestedBy = command.caller.subject;
    transaction.cancelAttempts = 1;
    transaction.cancelNextCheckAt = inFlightUntil(domain);
    transaction.cancelFailureCode = null;
    transaction.updatedAt = tx.now();
    await saveTransaction(tx, transaction);
    appendEvent(tx, transaction, {
      type: 'CANCEL_REQUESTED',
      actor: command.caller.subject,
      amountMinor: transaction.amountMinor,
      occurredAt: tx.now(),
      ...(command.reason === undefined ? {} : { detail: { reason: command.reason } }),
    });
    return { transaction, isNew: true };
  });
}

/** One attempt; a repeat keeps ids and content. */
export async function sendCancel(
  domain: Domain,
  transaction: Transaction,
): Promise<Outcome<AcquireCancelAnswer>> {
  return asOutcome(() =>
    domain.alipay.acquireCancel({
      outTradeNo: transaction.partnerTransId ?? '',
      tradeNo: transaction.alipayTransId,
    }),
  );
}
