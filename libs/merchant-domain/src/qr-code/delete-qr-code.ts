import { type Domain } from '../domain';
import { changeQrCodeStatus, type ChangeQrCodeStatus } from './change-qr-code-status';
import { type QrCodeResult } from './settle-qr-code';

/** Ends a code for ever; its store can then have a new one of that kind. */
export function deleteQrCode(domain: Domain, command: ChangeQrCodeStatus): Promise<QrCodeResult> {
  return changeQrCodeStatus(domain, command, 'DELETE');
}
