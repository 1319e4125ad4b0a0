import { claimDue } from '../database/claim-due';
import { type Domain } from '../domain';
import { askAlipay } from './ask-alipay';
import { QrCode } from './qr-code.entity';
import { settleQrCode } from './settle-qr-code';

/** Asks Alipay again for every change whose outcome is not known and whose time has come. */
export async function settlePendingQrCodes(
  domain: Domain,
  { limit }: { readonly limit: number },
): Promise<number> {
  const due = await claimDue(domain, QrCode, { due: 'next_check_at', attempts: 'attempts', limit });
  // Together: one after the other, the leases of the last would end before their turn came.
  await Promise.all(due.map((qrCode) => settleOne(domain, qrCode)));
  return due.length;
}

async function settleOne(domain: Domain, qrCode: QrCode): Promise<void> {
  const { id, pendingChange, attempts, nextCheckAt } = qrCode;
  if (pendingChange === null) return;
  try {
    const outcome = await askAlipay(domain, qrCode, pendingChange);
    const settlement = await settleQrCode(domain, id, pendingChange, outcome, nextCheckAt);
    if ('refusal' in settlement) {
      domain.log?.warn('a change of a code that was pending is refused', {
        qrCodeId: id,
        change: pendingChange,
        alipayCode: settlement.alipayCode,
        attempts,
      });
    }
  } catch (error) {
    // Its lease ends by itself, and it is asked again then; the others go on.
    domain.log?.error('a pending change of a code could not be settled', {
      qrCodeId: id,
      change: pendingChange,
      error,
    });
  }
}
