import type { Code, CodeStatus } from '../books/records';
import { QRCODE_PARAMETERS, qrcodeManners, qrcodeRefusal } from './qrcode-answers';
import { notificationOrders } from './qrcode-create';
import { answered, type Service, type ServiceContext } from './service';

const STATUS_AFTER: Readonly<Record<string, CodeStatus>> = {
  STOP: 'STOPPED',
  RESTART: 'ACTIVE',
  DELETE: 'DELETED',
};

/** Stops, restarts or deletes a code. There is no way back from a delete. */
export const qrcodeModifyStatus: Service = {
  ...qrcodeManners,
  name: 'alipay.commerce.qrcode.modifyStatus',
  parameters: {
    ...QRCODE_PARAMETERS,
    qrcode: { required: true },
    status: { required: true, pattern: /^(?:STOP|RESTART|DELETE)$/ },
  },
  run: (context, fields) => {
    const code = context.world.codeByQrcode(fields.qrcode ?? '');
    const status = STATUS_AFTER[fields.status ?? ''];
    const why = whyNot(context, code, status);
    if (!code || !status || why) return qrcodeRefusal(context, fields, why ?? '');

    context.world.changeCode(code, { status, ...notificationOrders(fields) });
    return answered({ qrcode: code.qrcode });
  },
};

function whyNot(
  context: ServiceContext,
  code: Code | undefined,
  status: CodeStatus | undefined,
): string | null {
  if (!code) return 'there is no such code';
  if (code.status === status) {
    return context.variants().sameStatus === 'refuses' ? 'the code is in that state already' : null;
  }
  return code.status === 'DELETED' ? 'the code was deleted' : null;
}
