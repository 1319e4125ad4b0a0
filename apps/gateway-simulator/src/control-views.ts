import { formatAmount } from '@countersign/alipay-protocol';
import type { Code, Notification, StoreRegistration, Trade } from './books/records';
import { statusAt, storeStatusAt } from './books/registration.rules';
import { refundedMinor } from './books/trade.rules';
import type { Variants } from './variants';
import type { World } from './world';

/** The books as the control API shows them. */
export function viewTrade(world: World, trade: Trade) {
  const code = world.codeById(trade.codeId);
  return {
    trade_no: trade.tradeNo,
    out_trade_no: trade.outTradeNo,
    qrcode: code?.qrcode ?? null,
    amount: trade.amount,
    currency: trade.currency,
    trade_status: trade.status,
    wallet: trade.wallet,
    buyer_id: trade.buyer.id,
    buyer_login: trade.buyer.login,
    gmt_create: isoTime(trade.createdAt),
    gmt_payment: isoTime(trade.paidAt),
    gmt_close: isoTime(trade.closedAt),
    cancelled: trade.cancelled,
    refunded: formatAmount({ minor: refundedMinor(trade, ['SUCCESS']), currency: trade.currency }),
    refunds: trade.refunds.map((refund) => ({
      partner_refund_id: refund.partnerRefundId,
      amount: refund.amount,
      status: refund.status,
      reason: refund.reason,
      gmt_create: isoTime(refund.createdAt),
    })),
    notify_url: code?.notifyUrl ?? null,
    notifications: world.notificationsOf(trade.tradeNo).map(viewNotification),
  };
}

function viewNotification(notification: Notification) {
  return {
    notify_id: notification.notifyId,
    trade_status: notification.tradeStatus,
    acknowledged: notification.acknowledged,
    next_send_at: isoTime(notification.nextSendAt),
    sends: notification.sends.map(({ at, form, httpStatus, answer, trouble }) => ({
      at: isoTime(at),
      form,
      httpStatus,
      answer,
      trouble,
    })),
  };
}

export function viewCode(code: Code) {
  return {
    qrcode: code.qrcode,
    status: code.status,
    secondary_merchant_id: code.merchantId,
    secondary_merchant_name: code.merchantName,
    store_id: code.storeId,
    store_name: code.storeName,
    currency: code.currency,
    has_channel_fee: code.hasChannelFee,
    notify_url: code.notifyUrl,
    notify_sign_type: code.notifySignType,
  };
}

/** A registration as it stands by now, and what was last submitted of it. */
export function viewRegistration(registration: StoreRegistration, { now, variants }: Viewing) {
  const { merchantId, storeId, rejectReason, submittedAt, decidesAt, fields } = registration;
  return {
    secondary_merchant_id: merchantId,
    store_id: storeId,
    status: statusAt(registration, now),
    store_status: storeStatusAt(registration, now, variants.refusedUpdate),
    reject_reason: rejectReason === '' ? null : rejectReason,
    submitted_at: isoTime(submittedAt),
    decides_at: isoTime(decidesAt),
    fields,
  };
}

interface Viewing {
  readonly now: Date;
  readonly variants: Variants;
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
