import { type Fields } from '@countersign/alipay-protocol';

import { type AlipayTransId, type PartnerTransId } from '../ids';
import { type Operation } from '../operation';
import { checkId, firstComplaint, type RequestComplaint } from '../request-checks';
import { readVerdict } from '../verdict';

export interface AcquireCancelRequest {
  /** The trade's id, called partner_trans_id by refund and query. */
  readonly outTradeNo: PartnerTransId;
  /** Wins over the other when both are sent. */
  readonly tradeNo?: AlipayTransId | undefined;
}

export interface AcquireCancelAnswer {
  readonly outTradeNo: PartnerTransId;
  readonly tradeNo?: AlipayTransId;
  /** `close`: it was unpaid. `refund`: it was paid, and is given back in full. Left out of any other. */
  readonly action?: CancelAction;
}

const CANCEL_ACTIONS = ['close', 'refund'] as const;
type CancelAction = (typeof CANCEL_ACTIONS)[number];

/**
 * Closes an unpaid trade, or gives a paid one back in full, on the same Beijing day. There is no
 * id of a cancel: a repeat of one that succeeded succeeds.
 */
export const acquireCancel: Operation<AcquireCancelRequest, AcquireCancelAnswer> = {
  service: 'alipay.acquire.cancel',
  check: checkAcquireCancel,
  encode: (request, now) => ({
    timestamp: String(now.getTime()), // milliseconds here, where the qrcode services want Beijing time
    out_trade_no: request.outTradeNo,
    trade_no: request.tradeNo,
  }),
  echoes: (request) => ({
    ids: { out_trade_no: request.outTradeNo, trade_no: request.tradeNo },
    idNeeded: true,
    isNoQuery: true,
  }),
  decode: (answer, request) =>
    readVerdict(answer, () => {
      const { trade_no: echoed } = answer;
      const action = readAction(answer);
      const tradeNo = echoed ?? request.tradeNo;
      return {
        outTradeNo: request.outTradeNo,
        ...(tradeNo ? { tradeNo } : {}),
        ...(action ? { action } : {}),
      };
    }),
};

/** However it is written: CLOSE gives nothing back either. Another word says as little as none. */
function readAction({ action: word = '' }: Fields): CancelAction | undefined {
  return CANCEL_ACTIONS.find((action) => action === word.toLowerCase());
}

export function checkAcquireCancel(request: AcquireCancelRequest): RequestComplaint | undefined {
  return firstComplaint(
    checkId('outTradeNo', request.outTradeNo),
    checkId('tradeNo', request.tradeNo, { optional: true }),
  );
}
