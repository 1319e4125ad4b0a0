import { formatAmount, type Money } from '@countersign/alipay-protocol';

import { type AlipayTransId, type PartnerRefundId, type PartnerTransId } from '../ids';
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
  readonly partnerTransId: PartnerTransId;
  readonly alipayTransId?: AlipayTransId | undefined;
  /** Together with the partner this names the refund, for ever. A repeat keeps it. */
  readonly partnerRefundId: PartnerRefundId;
  readonly amount: Money;
  readonly reason?: string | undefined;
}

export interface SpotRefundAnswer {
  readonly partnerTransId: PartnerTransId;
  readonly partnerRefundId: PartnerRefundId;
  readonly alipayTransId?: AlipayTransId;
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
    isNoQuery: true,
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
    isSame(request.partnerRefundId, request.partnerTransId)
      ? { field: 'partnerRefundId', message: 'must differ from partnerTransId' }
      : undefined,
    checkPositiveAmount('amount', request.amount),
    checkRefundReason(request.reason),
  );
}

/** As text: for the types the two can never be the same. */
function isSame(one: string, other: string): boolean {
  return one === other;
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
