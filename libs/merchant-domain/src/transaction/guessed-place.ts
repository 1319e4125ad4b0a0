import { IsNull } from 'typeorm';

import { type Tx } from '../database/tx';
import { RECONCILIATION } from '../event/actors';
import { TransactionEvent } from '../event/transaction-event.entity';
import { Notification } from '../inbox/notification.entity';
import { type Transaction } from './transaction.entity';

/**
 * Whether nothing but a statement's line stands for where a payment was made: it names the merchant alone,
 * and a restored backup may lack the store, or the code, of that merchant where the customer was.
 */
export async function isPlaceGuessed(
  { manager }: Tx,
  { id: transactionId, storeId, qrCodeId }: Transaction,
): Promise<boolean> {
  if (storeId === null) return false;
  const cameByFile = await manager.existsBy(TransactionEvent, {
    ...{ transactionId, type: 'PAYMENT_RECEIVED', actor: RECONCILIATION, storeId },
    qrCodeId: qrCodeId ?? IsNull(),
  });
  if (!cameByFile || qrCodeId === null) return cameByFile;
  // Its own message may have come to the address of that very code.
  return !(await manager.existsBy(Notification, { transactionId, qrCodeId, status: 'APPLIED' }));
}
