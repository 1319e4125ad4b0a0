import { AlipayProtocolError, parseAmount } from '@countersign/alipay-protocol';

import { type Tx } from '../database/tx';
import { type Transaction } from '../transaction/transaction.entity';
import { Notification } from './notification.entity';

/**
 * A query, which is bound to our partner id, has confirmed a trade: the messages about it that
 * waited for that are applied. One that names another amount stays where it is.
 */
export async function applyQuarantinedOf(tx: Tx, transaction: Transaction): Promise<void> {
  const waiting = await tx.manager
    .createQueryBuilder(Notification, 'notification')
    .setLock('pessimistic_write')
    .where(`notification.status = 'QUARANTINED' and notification.awaitsQuery`)
    .andWhere('notification.tradeNo = :tradeNo', { tradeNo: transaction.alipayTransId })
    .orderBy('notification.id')
    .getMany();

  for (const notification of waiting) {
    const agrees = namesAmountOf(notification, transaction);
    await tx.manager.update(
      Notification,
      { id: notification.id },
      {
        transactionId: transaction.id,
        awaitsQuery: false,
        nextCheckAt: null,
        ...(agrees
          ? { status: 'APPLIED', reason: null, appliedAt: tx.now() }
          : {
              reason: 'It names another amount than Alipay’s answer to a query about this trade.',
            }),
      },
    );
  }
}

function namesAmountOf(notification: Notification, transaction: Transaction): boolean {
  const text = notification.fields?.['total_fee'];
  if (text === undefined || text === '') return true;
  try {
    return parseAmount(text, transaction.currency).minor === transaction.amountMinor;
  } catch (error) {
    if (error instanceof AlipayProtocolError) return false;
    throw error;
  }
}
