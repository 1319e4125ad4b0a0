import {
  type AcquireCancelAnswer,
  type Outcome,
  type OverseasQueryAnswer,
} from '@countersign/alipay-services';

import { settlePauseMs } from '../database/settle-pause';
import { type Tx } from '../database/tx';
import { type Domain, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { because } from '../gateway-call/alipay-no';
import { type TransactionResult } from './claim-transaction';
import { lockTransaction, noTransaction, saveTransaction } from './lock-transaction';
import { cancelVerdict } from './cancel.rules';
import { type Transaction } from './transaction.entity';
import { cancelledAt, cancelWindowClosed, isPaid, transactionStatusOf } from './transaction.rules';

/**
 * The one door through which a cancel ends. Harmless when it comes second: a late answer to a
 * settled cancel changes nothing, and one that contradicts it becomes a visible discrepancy.
 */
export async function settleCancel(
  domain: Domain,
  transactionId: string,
  call: Outcome<AcquireCancelAnswer>,
  actor: string,
  query?: Outcome<OverseasQueryAnswer>,
  /** Which of the cancel's calls it was; the newest when left out. */
  attempt?: number,
): Promise<TransactionResult> {
  return domain.database.atomically(domain, async (tx) => {
    const transaction = await lockTransaction(tx, transactionId);
    if (transaction === null) return noTransaction();
    if (transaction.cancelStatus === 'FAILED' && call.kind !== 'SUCCEEDED') {
      // Whoever asked for it hears what became of it, also where a repeat was quicker.
      return { ...cancelRefusal(transaction.cancelFailureCode ?? ''), transaction };
    }
    if (transaction.cancelStatus !== 'PENDING') {
      if (transaction.cancelStatus === 'FAILED') await reportLateSuccess(tx, transaction, actor);
      return { transaction };
    }

    const verdict = cancelVerdict({
      attempts: transaction.cancelAttempts,
      call,
      isPaid: isPaid(transaction.alipayStatusesSeen),
      ...(query === undefined ? {} : { query }),
    });
    if (
      verdict.status !== 'DONE' &&
      (attempt ?? transaction.cancelAttempts) !== transaction.cancelAttempts
    ) {
      // A newer call may be under way, and may yet take effect: its answer counts, and its lease.
      return { transaction };
    }
    transaction.updatedAt = tx.now();
    if (verdict.status === 'PENDING') {
      transaction.cancelNextCheckAt = new Date(
        tx.now().getTime() + settlePauseMs(transaction.cancelAttempts),
      );
      await saveTransaction(tx, transaction);
      return { transaction };
    }

    transaction.cancelStatus = verdict.status;
    transaction.cancelNextCheckAt = null;
    if (verdict.status === 'FAILED') transaction.cancelFailureCode = verdict.failureCode;
    transaction.status = transactionStatusOf(transaction);
    await saveTransaction(tx, transaction);
    appendEvent(tx, transaction, {
      type: verdict.status === 'DONE' ? 'CANCELLED' : 'CANCEL_FAILED',
      actor,
      amountMinor: transaction.amountMinor,
      occurredAt: verdict.status === 'DONE' ? cancelledAt(transaction, tx.now()) : tx.now(),
      ...(verdict.status === 'FAILED' ? { detail: { alipayCode: verdict.failureCode } } : {}),
    });
    domain.log?.info('cancel settled', { transactionId, outcome: verdict.status });
    if (verdict.status === 'DONE') return { transaction };
    return { ...cancelRefusal(verdict.failureCode), transaction };
  });
}

/** Money was given back after all. The query that follows closes the payment in our books too. */
async function reportLateSuccess(tx: Tx, transaction: Transaction, actor: string): Promise<void> {
  transaction.institutionCheckAt = tx.now();
  transaction.institutionAttempts = 0; // what was asked before was another question
  await saveTransaction(tx, transaction);
  appendEvent(tx, transaction, {
    type: 'DISCREPANCY_FOUND',
    actor,
    amountMinor: transaction.amountMinor,
    occurredAt: tx.now(),
    detail: { field: 'cancel.status', expected: 'FAILED', actual: 'DONE' },
  });
}

function cancelRefusal(alipayCode: string): ReturnType<typeof refuse> {
  if (alipayCode === 'TRADE_CANCEL_TIME_OUT') return cancelWindowClosed(alipayCode);
  return refuse(
    'ALIPAY_REJECTED',
    `Alipay refused to cancel this payment ${because(alipayCode)}. Nothing was given back; refund it instead.`,
    { alipayCode },
  );
}
