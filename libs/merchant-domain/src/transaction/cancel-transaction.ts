import { type AcquireCancelAnswer, type Outcome } from '@countersign/alipay-services';

import { requireAction } from '../access/access.rules';
import { HELD_UP, inFlightUntil, mayStillLeave } from '../database/claim-due';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { asOutcome } from '../gateway-call/as-outcome';
import { exceedsLimit } from '../refund/refund.rules';
import { findDoubts } from '../restoration/books-whereabouts';
import { inDoubt, isInDoubt } from '../restoration/restoration.rules';
import { isUnstorable } from '../unstorable-text';
import { doubtfulCancelAttempts } from './cancel.rules';
import { type TransactionResult } from './claim-transaction';
import { lockTransactionFor, saveTransaction } from './lock-transaction';
import { observeQuery } from './observe-query';
import { queryTrade } from './query-trade';
import { alipayUnavailable } from './refresh-transaction';
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
  if (isUnstorable(command.reason ?? '')) {
    return refuse('INVALID_INPUT', 'This reason cannot be kept: write it in whole characters.', {
      field: ['reason'],
    });
  }
  const opened = await openCancel(domain, command);
  if ('inDoubt' in opened) return lookAgain(domain, opened.inDoubt);
  if ('refusal' in opened || !opened.isNew) return opened;

  const outcome = await sendCancel(domain, opened.transaction);

  const { id, cancelAttempts } = opened.transaction;
  return settleCancel(domain, id, outcome, command.caller.subject, undefined, cancelAttempts);
}

async function openCancel(
  domain: Domain,
  command: CancelTransaction,
): Promise<
  | (Refusal & { readonly transaction?: Transaction })
  | { readonly transaction: Transaction; readonly isNew: boolean }
  | { readonly inDoubt: Transaction }
> {
  return domain.database.atomically(domain, async (tx) => {
    const transaction = await lockTransactionFor(tx, command.caller, command.transactionId);
    if ('refusal' in transaction) return transaction;
    const decision = decideCancel(transaction, tx.now());
    if (typeof decision !== 'string') return { ...decision, transaction };
    if (decision === 'ALREADY') return { transaction, isNew: false };
    if (isInDoubt(transaction, await findDoubts(tx.manager))) {
      return { inDoubt: transaction };
    }
    const overLimit = exceedsLimit(amountOf(transaction), command.caller.refundLimit);
    if (overLimit !== undefined) return { ...overLimit, transaction };

    transaction.cancelStatus = 'PENDING';
    transaction.cancelRequestedBy = command.caller.subject;
    transaction.cancelAttempts = doubtfulCancelAttempts(transaction) + 1;
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

/**
 * A cancel asked for while the payment is in doubt after a restored backup: it may have been made,
 * or a part refunded. What Alipay says of the payment is taken up, and nothing is sent.
 */
async function lookAgain(domain: Domain, transaction: Transaction): Promise<TransactionResult> {
  const query = await queryTrade(domain, transaction);
  if (query.kind === 'UNKNOWN') return { ...alipayUnavailable(), transaction };
  if (query.kind === 'REJECTED') return { ...inDoubt(), transaction };
  const observed = await domain.database.atomically(domain, (tx) =>
    observeQuery(domain, tx, query.answer, null),
  );
  if (observed?.status !== 'CLOSED') return { ...inDoubt(), transaction: observed ?? transaction };
  return {
    ...refuse(
      'NOT_ALLOWED_IN_STATE',
      'Alipay has closed this payment already: nothing is left to give back.',
    ),
    transaction: observed,
  };
}

/**
 * One attempt, while its lease lasts; a repeat keeps ids and content. Alipay says SUCCESS, too, of a
 * trade that it does not know (PROTOCOL.md, U21), as when the books are used under another partner id.
 * A yes that does not say what was done counts where `isClosed` has seen the trade closed.
 */
export async function sendCancel(
  domain: Domain,
  transaction: Transaction,
  isClosed: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<Outcome<AcquireCancelAnswer>> {
  if (!mayStillLeave(domain, transaction.cancelNextCheckAt)) return HELD_UP;
  const call = await asOutcome(() =>
    domain.alipay.acquireCancel({
      outTradeNo: transaction.partnerTransId ?? '',
      tradeNo: transaction.alipayTransId,
    }),
  );
  const isBare = call.kind === 'SUCCEEDED' && call.answer.action === undefined;
  return isBare && !(await isClosed()) ? OF_NO_CLOSED_TRADE : call;
}

const OF_NO_CLOSED_TRADE = {
  kind: 'UNKNOWN',
  cause: new Error('the cancel is said to be done, and nobody has seen its trade closed'),
} as const;
