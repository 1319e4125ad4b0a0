import type { Fields } from '@countersign/alipay-protocol';
import type { Trade } from '../books/records';
import { compactTime } from '../world';
import { overseasManners } from './overseas-answers';
import { answered, basicParameters, refused, type Service } from './service';

/** Tells the state of a trade, found by either number; Alipay's own comes first when both are given. */
export const overseasQuery: Service = {
  ...overseasManners,
  name: 'alipay.acquire.overseas.query',
  parameters: {
    ...basicParameters({ charset: 'optional' }),
    partner_trans_id: { required: false, max: 64 },
    alipay_trans_id: { required: false, max: 64 },
  },
  run: (context, fields) => {
    const { queryByAlipayTransId, unknownTrade } = context.variants();
    const partnerTransId = fields.partner_trans_id;
    const alipayTransId = fields.alipay_trans_id;
    if (!partnerTransId && (!alipayTransId || queryByAlipayTransId === 'refuses')) {
      return refused('ILLEGAL_ARGUMENT', 'partner_trans_id is missing');
    }
    const trade = alipayTransId
      ? context.world.tradeByNo(alipayTransId)
      : context.world.tradeByOutNo(partnerTransId ?? '');
    return answered(
      trade ? tradeAnswer(trade) : overseasQuery.sayNo(context, fields, unknownTrade),
    );
  },
};

/** The fields of the captured HK answers. No refund shows here, and no rate of exchange. */
function tradeAnswer(trade: Trade): Fields {
  return {
    alipay_buyer_login_id: trade.buyer.login,
    alipay_buyer_user_id: trade.buyer.id,
    ...(trade.paidAt === null ? {} : { alipay_pay_time: compactTime(new Date(trade.paidAt)) }),
    alipay_trans_id: trade.tradeNo,
    alipay_trans_status: trade.status,
    currency: trade.currency,
    out_trade_no: trade.outTradeNo,
    partner_trans_id: trade.outTradeNo,
    payment_inst: trade.wallet,
    result_code: 'SUCCESS',
    trans_amount: trade.amount,
  };
}
