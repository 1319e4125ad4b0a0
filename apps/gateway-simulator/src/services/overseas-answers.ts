import { echo, type Service } from './service';

/** The overseas.* family says its business error in `error`, beside `result_code`. */
export const overseasManners: Pick<Service, 'element' | 'timestamp' | 'sayNo' | 'sayUnknown'> = {
  element: 'alipay',
  timestamp: null,
  sayNo: (context, fields, code) => ({
    error: code,
    ...echo(fields, 'partner_refund_id', 'partner_trans_id'),
    result_code: context.variants().failureWord,
  }),
  sayUnknown: (context, fields) => ({
    ...echo(fields, 'partner_refund_id', 'partner_trans_id'),
    result_code: context.variants().unknownWord,
  }),
};
