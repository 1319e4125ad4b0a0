import { type Domain } from '../domain';
import { changeQrCodeStatus, type ChangeQrCodeStatus } from './change-qr-code-status';
import { type QrCodeResult } from './settle-qr-code';

/** Nobody can pay on the code until it is restarted. Stopping a stopped code changes nothing. */
export function stopQrCode(domain: Domain, command: ChangeQrCodeStatus): Promise<QrCodeResult> {
  return changeQrCodeStatus(domain, command, 'STOP');
}
