import { type Tx } from '../database/tx';
import { ALIPAY } from '../event/actors';
import { takeCode } from '../inbox/quarantine';
import { Transaction } from '../transaction/transaction.entity';
import { type QrCode } from './qr-code.entity';

/**
 * What was told at the address of a code before Alipay had answered its create, with the code that is on
 * record already: it was paid there, and whoever listens there has not heard of it.
 */
export async function movePayments(tx: Tx, { id: qrCodeId }: QrCode, there: QrCode): Promise<void> {
  const payments = await tx.manager.find(Transaction, {
    where: { qrCodeId },
    order: { alipayTransId: 'ASC' },
    lock: { mode: 'for_no_key_update' },
  });
  for (const payment of payments) await takeCode(tx, payment, there, ALIPAY);
}
