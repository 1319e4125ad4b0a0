import { formatGatewayTime } from '@countersign/alipay-protocol';

import { type QrcodeText } from '../ids';
import { type Operation } from '../operation';
import { succeeded } from '../outcome';
import { QR_CODE_BIZ_TYPE } from '../qr-code-biz-data';
import {
  checkNotifyUrl,
  checkQrcode,
  firstComplaint,
  type RequestComplaint,
} from '../request-checks';
import { readQrCodeVerdict } from './qrcode-verdict';

/** DELETE cannot be taken back: a deleted code is never restarted. */
export type QrcodeStatusChange = 'STOP' | 'RESTART' | 'DELETE';

export interface QrcodeModifyStatusRequest {
  readonly notifyUrl?: string | undefined;
  readonly qrcode: QrcodeText;
  readonly status: QrcodeStatusChange;
}

export interface QrcodeModifyStatusAnswer {
  readonly qrcode: QrcodeText;
}

/** Stops, restarts or deletes a code. `status` stands at the top level: there is no biz_data. */
export const qrcodeModifyStatus: Operation<QrcodeModifyStatusRequest, QrcodeModifyStatusAnswer> = {
  service: 'alipay.commerce.qrcode.modifyStatus',
  check: (request) =>
    firstComplaint(
      checkNotifyUrl('notifyUrl', request.notifyUrl),
      checkQrcode('qrcode', request.qrcode),
      checkStatus(request.status),
    ),
  encode: (request, now) => ({
    timestamp: formatGatewayTime(now),
    notify_url: request.notifyUrl,
    biz_type: QR_CODE_BIZ_TYPE,
    qrcode: request.qrcode,
    status: request.status,
  }),
  echoes: (request) => ({ ids: { qrcode: request.qrcode }, idNeeded: false }),
  decode: (answer, request) =>
    readQrCodeVerdict(answer, () => succeeded({ qrcode: request.qrcode })),
};

// Typed callers cannot get this wrong; JavaScript callers can.
function checkStatus(status: string): RequestComplaint | undefined {
  return ['STOP', 'RESTART', 'DELETE'].includes(status)
    ? undefined
    : { field: 'status', message: 'must be STOP, RESTART or DELETE' };
}
