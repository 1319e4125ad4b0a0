import { type TransactionEvent } from './transaction-event.entity';
import { type Transaction } from '../transaction/transaction.entity';
import { type Tx } from '../database/tx';

/** An event as a use case tells it; its position comes with the commit. */
export interface NewEvent extends Pick<TransactionEvent, 'type' | 'actor' | 'occurredAt'> {
  readonly refundId?: string;
  readonly amountMinor?: bigint;
  readonly detail?: Record<string, string>;
}

/**
 * Adds an event to the block. The block writes all of its events as its last statement, under an
 * advisory lock held until the commit: positions are then in order of commit, so that a reader who
 * has seen position n misses nothing below it.
 */
export function appendEvent(tx: Tx, transaction: Transaction, event: NewEvent): void {
  tx.events.push({
    id: tx.newId(),
    transactionId: transaction.id,
    storeId: transaction.storeId,
    qrCodeId: transaction.qrCodeId,
    type: event.type,
    status: transaction.status,
    amountMinor: event.amountMinor ?? null,
    currency: event.amountMinor === undefined ? null : transaction.currency,
    refundId: event.refundId ?? null,
    actor: event.actor,
    detail: event.detail ?? null,
    occurredAt: event.occurredAt,
    recordedAt: tx.now(),
  });
}
