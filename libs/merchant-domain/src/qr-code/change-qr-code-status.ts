import { requireAction } from '../access/access.rules';
import { type Caller, type Domain } from '../domain';
import { askAlipay } from './ask-alipay';
import { lockQrCodeFor } from './lock-qr-code';
import { openQrCodeChange } from './open-qr-code';
import { decideStatusChange, type QrCodeStatusChange } from './qr-code.rules';
import { type QrCodeResult, settleQrCode } from './settle-qr-code';

export interface ChangeQrCodeStatus {
  readonly caller: Caller;
  readonly qrCodeId: string;
}

/** Stop, restart and delete are one deed with three names: open, call, settle. */
export async function changeQrCodeStatus(
  domain: Domain,
  { caller, qrCodeId }: ChangeQrCodeStatus,
  change: QrCodeStatusChange,
): Promise<QrCodeResult> {
  requireAction(caller, 'MANAGE_CODES');

  const opened = await domain.database.atomically(domain, async (tx) => {
    const qrCode = await lockQrCodeFor(tx, caller, qrCodeId);
    if ('refusal' in qrCode) return qrCode;
    const decision = decideStatusChange(qrCode, change);
    if (typeof decision === 'object') return { ...decision, qrCode };
    if (decision === 'NOTHING_TO_DO') return { qrCode, isNew: false };
    await openQrCodeChange(domain, tx, qrCode, change);
    return { qrCode, isNew: true };
  });
  if ('refusal' in opened) return opened;
  if (!opened.isNew) return { qrCode: opened.qrCode };

  const outcome = await askAlipay(domain, opened.qrCode, change);

  return settleQrCode(domain, qrCodeId, change, outcome, opened.qrCode.nextCheckAt);
}
