import type { Fields } from '@countersign/alipay-protocol';
import { charactersIn, type ParameterRule } from './service';

/** `biz_data` of qrcode.create and qrcode.modify, read and found good. */
export interface BizData {
  readonly texts: Fields;
  readonly hasChannelFee: boolean;
}

const ISO_CURRENCY = /^[A-Z]{3}$/;
const REQUIRED = { required: true } as const;
const OPTIONAL = { required: false } as const;
const TAXI_INDUSTRY = '4121';

/** The keys that the pages and the SDK name. A key that stands nowhere is a slip of the caller's. */
const KEYS: Readonly<Record<string, ParameterRule>> = {
  secondary_merchant_industry: { ...REQUIRED, pattern: /^\d{4}$/ },
  secondary_merchant_id: { ...REQUIRED, max: 32, pattern: /^[A-Za-z0-9_]+$/ },
  secondary_merchant_name: { ...REQUIRED, max: 32 },
  store_id: { ...REQUIRED, max: 32, pattern: /^[A-Za-z0-9_-]+$/ },
  store_name: REQUIRED,
  trans_currency: { ...REQUIRED, pattern: ISO_CURRENCY },
  currency: { ...REQUIRED, pattern: ISO_CURRENCY },
  country_code: { ...OPTIONAL, pattern: /^[A-Z]{2}$/ },
  address: OPTIONAL,
  sys_service_provider_id: OPTIONAL,
  notify_mobile: { ...OPTIONAL, pattern: /^[+\d -]+$/ },
  notify_wangwang: OPTIONAL,
  notify_alipay_account: OPTIONAL,
  is_show_memo: { ...OPTIONAL, pattern: /^(?:true|false)$/ },
  notify_sign_type: { ...OPTIONAL, pattern: /^(?:MD5|RSA|RSA2)$/ },
  notify_charset: { ...OPTIONAL, pattern: /^(?:utf-8|gbk|gb2312)$/i },
  taxi_operation_id: OPTIONAL,
  taxi_number: OPTIONAL,
  taxi_driver_name: OPTIONAL,
  taxi_driver_mobile: OPTIONAL,
};

export function readBizData(text: string): { bizData: BizData } | { why: string } {
  const object = parseObject(text);
  if (!object) return { why: 'biz_data is not a JSON object' };
  const texts: Fields = {};
  let hasChannelFee = false;
  for (const [key, value] of Object.entries(object)) {
    if (key === 'channel_fee') {
      const why = channelFeeFault(value);
      if (why) return { why };
      hasChannelFee = true;
    } else if (key === 'passback_parameters') {
      const passback = readPassback(value);
      if (passback === null) return { why: 'passback_parameters is not flat JSON' };
      texts[key] = passback;
    } else {
      const rule = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
      if (!rule) return { why: `biz_data has a key that no page names: ${key}` };
      const why = textFault(key, value, rule);
      if (why) return { why };
      if (typeof value === 'string' && value !== '') texts[key] = value;
    }
  }
  const why = missingKey(texts) ?? settlementFault(texts);
  return why ? { why } : { bizData: { texts, hasChannelFee } };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null; // not JSON, which the caller reports
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textFault(key: string, value: unknown, rule: ParameterRule): string | null {
  if (typeof value !== 'string') return `biz_data.${key} is not a text`;
  if (value === '') return null;
  if (value.includes('"')) return `biz_data.${key} has a half-width quotation mark`;
  if (rule.max !== undefined && charactersIn(value) > rule.max)
    return `biz_data.${key} is too long`;
  if (rule.pattern && !rule.pattern.test(value)) return `biz_data.${key} is malformed`;
  return null;
}

function missingKey(texts: Fields): string | null {
  const isTaxi = texts.secondary_merchant_industry === TAXI_INDUSTRY;
  const missing = Object.entries(KEYS).find(
    ([key, rule]) =>
      rule.required &&
      texts[key] === undefined &&
      !(isTaxi && (key === 'store_id' || key === 'store_name')),
  );
  return missing ? `biz_data.${missing[0]} is missing` : null;
}

/** The settlement currency is the pricing currency, or CNY (the older page's rule). */
function settlementFault(texts: Fields): string | null {
  const isAllowed = texts.currency === texts.trans_currency || texts.currency === 'CNY';
  return isAllowed ? null : 'biz_data.currency is neither trans_currency nor CNY';
}

/** FIXED: an amount with at most two decimals. RATE: from 0 to 0.05. */
function channelFeeFault(fee: unknown): string | null {
  if (!isObject(fee)) return 'biz_data.channel_fee is not an object';
  const extra = Object.keys(fee).find((key) => key !== 'type' && key !== 'value');
  if (extra) return `biz_data.channel_fee has a key that no page names: ${extra}`;
  const { type, value } = fee;
  if (typeof value !== 'string') return 'biz_data.channel_fee.value is not a text';
  if (type === 'FIXED') {
    return /^(?:0|[1-9]\d{0,6})(?:\.\d{1,2})?$/.test(value)
      ? null
      : 'channel_fee.value is no amount';
  }
  if (type === 'RATE') {
    return /^0(?:\.0(?:[0-4]\d*|50*)?)?$/.test(value)
      ? null
      : 'channel_fee.value is not from 0 to 0.05';
  }
  return 'biz_data.channel_fee.type is neither FIXED nor RATE';
}

/** Its exact form is unverified: an object, or the text of one; without nesting in either. */
function readPassback(value: unknown): string | null {
  const object = typeof value === 'string' ? parseObject(value) : value;
  if (!isObject(object)) return null;
  const isFlat = Object.values(object).every(
    (inner) => typeof inner !== 'object' || inner === null,
  );
  return isFlat ? (typeof value === 'string' ? value : JSON.stringify(object)) : null;
}
