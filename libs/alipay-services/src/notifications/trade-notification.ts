import {
  type AlipayTransId,
  type NotifyId,
  type PartnerRefundId,
  type PartnerTransId,
} from '../ids';
import {
  AlipayProtocolError,
  type Fields,
  type Money,
  parseAmount,
  type Verified,
} from '@countersign/alipay-protocol';

import { AlipayNotificationUnreadable } from '../errors';
import { maskLogin } from '../masking';
import { readTime } from '../read-time';

/** What Alipay tells about a trade, in our words. */
export interface TradeNotification {
  readonly notifyId?: NotifyId | undefined;
  readonly notifyTime?: Date | undefined;
  /** payByAccountAction, refundFPAction and the like; an open list. */
  readonly actionType?: string | undefined;
  readonly tradeNo: AlipayTransId;
  /** The id for refunds, queries and cancels. On a static code Alipay mints it. */
  readonly outTradeNo?: PartnerTransId | undefined;
  /** TRADE_SUCCESS and the like; an open list. */
  readonly tradeStatus: string;
  /** The amount as written. Compare it as money, never as text. */
  readonly totalFee?: string | undefined;
  readonly currency?: string | undefined;
  /** Only when the notification names its currency; else the code's currency counts. */
  readonly amount?: Money | undefined;
  readonly gmtCreate?: Date | undefined;
  readonly gmtPayment?: Date | undefined;
  readonly sellerId?: string | undefined;
  /** The buyer's login with its middle hidden. */
  readonly buyerLogin?: string | undefined;
  readonly refundFee?: string | undefined;
  /** The refund's own id, on notices about a refund. */
  readonly outBizNo?: PartnerRefundId | undefined;
  readonly paymentInst?: string | undefined;
  /** What create gave to be passed back. Which of two names it returns under is unverified. */
  readonly passback?: string | undefined;
  /** Everything as received, unknown fields included. Mask it before it is shown or kept. */
  readonly fields: Verified<Fields>;
}

/** Reads a notification that was verified. One that cannot be applied to a trade throws. */
export function readTradeNotification(fields: Verified<Fields>): TradeNotification {
  const currency = given(fields['currency']) ?? given(fields['trans_currency']);
  const totalFee = given(fields['total_fee']);
  const refundFee = given(fields['refund_fee']);
  const amount = totalFee === undefined ? undefined : readAmount('total_fee', totalFee, currency);
  if (refundFee !== undefined) readAmount('refund_fee', refundFee, currency);

  return {
    tradeNo: required(fields, 'trade_no'),
    tradeStatus: required(fields, 'trade_status'),
    notifyId: given(fields['notify_id']),
    notifyTime: readTime(fields['notify_time']),
    actionType: given(fields['notify_action_type']),
    outTradeNo: given(fields['out_trade_no']),
    totalFee,
    currency,
    amount: currency === undefined ? undefined : amount,
    gmtCreate: readTime(fields['gmt_create']),
    gmtPayment: readTime(fields['gmt_payment']),
    sellerId: given(fields['seller_id']),
    buyerLogin: loginOf(fields),
    refundFee,
    outBizNo: given(fields['out_biz_no']),
    paymentInst: given(fields['payment_inst']),
    passback: given(fields['extra_common_param']) ?? given(fields['passback_parameters']),
    fields,
  };
}

function required(fields: Fields, name: string): string {
  const value = given(fields[name]);
  if (value === undefined) throw new AlipayNotificationUnreadable(name, 'is missing');
  return value;
}

/** Read even when the currency is not told, because an amount that is no amount must not pass. */
function readAmount(name: string, text: string, currency = 'HKD'): Money {
  try {
    return parseAmount(text, currency);
  } catch (cause) {
    if (!(cause instanceof AlipayProtocolError)) throw cause;
    throw new AlipayNotificationUnreadable(name, 'is no amount', { cause });
  }
}

function loginOf(fields: Fields): string | undefined {
  const login = given(fields['buyer_email']) ?? given(fields['buyer_login_id']);
  return login && maskLogin(login);
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
