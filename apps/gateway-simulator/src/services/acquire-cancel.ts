import type { Fields } from '@countersign/alipay-protocol';
import { decideCancel } from '../books/trade.rules';
import { answered, basicParameters, echo, type Service } from './service';

/** Closes an unpaid trade, gives a paid one back in full; on the same Beijing day only. It has no id of its own. */
export const acquireCancel: Service = {
  name: 'alipay.acquire.cancel',
  element: 'alipay',
  timestamp: 'milliseconds-or-beijing',
  parameters: {
    ...basicParameters({ charset: 'required' }),
    timestamp: { required: true },
    terminal_timestamp: { required: false, max: 32 },
    out_trade_no: { required: true, max: 64 },
    trade_no: { required: false, max: 64, pattern: /^.{16,}$/ },
  },
  run: (context, fields) => {
    const { world, variants, now } = context;
    const tradeNo = fields.trade_no;
    const trade = tradeNo
      ? world.tradeByNo(tradeNo)
      : world.tradeByOutNo(fields.out_trade_no ?? '');
    if (!trade) {
      return answered(
        variants().cancelOfUnknownTrade === 'SUCCESS'
          ? { ...echo(fields, 'out_trade_no'), result_code: 'SUCCESS', retry_flag: 'N' }
          : acquireCancel.sayNo(context, fields, 'TRADE_NOT_EXIST'),
      );
    }

    const decision = decideCancel(trade, now(), variants());
    if (decision.kind === 'refused') {
      return answered(acquireCancel.sayNo(context, fields, decision.code));
    }
    if (decision.kind === 'cancel') world.cancelTrade(trade);
    return answered({
      action: decision.action,
      out_trade_no: trade.outTradeNo,
      result_code: 'SUCCESS',
      retry_flag: 'N',
      trade_no: trade.tradeNo,
    });
  },
  // Of all four operations this one alone has its business error in detail_error_code.
  sayNo: (context, fields, code): Fields => ({
    detail_error_code: code,
    detail_error_des: code.toLowerCase().replaceAll('_', ' '),
    ...echo(fields, 'out_trade_no', 'trade_no'),
    result_code: context.variants().failureWord,
    retry_flag: code === 'SYSTEM_ERROR' ? 'Y' : 'N',
  }),
  sayUnknown: (context, fields): Fields => ({
    ...echo(fields, 'out_trade_no', 'trade_no'),
    result_code: context.variants().unknownWord,
    retry_flag: 'Y',
  }),
};
