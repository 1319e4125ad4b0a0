import { type Fields, type Money, parseAmount } from '@countersign/alipay-protocol';

import { maskLogin } from '../masking';
import { type AlipayTransId, type PartnerTransId } from '../ids';
import { type Operation } from '../operation';
import { type Outcome, succeeded } from '../outcome';
import { readTime } from '../read-time';
import { checkId, firstComplaint, type RequestComplaint } from '../request-checks';
import { readVerdict, undecided } from '../verdict';

/** At least one of the two. HK's table requires the first; a customer can often show only the other. */
export interface OverseasQueryRequest {
  readonly partnerTransId?: PartnerTransId | undefined;
  readonly alipayTransId?: AlipayTransId | undefined;
}

export interface OverseasQueryAnswer {
  readonly alipayTransId: AlipayTransId;
  /**
   * Whether the answer says so itself, or was asked for by that number alone. If not, it is about the order,
   * and the number is that of the question, taken over.
   */
  readonly namesAlipayTransId: boolean;
  readonly partnerTransId: PartnerTransId;
  /** TRADE_SUCCESS and the like. An open list: a state we do not know is passed on as it is. */
  readonly tradeStatus: string;
  readonly amount: Money | undefined;
  readonly payTime?: Date;
  /** The wallet that paid: ALIPAYHK, ALIPAYCN, or one we do not know yet. */
  readonly paymentInst?: string;
  /** As Alipay masks it. */
  readonly buyerLoginId?: string;
}

/** Asks for the state of one trade. Refunds of a part do not show in it. */
export const overseasQuery: Operation<OverseasQueryRequest, OverseasQueryAnswer> = {
  service: 'alipay.acquire.overseas.query',
  check: checkOverseasQuery,
  encode: (request) => ({
    partner_trans_id: request.partnerTransId,
    alipay_trans_id: request.alipayTransId,
  }),
  echoes: (request) => ({
    ids: {
      partner_trans_id: request.partnerTransId,
      out_trade_no: request.partnerTransId, // the same id under its other name
      alipay_trans_id: request.alipayTransId,
    },
    idNeeded: true,
  }),
  decode: (answer, request) => {
    // SUCCESS here speaks of the query itself, not of the trade.
    const verdict = readVerdict(answer, () => answer);
    return verdict.kind === 'SUCCEEDED' ? readTrade(answer, request) : verdict;
  },
};

export function checkOverseasQuery(request: OverseasQueryRequest): RequestComplaint | undefined {
  return firstComplaint(
    checkId('partnerTransId', request.partnerTransId, { optional: Boolean(request.alipayTransId) }),
    checkId('alipayTransId', request.alipayTransId, { optional: true }),
  );
}

function readTrade(fields: Fields, asked: OverseasQueryRequest): Outcome<OverseasQueryAnswer> {
  const named = given(fields['alipay_trans_id']);
  const alipayTransId = named ?? given(asked.alipayTransId);
  const partnerTransId =
    given(fields['partner_trans_id']) ??
    given(fields['out_trade_no']) ??
    given(asked.partnerTransId);
  const tradeStatus = given(fields['alipay_trans_status']);
  if (alipayTransId === undefined || partnerTransId === undefined) {
    return undecided('it does not name the trade');
  }
  if (tradeStatus === undefined) return undecided("it lacks the trade's status");

  const payTime = readTime(fields['alipay_pay_time']);
  const paymentInst = given(fields['payment_inst']);
  const buyerLoginId = given(fields['alipay_buyer_login_id']);
  return succeeded({
    alipayTransId,
    namesAlipayTransId: named !== undefined || given(asked.partnerTransId) === undefined,
    partnerTransId,
    tradeStatus,
    amount: readAmount(fields),
    ...(payTime === undefined ? {} : { payTime }),
    ...(paymentInst === undefined ? {} : { paymentInst }),
    ...(buyerLoginId === undefined ? {} : { buyerLoginId: maskLogin(buyerLoginId) }),
  });
}

/** An amount without its currency is no amount. */
function readAmount({ trans_amount: amount, currency }: Fields): Money | undefined {
  return amount && currency ? parseAmount(amount, currency) : undefined;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
