import type { Code } from '../books/records';
import { readBizData, type BizData } from './biz-data';
import { BIZ_DATA, QRCODE_PARAMETERS, qrcodeManners, qrcodeRefusal } from './qrcode-answers';
import { codeContent, notificationOrders } from './qrcode-create';
import { answered, refused, type Service } from './service';

/** Replaces the whole of a code's content. Merchant, store, provider and having a fee stay as they are. */
export const qrcodeModify: Service = {
  ...qrcodeManners,
  name: 'alipay.commerce.qrcode.modify',
  parameters: { ...QRCODE_PARAMETERS, qrcode: { required: true }, biz_data: BIZ_DATA },
  run: (context, fields) => {
    const { modifySignType } = context.variants();
    if (modifySignType === 'MD5' && fields.sign_type !== 'MD5') {
      return refused('ILLEGAL_SIGN_TYPE', 'this reading of the HK page takes MD5 alone');
    }
    const read = readBizData(fields.biz_data ?? '');
    if ('why' in read) return refused('ILLEGAL_ARGUMENT', read.why);
    const code = context.world.codeByQrcode(fields.qrcode ?? '');
    const why = whyNot(code, read.bizData);
    if (!code || why) return qrcodeRefusal(context, fields, why ?? '');

    context.world.changeCode(code, {
      ...codeContent(read.bizData),
      ...notificationOrders(fields, read.bizData),
    });
    return answered({ qrcode: code.qrcode });
  },
};

function whyNot(code: Code | undefined, { texts, hasChannelFee }: BizData): string | null {
  if (!code) return 'there is no such code';
  if (code.status === 'DELETED') return 'the code was deleted';
  if (texts.secondary_merchant_id !== code.merchantId) return 'secondary_merchant_id is fixed';
  if ((texts.store_id ?? '') !== code.storeId) return 'store_id says which code it is';
  if ((texts.sys_service_provider_id ?? '') !== code.serviceProviderId) {
    return 'sys_service_provider_id is fixed';
  }
  if (code.hasChannelFee && !hasChannelFee) return 'a channel_fee cannot be dropped';
  // Not documented; a fee would make it the store's other code, which may exist.
  if (!code.hasChannelFee && hasChannelFee) return 'a channel_fee cannot be added';
  return null;
}
