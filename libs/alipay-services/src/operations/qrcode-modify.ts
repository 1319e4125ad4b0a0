import { formatGatewayTime } from '@countersign/alipay-protocol';

import { type QrcodeText } from '../ids';
import { type Operation } from '../operation';
import { succeeded } from '../outcome';
import {
  checkQrCodeBizData,
  encodeQrCodeBizData,
  QR_CODE_BIZ_TYPE,
  type QrCodeBizData,
} from '../qr-code-biz-data';
import { checkNotifyUrl, checkQrcode, firstComplaint, within } from '../request-checks';
import { readQrCodeVerdict } from './qrcode-verdict';

export interface QrcodeModifyRequest {
  /** Replaces the address given at create; what leaving it out does is unverified. */
  readonly notifyUrl?: string | undefined;
  readonly qrcode: QrcodeText;
  /** The whole content: a modify replaces, it does not patch. */
  readonly bizData: QrCodeBizData;
}

export interface QrcodeModifyAnswer {
  readonly qrcode: QrcodeText;
}

/** Replaces the content behind a printed code. The code itself stays as it is. */
export const qrcodeModify: Operation<QrcodeModifyRequest, QrcodeModifyAnswer> = {
  service: 'alipay.commerce.qrcode.modify',
  check: (request, charset) =>
    firstComplaint(
      checkNotifyUrl('notifyUrl', request.notifyUrl),
      checkQrcode('qrcode', request.qrcode),
      within('bizData', checkQrCodeBizData(request.bizData, charset)),
    ),
  encode: (request, now) => ({
    timestamp: formatGatewayTime(now),
    notify_url: request.notifyUrl,
    biz_type: QR_CODE_BIZ_TYPE,
    qrcode: request.qrcode,
    biz_data: encodeQrCodeBizData(request.bizData),
  }),
  echoes: (request) => ({ ids: { qrcode: request.qrcode }, idNeeded: false }),
  decode: (answer, request) =>
    readQrCodeVerdict(answer, () => succeeded({ qrcode: request.qrcode })),
};
