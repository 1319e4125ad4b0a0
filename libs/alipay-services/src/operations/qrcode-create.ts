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
import { checkNotifyUrl, firstComplaint, within } from '../request-checks';
import { undecided } from '../verdict';
import { readQrCodeVerdict } from './qrcode-verdict';

export interface QrcodeCreateRequest {
  /** Where Alipay reports every later payment. Without it no notification can arrive. */
  readonly notifyUrl?: string | undefined;
  readonly bizData: QrCodeBizData;
}

export interface QrcodeCreateAnswer {
  /** The text that the printed code holds, and the code's identity ever after. */
  readonly qrcode: QrcodeText;
  readonly qrcodeImgUrl?: string;
}

/**
 * Creates the static code of a store, or returns the one it has: there is no request id, and a
 * repeat is harmless.
 */
export const qrcodeCreate: Operation<QrcodeCreateRequest, QrcodeCreateAnswer> = {
  service: 'alipay.commerce.qrcode.create',
  check: (request, charset) =>
    firstComplaint(
      checkNotifyUrl('notifyUrl', request.notifyUrl),
      within('bizData', checkQrCodeBizData(request.bizData, charset)),
    ),
  encode: (request, now) => ({
    timestamp: formatGatewayTime(now),
    notify_url: request.notifyUrl,
    biz_type: QR_CODE_BIZ_TYPE,
    biz_data: encodeQrCodeBizData(request.bizData),
  }),
  // The answer names nothing that we asked with.
  echoes: () => ({ ids: {}, idNeeded: false }),
  decode: (answer) => {
    const { qrcode, qrcode_img_url: qrcodeImgUrl } = answer;
    return readQrCodeVerdict<QrcodeCreateAnswer>(answer, () =>
      qrcode === undefined || qrcode === ''
        ? undecided('it holds no code')
        : succeeded({ qrcode, ...(qrcodeImgUrl ? { qrcodeImgUrl } : {}) }),
    );
  },
};
