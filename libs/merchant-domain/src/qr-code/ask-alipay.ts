import { type Outcome, type QrCodeBizData } from '@countersign/alipay-services';

import { HELD_UP, mayStillLeave } from '../database/claim-due';
import { type Domain } from '../domain';
import { asOutcome } from '../gateway-call/as-outcome';
import { notificationTokenFor } from '../inbox/notification-token';
import { Merchant } from '../merchant/merchant.entity';
import { Store } from '../store/store.entity';
import { bizDataOf, type Place } from './biz-data.rules';
import { type PendingQrCodeChange, type QrCode } from './qr-code.entity';

/** The code that was spoken of, and a picture where one was made. */
export interface QrCodeAnswer {
  readonly qrcode: string;
  readonly qrcodeImgUrl?: string;
}

export type QrCodeOutcome = Outcome<QrCodeAnswer>;

/**
 * One attempt at what is pending for a code, while its lease lasts: one that was held up could undo
 * what somebody has asked for since. A repeat is the same call with the same ids and content; only
 * its timestamp is fresh.
 */
export async function askAlipay(
  domain: Domain,
  qrCode: QrCode,
  change: PendingQrCodeChange,
): Promise<QrCodeOutcome> {
  const place = await placeOf(domain, qrCode);
  if (!mayStillLeave(domain, qrCode.nextCheckAt)) return HELD_UP;
  return asOutcome(() => send(domain, qrCode, change, place));
}

function send(
  domain: Domain,
  qrCode: QrCode,
  change: PendingQrCodeChange,
  place: Place,
): Promise<QrCodeOutcome> {
  const notifyUrl = domain.notifyUrl?.(notificationTokenFor(domain.database, qrCode.id));
  const bizData: QrCodeBizData = {
    ...bizDataOf(place, qrCode, qrCode.pendingModification ?? {}),
    notifySignType: domain.notifySignType,
  };
  const qrcode = qrCode.code ?? '';
  switch (change) {
    case 'CREATE':
      return domain.alipay.qrcodeCreate({ notifyUrl, bizData });
    case 'IMPORT':
    case 'MODIFY':
      return domain.alipay.qrcodeModify({ notifyUrl, qrcode, bizData });
    case 'STOP':
    case 'RESTART':
    case 'DELETE':
      return domain.alipay.qrcodeModifyStatus({ notifyUrl, qrcode, status: change });
  }
}

async function placeOf({ database: { manager } }: Domain, qrCode: QrCode): Promise<Place> {
  const store = await manager.findOneByOrFail(Store, { id: qrCode.storeId });
  const merchant = await manager.findOneByOrFail(Merchant, { id: store.merchantId });
  return { store, merchant };
}
