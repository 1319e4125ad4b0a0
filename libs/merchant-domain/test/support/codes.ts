import { type Fields } from '@countersign/alipay-protocol';

import { type CreateQrCode } from '../../src/qr-code/create-qr-code';
import { QrCode } from '../../src/qr-code/qr-code.entity';
import { type QrCodeResult } from '../../src/qr-code/settle-qr-code';
import { type Reply, signed } from './gateway';
import { type World } from './world';

export const CREATE = 'alipay.commerce.qrcode.create';
export const MODIFY = 'alipay.commerce.qrcode.modify';
export const MODIFY_STATUS = 'alipay.commerce.qrcode.modifyStatus';

let issuedCodes = 0;

/** Alipay issues a code that nobody has yet. */
export function issuesCode(): Reply {
  issuedCodes += 1;
  return signed({
    qrcode: `https://qr.alipay.com/ocx${issuedCodes}${process.pid}`,
    qrcode_img_url: `https://mobilecodec.alipay.com/show.htm?code=ocx${issuedCodes}`,
  });
}

/** Alipay does what was asked of a code. */
export function agrees(request: Fields): Reply {
  return signed({ qrcode: request['qrcode'] ?? '' });
}

export function createCommand(
  world: World,
  storeId: string,
  own: Partial<CreateQrCode> = {},
): CreateQrCode {
  return {
    caller: world.owner,
    storeId,
    transactionCurrency: 'HKD',
    settlementCurrency: 'HKD',
    ...own,
  };
}

/** The code of a result that has one. */
export function codeOf(result: QrCodeResult): QrCode {
  if (result.qrCode === undefined) throw new Error(`no code: ${JSON.stringify(result)}`);
  return result.qrCode;
}

export function reload(world: World, { id }: Pick<QrCode, 'id'>): Promise<QrCode> {
  return world.database.manager.findOneByOrFail(QrCode, { id });
}

export function bizDataOf(request: Fields | undefined): unknown {
  return JSON.parse(request?.['biz_data'] ?? 'null');
}
