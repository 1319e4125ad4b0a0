import {
  AlipayProtocolError,
  formatAmount,
  parseAmount,
  type Money,
} from '@countersign/alipay-protocol';
import type { Refund, Trade } from '../books/records';
import { isSameRefund, refundRefusal } from '../books/trade.rules';
import { overseasManners } from './overseas-answers';
import { answered, basicParameters, given, NOTIFY_URL, refused, type Service } from './service';

/** Gives money back, in whole or in part. `partner_refund_id` names the refund: asked again, it is the same one. */
export const spotRefund: Service = {
  ...overseasManners,
  name: 'alipay.acquire.overseas.spot.refund',
  parameters: {
    ...basicParameters({ charset: 'optional' }),
    notify_url: NOTIFY_URL,
    partner_trans_id: { required: true, max: 64 },
    alipay_trans_id: { required: false, max: 64 },
    partner_refund_id: { required: true, max: 64 },
    refund_amount: { required: true, max: 12 },
    currency: { required: true, pattern: /^[A-Z]{3}$/ },
    refund_reson: { required: false, max: 128 }, // [sic] HK's page spells it so
    refund_reason: { required: false, max: 128 },
    is_sync: { required: false, pattern: /^[YN]$/ },
  },
  run: (context, fields) => {
    const spelling = context.variants().refundReason;
    const unknownSpelling = spelling === 'refund_reson' ? 'refund_reason' : 'refund_reson';
    if (spelling !== 'both' && fields[unknownSpelling] !== undefined) {
      return refused('ILLEGAL_SIGN', `${unknownSpelling} is not defined in this reading`);
    }
    const amount = readAmount(given(fields, 'refund_amount'), given(fields, 'currency'));
    if (!amount) return refused('ILLEGAL_ARGUMENT', 'refund_amount is no amount');
    const transId = given(fields, 'partner_trans_id');
    const refundId = given(fields, 'partner_refund_id');
    if (transId === refundId) {
      return refused('ILLEGAL_ARGUMENT', 'partner_refund_id must differ from partner_trans_id');
    }

    const no = (code: string) => answered(spotRefund.sayNo(context, fields, code));
    const trade = context.world.tradeByOutNo(transId);
    if (!trade) return no('TRADE_NOT_EXIST');
    const alipayTransId = fields.alipay_trans_id;
    if (alipayTransId && alipayTransId !== trade.tradeNo) return no('TRADE_NOT_EXIST');

    const known = context.world.refundById(refundId);
    if (known) {
      if (!isSameRefund(known, { trade, amount })) return no('DISCORDANT_REPEAT_REQUEST');
      if (known.refund.status === 'FAILED') return no('MERCHANT_BALANCE_NOT_ENOUGH');
      return answered(refundAnswer(known.trade, known.refund));
    }
    const refusal = refundRefusal(trade, amount);
    if (refusal) return no(refusal);

    const isSync = fields.is_sync === 'Y';
    const refund = context.world.refundTrade(
      trade,
      {
        partnerRefundId: refundId,
        amount: formatAmount(amount),
        reason: fields.refund_reson ?? fields.refund_reason ?? '',
        notifyUrl: isSync ? null : (fields.notify_url ?? null),
      },
      !isSync && context.variants().asyncRefund === 'held',
    );
    return answered(refundAnswer(trade, refund));
  },
};

function refundAnswer(trade: Trade, refund: Refund): Record<string, string> {
  return {
    alipay_trans_id: trade.tradeNo,
    currency: trade.currency,
    partner_refund_id: refund.partnerRefundId,
    partner_trans_id: trade.outTradeNo,
    refund_amount: refund.amount,
    result_code: 'SUCCESS',
  };
}

function readAmount(text: string, currency: string): Money | null {
  try {
    return parseAmount(text, currency);
  } catch (error) {
    if (error instanceof AlipayProtocolError) return null;
    throw error;
  }
}
