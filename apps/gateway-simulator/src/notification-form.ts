import {
  AlipayProtocolError,
  encodeNotification,
  formatGatewayTime,
  type Charset,
  type Fields,
} from '@countersign/alipay-protocol';
import { SIGN_TYPES, type Code, type Refund } from './books/records';
import type { KeyRing } from './key-ring';
import type { TradeChange } from './world';

export interface NotificationForm {
  readonly form: Fields;
  readonly contentType: string;
  readonly body: string;
}

interface Writing extends TradeChange {
  readonly code: Code;
  readonly notifyId: string;
  readonly now: Date;
  readonly sellerId: string;
  readonly keys: KeyRing;
  readonly hasExtras: boolean;
}

/** The signed form that tells a merchant of a change (PROTOCOL.md: fields of the trade notification). */
export function writeNotification(writing: Writing): NotificationForm {
  const { code, keys } = writing;
  const signType = keys.canSign(code.notifySignType)
    ? code.notifySignType
    : (SIGN_TYPES.find((known) => keys.canSign(known)) ?? 'MD5');
  const fields = notificationFields(writing);
  const encode = (charset: Charset): NotificationForm => {
    const encoded = encodeNotification(fields, keys.signer(signType, charset), { charset });
    const body = Buffer.from(encoded.body).toString('latin1'); // percent-encoded, so ASCII in any charset
    const sign = new URLSearchParams(body).get('sign') ?? '';
    return {
      form: { ...fields, sign_type: signType, sign },
      contentType: encoded.contentType,
      body,
    };
  };
  try {
    return encode(code.notifyCharset);
  } catch (error) {
    // A shop's name that GBK lacks: better told in UTF-8 than not at all.
    if (error instanceof AlipayProtocolError && error.code === 'ALIPAY_UNENCODABLE_TEXT')
      return encode('UTF-8');
    throw error;
  }
}

function notificationFields({
  trade,
  action,
  refund,
  code,
  notifyId,
  now,
  sellerId,
  hasExtras,
}: Writing): Fields {
  return {
    notify_time: formatGatewayTime(now),
    notify_type: 'trade_status_sync',
    notify_id: notifyId,
    ...(action === 'freezeAction' ? {} : { notify_action_type: action }), // no name of it was ever seen
    out_trade_no: trade.outTradeNo,
    trade_no: trade.tradeNo,
    trade_status: trade.status,
    subject: code.storeName,
    total_fee: trade.amount,
    price: trade.amount,
    quantity: '1',
    gmt_create: formatGatewayTime(new Date(trade.createdAt)),
    ...(trade.paidAt === null ? {} : { gmt_payment: formatGatewayTime(new Date(trade.paidAt)) }),
    seller_id: sellerId,
    seller_email: 'mer***@example.hk',
    buyer_id: trade.buyer.id,
    buyer_email: trade.buyer.login,
    currency: trade.currency,
    paytools_pay_amount: JSON.stringify([{ ALIPAYACCOUNT: trade.amount }]),
    ...(refund ? refundFields(refund) : {}),
    ...(code.passback === '' ? {} : { extra_common_param: code.passback }),
    ...(hasExtras ? extraFields(code) : {}),
  };
}

function refundFields(refund: Refund): Fields {
  return { refund_fee: refund.amount, out_biz_no: refund.partnerRefundId };
}

/** Plausible for a static code, and seen in no source. */
function extraFields(code: Code): Fields {
  return {
    qrcode: code.qrcode,
    secondary_merchant_id: code.merchantId,
    secondary_merchant_name: code.merchantName,
    ...(code.storeId === '' ? {} : { store_id: code.storeId }),
  };
}
