import { type Domain } from '../domain';
import { changeQrCodeStatus, type ChangeQrCodeStatus } from './change-qr-code-status';
import { type QrCodeResult } from './settle-qr-code';

/** A stopped code takes payments again. A deleted one never does (decision 10). */
export function restartQrCode(domain: Domain, command: ChangeQrCodeStatus): Promise<QrCodeResult> {
  return changeQrCodeStatus(domain, command, 'RESTART');
}
