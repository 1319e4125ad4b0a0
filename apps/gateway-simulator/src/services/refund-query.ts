import { formatGatewayTime, type Fields } from '@countersign/alipay-protocol';
import { answered, basicParameters, echo, type Service } from './service';

/** Tells what became of a refund. Its result stands in response_code and refund_result_code. */
export const refundQuery: Service = {
  name: 'alipay.acquire.refund.query',
  element: 'alipay',
  timestamp: null,
  parameters: {
    ...basicParameters({ charset: 'required' }),
    out_trade_no: { required: true, max: 64 },
    out_return_no: { required: true, max: 128 },
  },
  run: (context, fields) => {
    const trade = context.world.tradeByOutNo(fields.out_trade_no ?? '');
    if (!trade) return answered(refundQuery.sayNo(context, fields, 'TRADE_NOT_EXIST'));
    const refund = trade.refunds.find(
      ({ partnerRefundId }) => partnerRefundId === fields.out_return_no,
    );
    if (!refund) return answered(refundQuery.sayNo(context, fields, 'NOT_FOUND'));
    return answered({
      gmt_create: formatGatewayTime(new Date(refund.createdAt)),
      out_return_no: refund.partnerRefundId,
      out_trade_no: trade.outTradeNo,
      ...(refund.status === 'FAILED' ? { refund_error_code: 'MERCHANT_BALANCE_NOT_ENOUGH' } : {}),
      refund_result_code: refund.status,
      response_code: 'SUCCESS',
      trade_no: trade.tradeNo,
    });
  },
  sayNo: (_context, fields, code): Fields => ({
    ...echo(fields, 'out_return_no', 'out_trade_no'),
    response_code: code,
  }),
  sayUnknown: (context, fields): Fields => ({
    ...echo(fields, 'out_return_no', 'out_trade_no'),
    response_code: context.variants().unknownWord,
  }),
};
