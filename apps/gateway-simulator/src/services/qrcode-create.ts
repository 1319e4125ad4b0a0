import type { Fields } from '@countersign/alipay-protocol';
import { SIGN_TYPES, type Code, type SignTypeName } from '../books/records';
import { readBizData, type BizData } from './biz-data';
import { BIZ_DATA, QRCODE_PARAMETERS, qrcodeManners, qrcodeRefusal } from './qrcode-answers';
import { answered, refused, type Service } from './service';

/**
 * Creates the code of a store, or gives back the one there is: at most two for each partner, merchant and store,
 * one with a channel fee and one without. A repeat changes nothing but where and how notifications are sent.
 */
export const qrcodeCreate: Service = {
  ...qrcodeManners,
  name: 'alipay.commerce.qrcode.create',
  parameters: { ...QRCODE_PARAMETERS, biz_data: BIZ_DATA },
  run: (context, fields) => {
    const read = readBizData(fields.biz_data ?? '');
    if ('why' in read) return refused('ILLEGAL_ARGUMENT', read.why);
    const { texts, hasChannelFee } = read.bizData;
    const place = {
      merchantId: texts.secondary_merchant_id ?? '',
      storeId: texts.store_id ?? '',
      hasChannelFee,
    };

    const existing = context.world.codeOf(place);
    if (
      existing &&
      (existing.status !== 'DELETED' || context.variants().deletedCode === 'keeps-its-place')
    ) {
      if (existing.status === 'DELETED' || context.variants().repeatedCreate === 'refuses') {
        return qrcodeRefusal(context, fields, 'the store has a code of this kind already');
      }
      context.world.changeCode(existing, notificationOrders(fields, read.bizData));
      return answered(codeAnswer(existing));
    }

    const code = context.world.createCode({
      ...place,
      ...codeContent(read.bizData),
      notifyUrl: null,
      notifySignType: signTypeOf(fields.sign_type) ?? 'MD5',
      notifyCharset: 'UTF-8',
      ...notificationOrders(fields, read.bizData),
    });
    return answered(codeAnswer(code));
  },
};

function codeAnswer(code: Code): Fields {
  return { qrcode: code.qrcode, qrcode_img_url: imageUrl(code) };
}

function imageUrl(code: Code): string {
  return code.qrcode.replace('/pay/', '/codes/');
}

/** What `biz_data` says of a code; a modify replaces all of it. */
export function codeContent({
  texts,
}: BizData): Pick<
  Code,
  'storeName' | 'merchantName' | 'currency' | 'industry' | 'serviceProviderId' | 'passback'
> {
  return {
    storeName: texts.store_name ?? texts.secondary_merchant_name ?? '',
    merchantName: texts.secondary_merchant_name ?? '',
    currency: texts.trans_currency ?? '',
    industry: texts.secondary_merchant_industry ?? '',
    serviceProviderId: texts.sys_service_provider_id ?? '',
    passback: texts.passback_parameters ?? '',
  };
}

/** Where notifications go and how they are signed, as far as this call says so; the latest word counts. */
export function notificationOrders(
  fields: Fields,
  bizData?: BizData,
): Partial<Pick<Code, 'notifyUrl' | 'notifySignType' | 'notifyCharset'>> {
  const url = fields.notify_url;
  const signType = signTypeOf(bizData?.texts.notify_sign_type);
  const charset = bizData?.texts.notify_charset;
  return {
    ...(url ? { notifyUrl: url } : {}),
    ...(signType ? { notifySignType: signType } : {}),
    ...(charset ? { notifyCharset: /^utf-8$/i.test(charset) ? 'UTF-8' : 'GBK' } : {}),
  };
}

function signTypeOf(text: string | undefined): SignTypeName | undefined {
  return SIGN_TYPES.find((known) => known === text);
}
