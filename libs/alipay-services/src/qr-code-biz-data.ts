import { type SecondaryMerchantId, type StoreId } from './ids';
import { formatAmount, parseAmount } from '@countersign/alipay-protocol';

import { bytesIn, checkText, firstComplaint, type RequestComplaint } from './request-checks';

/** What the payer pays on top. Its presence decides which of a store's two codes is meant. */
export interface ChannelFee {
  readonly type: 'FIXED' | 'RATE';
  /** FIXED: an amount, "1.50". RATE: a fraction of the order, "0.01" is one per cent. */
  readonly value: string;
}

/** The shop and the counter behind a code, as create and modify send them. */
export interface QrCodeBizData {
  /** Merchant category code, four digits. */
  readonly secondaryMerchantIndustry: string;
  readonly secondaryMerchantId: SecondaryMerchantId;
  readonly secondaryMerchantName: string;
  readonly storeId: StoreId;
  readonly storeName: string;
  /** What the prices are in. */
  readonly transCurrency: string;
  /** What Alipay settles in. */
  readonly currency: string;
  readonly countryCode?: string | undefined;
  readonly address?: string | undefined;
  readonly channelFee?: ChannelFee | undefined;
  readonly sysServiceProviderId?: string | undefined;
  /** What Alipay should sign this code's notifications with. */
  readonly notifySignType?: string | undefined;
  readonly notifyCharset?: string | undefined;
  /** Comes back with every payment of this code. Its exact form is unverified. */
  readonly passbackParameters?: Readonly<Record<string, string>> | undefined;
}

/** The product's constant: a static code at a counter. */
export const QR_CODE_BIZ_TYPE = 'OVERSEASHOPQRCODE';

export const bizDataBytesMax = 2000;

/** `biz_data`: one parameter holding a JSON text, signed and sent in exactly these bytes. */
export function encodeQrCodeBizData(bizData: QrCodeBizData): string {
  const { channelFee, passbackParameters } = bizData;
  return JSON.stringify({
    secondary_merchant_industry: bizData.secondaryMerchantIndustry,
    secondary_merchant_id: bizData.secondaryMerchantId,
    secondary_merchant_name: bizData.secondaryMerchantName,
    store_id: bizData.storeId,
    store_name: bizData.storeName,
    trans_currency: bizData.transCurrency,
    currency: bizData.currency,
    country_code: given(bizData.countryCode),
    address: given(bizData.address),
    channel_fee: channelFee && { type: channelFee.type, value: wireFee(channelFee) },
    sys_service_provider_id: given(bizData.sysServiceProviderId),
    notify_sign_type: given(bizData.notifySignType),
    notify_charset: given(bizData.notifyCharset),
    // JSON in JSON: the page calls it a flat JSON string.
    passback_parameters: passbackParameters && JSON.stringify(passbackParameters),
  });
}

/** The first thing wrong with a code's content, with its path below `bizData`. */
export function checkQrCodeBizData(
  bizData: QrCodeBizData,
  charset = 'UTF-8',
): RequestComplaint | undefined {
  return (
    firstComplaint(
      checkText('secondaryMerchantIndustry', bizData.secondaryMerchantIndustry, {
        pattern: /^\d{4}$/,
        patternSays: 'must be a merchant category code of four digits',
      }),
      checkText('secondaryMerchantId', bizData.secondaryMerchantId, {
        lengthMax: 32,
        pattern: /^\w+$/,
        patternSays: 'may hold only letters, digits and _',
      }),
      checkText('secondaryMerchantName', bizData.secondaryMerchantName, { lengthMax: 32 }),
      checkText('storeId', bizData.storeId, {
        lengthMax: 32,
        pattern: /^[\w-]+$/,
        patternSays: 'may hold only letters, digits, _ and -',
      }),
      checkText('storeName', bizData.storeName, {}),
      checkText('transCurrency', bizData.transCurrency, CURRENCY),
      checkText('currency', bizData.currency, CURRENCY),
      checkText('countryCode', bizData.countryCode, {
        optional: true,
        pattern: /^[A-Z]{2}$/,
        patternSays: 'must be a country code of two capital letters',
      }),
      checkText('address', bizData.address, { optional: true }),
      bizData.channelFee && checkChannelFee(bizData.channelFee),
      checkText('sysServiceProviderId', bizData.sysServiceProviderId, { optional: true }),
      checkText('notifySignType', bizData.notifySignType, { optional: true }),
      checkText('notifyCharset', bizData.notifyCharset, { optional: true }),
      ...Object.entries(bizData.passbackParameters ?? {}).flatMap(([name, value]) => [
        checkText('passbackParameters', name, {}),
        checkText('passbackParameters', value, { optional: true }),
      ]),
    ) ?? checkSize(bizData, charset)
  );
}

/** FIXED: at least 0, two decimals. RATE: 0 to 0.05. Nought is allowed by both. */
export function checkChannelFee({ type, value }: ChannelFee): RequestComplaint | undefined {
  const field = 'channelFee.value';
  switch (type) {
    case 'FIXED':
      return isAmount(value)
        ? undefined
        : { field, message: 'must be an amount of at most two decimals, such as 1.50' };
    case 'RATE':
      return RATE.test(value)
        ? undefined
        : { field, message: 'must be a fraction from 0 to 0.05; 0.01 is one per cent' };
    default:
      return { field: 'channelFee.type', message: 'must be FIXED or RATE' };
  }
}

const CURRENCY = {
  pattern: /^[A-Z]{3}$/,
  patternSays: 'must be a currency code of three capital letters',
};

const RATE = /^0(?:\.0(?:[0-4]\d{0,4}|50{0,4})?)?$/;

function isAmount(value: string): boolean {
  return /^\d+(?:\.\d{1,2})?$/.test(value) && parses(value);
}

function parses(value: string): boolean {
  try {
    parseAmount(value, 'HKD');
    return true;
  } catch {
    return false; // the only question asked is whether it is an amount
  }
}

function checkSize(bizData: QrCodeBizData, charset: string): RequestComplaint | undefined {
  const bytes = bytesIn(encodeQrCodeBizData(bizData), charset);
  if (bytes <= bizDataBytesMax) return undefined;
  // The address is the one part without a limit of its own that people fill at will.
  return {
    field: bizData.address === undefined ? 'storeName' : 'address',
    message: `is too long: the whole biz_data takes ${bytes} of ${bizDataBytesMax} bytes`,
  };
}

/** HK wants a fixed fee with exactly two decimals. */
function wireFee({ type, value }: ChannelFee): string {
  return type === 'FIXED' ? formatAmount(parseAmount(value, 'HKD')) : value;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
