import { formatAmount, type Money } from '@countersign/alipay-protocol';

import { type Operation } from '../operation';
import {
  checkId,
  checkPositiveAmount,
  checkText,
  firstComplaint,
  type RequestComplaint,
} from '../request-checks';
import { readVerdict } from '../verdict';

export interface SpotRefundRequest {
  /** The trade's own id; on a static code Alipay minted it. */
  readonly partnerTransId: string;
  readonly alipayTransId?: string | undefined;
  /** Together with the partner this names the refund, for ever. A repeat keeps it. */
  readonly partnerRefundId: string;
  readonly amount: Money;
  readonly reason?: string | undefined;
}

export interface SpotRefundAnswer {
  readonly partnerTransId: string;
  readonly partnerRefundId: string;
  readonly alipayTransId?: string;
  readonly amount: Money;
}

/** Gives back a part or the whole of a paid trade, and says the final result at once. */
export const spotRefund: Operation<SpotRefundRequest, SpotRefundAnswer> = {
  service: 'alipay.acquire.overseas.spot.refund',
  check: checkSpotRefund,
  encode: (request) => ({
    partner_trans_id: request.partnerTransId,
    alipay_trans_id: request.alipayTransId,
    partner_refund_id: request.partnerRefundId,
    refund_amount: formatAmount(request.amount),
    currency: request.amount.currency,
    refund_reson: request.reason, // [sic] the HK page spells it so
    is_sync: 'Y', // the default, N, would say only that the refund was accepted
  }),
  echoes: (request) => ({
    ids: {
      partner_refund_id: request.partnerRefundId,
      partner_trans_id: request.partnerTransId,
      alipay_trans_id: request.alipayTransId,
    },
    idNeeded: true,
    amount: { field: 'refund_amount', asked: request.amount },
  }),
  decode: (answer, request) =>
    readVerdict(answer, () => toAnswer(request, answer['alipay_trans_id'])),
};

export function checkSpotRefund(request: SpotRefundRequest): RequestComplaint | undefined {
  return firstComplaint(
    checkId('partnerTransId', request.partnerTransId),
    checkId('alipayTransId', request.alipayTransId, { optional: true }),
    checkId('partnerRefundId', request.partnerRefundId),
    request.partnerRefundId === request.partnerTransId
      ? { field: 'partnerRefundId', message: 'must differ from partnerTransId' }
      : undefined,
    checkPositiveAmount('amount', request.amount),
    checkRefundReason(request.reason),
  );
}

export function checkRefundReason(reason: string | undefined): RequestComplaint | undefined {
  return checkText('reason', reason, { optional: true, lengthMax: 128 });
}

function toAnswer(request: SpotRefundRequest, echoed: string | undefined): SpotRefundAnswer {
  const { partnerTransId, partnerRefundId, amount } = request;
  const alipayTransId = echoed ?? request.alipayTransId;
  return {
    partnerTransId,
    partnerRefundId,
    amount,
    ...(alipayTransId === undefined ? {} : { alipayTransId }),
  };
}
