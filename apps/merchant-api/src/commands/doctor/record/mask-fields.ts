import { type Fields } from '@countersign/alipay-protocol';

import { type Mask } from './create-mask';

/**
 * Words of Alipay's, amounts, currencies and times: what a message is about, and not who it is about.
 * Everything else is masked, also what nobody has heard of yet.
 */
const SAYS_NOTHING_OF_ANYBODY = new Set([
  ...['service', '_input_charset', 'sign_type', 'notify_sign_type', 'notify_charset'],
  ...['biz_type', 'notify_type', 'notify_action_type', 'payment_type', 'payment_inst'],
  ...['trade_status', 'alipay_trans_status', 'refund_status', 'status', 'store_status', 'action'],
  ...['result_code', 'response_code', 'error', 'detail_error_code', 'is_success', 'retry_flag'],
  ...['refund_result_code', 'refund_error_code', 'is_sync', 'is_total_fee_adjust', 'use_coupon'],
  ...['currency', 'trans_currency', 'total_fee', 'price', 'quantity', 'discount', 'trans_amount'],
  ...['refund_fee', 'refund_amount', 'trans_forex_rate', 'forex_rate', 'type', 'value'],
  ...['notify_time', 'timestamp', 'terminal_timestamp', 'alipay_pay_time'],
  ...['gmt_create', 'gmt_payment', 'gmt_refund', 'gmt_close'],
  ...['secondary_merchant_industry', 'secondary_merchant_type', 'store_industry'],
  ...['country_code', 'store_country', 'register_country'],
]);
/** A word of Alipay's is short and plain; what is not was put there by somebody. */
const PLAIN = /^[A-Za-z0-9_.:+ -]{0,64}$/;

/** Whether a field goes into the recording as it is. */
export function isKept(name: string, value: string): boolean {
  return SAYS_NOTHING_OF_ANYBODY.has(name) && PLAIN.test(value);
}

/** Every field that could name somebody, masked; the same value has the same mask everywhere. */
export function maskEachField(fields: Readonly<Fields>, mask: Mask): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, maskField(name, value, mask)]),
  );
}

export function maskField(name: string, value: string, mask: Mask): string {
  if (isKept(name, value)) return value;
  const content = parsedJson(value);
  if (content !== undefined) return JSON.stringify(maskContent(name, content, mask));
  const [, scheme = '', host = '', rest = ''] = ADDRESS.exec(value) ?? [];
  if (scheme === '') return mask(value);
  return `${scheme}${HOST_OF_ALIPAY.test(host) ? host : mask(host)}${mask(rest)}`;
}

const ADDRESS = /^(https?:\/\/)([^/?#]+)(.*)$/s;
const HOST_OF_ALIPAY = /(?:^|\.)alipay(?:dev)?\.com$/;

/** Content of an object or a list; undefined for every other text. */
function parsedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function maskContent(name: string, content: unknown, mask: Mask): unknown {
  if (typeof content === 'string') return maskField(name, content, mask);
  if (typeof content === 'number') {
    return isKept(name, `${content}`) ? content : Number(mask(`${Math.abs(content)}`));
  }
  if (Array.isArray(content)) return content.map((one) => maskContent(name, one, mask));
  if (typeof content !== 'object' || content === null) return content;
  return Object.fromEntries(
    Object.entries(content).map(([key, held]) => [key, maskContent(key, held, mask)]),
  );
}
