import { type Tx } from '../database/tx';
import { ALIPAY } from '../event/actors';
import { Notification } from '../inbox/notification.entity';
import { takeCode } from '../inbox/quarantine';
import { Transaction } from '../transaction/transaction.entity';
import { type QrCode } from './qr-code.entity';

/**
 * What was told at the address of a code before Alipay had answered its create, with the code that is on
 * record already: it was paid there, and whoever listens there has not heard of it. What was kept out, as a
 * message about a payment that was begun there, is looked at once more.
 */
export async function movePayments(tx: Tx, { id: qrCodeId }: QrCode, there: QrCode): Promise<void> {
  const payments = await lockPaymentsAt(tx, qrCodeId);
  for (const payment of payments) await takeCode(tx, payment, there, ALIPAY);
  await tx.manager.update(
    Notification,
    { qrCodeId, status: 'QUARANTINED', awaitsQuery: false },
    { status: 'RECEIVED', reason: null },
  );
  tx.hasFilledInbox = true;
}

/** Payments are locked before their code, as the inbox does it: so the two never wait for each other. */
export function lockPaymentsAt(tx: Tx, qrCodeId: string): Promise<Transaction[]> {
  return tx.manager.find(Transaction, {
    where: { qrCodeId },
    order: { alipayTransId: 'ASC' },
    lock: { mode: 'for_no_key_update' },
  });
}
