import { In, IsNull } from 'typeorm';

import { type Tx } from '../database/tx';
import { RECONCILIATION } from '../event/actors';
import { TransactionEvent } from '../event/transaction-event.entity';
import { Notification } from '../inbox/notification.entity';
import { QrCode } from '../qr-code/qr-code.entity';
import { type Transaction } from './transaction.entity';

/**
 * Whether nothing but a statement's line stands for where a payment was made: it names the merchant alone,
 * and a restored backup may lack the store, or the code, of that merchant where the customer was.
 */
export async function isPlaceGuessed(
  { manager, events }: Tx,
  { id: transactionId, storeId, qrCodeId }: Transaction,
): Promise<boolean> {
  if (storeId === null) return false;
  const told = { transactionId, type: 'PAYMENT_RECEIVED', actor: RECONCILIATION, storeId } as const;
  const cameByFile =
    // Of this very block, which writes its events at its end: a message may have waited for the line.
    events.some(
      (event) =>
        event.transactionId === transactionId &&
        event.type === told.type &&
        event.actor === told.actor &&
        event.storeId === storeId &&
        event.qrCodeId === qrCodeId,
    ) || (await manager.existsBy(TransactionEvent, { ...told, qrCodeId: qrCodeId ?? IsNull() }));
  if (!cameByFile || qrCodeId === null) return cameByFile;
  // Its own message may have come to the address of that very code, or of one that stands for it.
  const shared = await manager.findBy(QrCode, { sameAsId: qrCodeId });
  const addressed = In([qrCodeId, ...shared.map(({ id }) => id)]);
  const heard = { transactionId, qrCodeId: addressed, status: 'APPLIED' } as const;
  return !(await manager.existsBy(Notification, heard));
}
