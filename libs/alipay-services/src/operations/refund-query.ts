import { type Fields } from '@countersign/alipay-protocol';

import { type AlipayTransId, type PartnerRefundId, type PartnerTransId } from '../ids';
import { type Operation } from '../operation';
import { type Outcome, type Rejected, succeeded, type Unknown } from '../outcome';
import { readTime } from '../read-time';
import { checkId, firstComplaint, type RequestComplaint } from '../request-checks';
import { errorCodeOf, readRefusal, readVerdict, undecided } from '../verdict';

export interface RefundQueryRequest {
  readonly outTradeNo: PartnerTransId;
  /** The id the refund was asked under. */
  readonly outReturnNo: PartnerRefundId;
}

/** NOT_FOUND: Alipay knows the trade and has no refund of this id. */
export type RefundQueryStatus = 'SUCCESS' | 'FAILED' | 'CANCELED' | 'PROCESSING' | 'NOT_FOUND';

export interface RefundQueryAnswer {
  readonly refundStatus: RefundQueryStatus;
  /** Why it failed or still waits. */
  readonly refundErrorCode?: string;
  readonly tradeNo?: AlipayTransId;
  /** When Alipay accepted the refund. */
  readonly createdAt?: Date;
}

/** Asks what became of one refund. Its result stands in `response_code`, not in `result_code`. */
export const refundQuery: Operation<RefundQueryRequest, RefundQueryAnswer> = {
  service: 'alipay.acquire.refund.query',
  check: checkRefundQuery,
  encode: (request) => ({
    out_trade_no: request.outTradeNo,
    out_return_no: request.outReturnNo,
  }),
  echoes: (request, answer) => ({
    ids: { out_return_no: request.outReturnNo, out_trade_no: request.outTradeNo },
    // "No such refund" has nothing to repeat; the state of one must say whose it is.
    idNeeded: answer['refund_result_code'] !== undefined,
  }),
  decode: (answer) => {
    const responseCode = answer['response_code'];
    switch (responseCode) {
      case 'SUCCESS':
        return readRefundState(answer);
      case 'NOT_FOUND':
        return succeeded({ refundStatus: 'NOT_FOUND' });
      case undefined:
      case '':
      case 'FAIL':
      case 'FAILED':
        return readOtherShape(answer);
      default:
        return readRefusal(answer, responseCode);
    }
  },
};

export function checkRefundQuery(request: RefundQueryRequest): RequestComplaint | undefined {
  return firstComplaint(
    checkId('outTradeNo', request.outTradeNo),
    checkId('outReturnNo', request.outReturnNo, { lengthMax: 128 }),
  );
}

const REFUND_STATES = {
  SUCCESS: 'SUCCESS',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
  PROCESSING: 'PROCESSING',
} as const satisfies Partial<Record<RefundQueryStatus, RefundQueryStatus>>;

function readRefundState(fields: Fields): Outcome<RefundQueryAnswer> {
  const state = fields['refund_result_code'] ?? '';
  if (!isRefundState(state)) return undecided(`its refund_result_code is ${state || 'missing'}`);

  const { refund_error_code: refundErrorCode, trade_no: tradeNo } = fields;
  const createdAt = readTime(fields['gmt_create']);
  return succeeded({
    refundStatus: state,
    ...(refundErrorCode ? { refundErrorCode } : {}),
    ...(tradeNo ? { tradeNo } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
  });
}

/** Without a response_code there can still be a refusal, in the shape of the other services. */
function readOtherShape(fields: Fields): Rejected | Unknown {
  if (errorCodeOf(fields) !== undefined) return readRefusal(fields);
  const verdict = readVerdict(fields, () => undefined);
  return verdict.kind === 'SUCCEEDED' ? undecided('it lacks a response_code') : verdict;
}

function isRefundState(state: string): state is keyof typeof REFUND_STATES {
  return Object.hasOwn(REFUND_STATES, state);
}
