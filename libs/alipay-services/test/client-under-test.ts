import {
  createSigner,
  createVerifier,
  encodeAnswer,
  type Fields,
} from '@countersign/alipay-protocol';

import {
  type AlipayClient,
  type AlipayClientOptions,
  createAlipayClient,
  type GatewayCallReport,
} from '../src/index';
import { type Answering, type GatewayDouble, xml } from './gateway-double';

export const md5Key = '0123456789abcdef0123456789abcdef';
export const signer = createSigner({ signType: 'MD5', md5Key });
export const verifier = createVerifier({ signType: 'MD5', md5Key });
export const partnerId = '2088123456789012';
export const now = new Date('2026-01-02T03:04:05.678Z'); // 11:04:05 in Beijing

export interface ClientUnderTest {
  readonly alipay: AlipayClient;
  readonly reports: GatewayCallReport[];
}

/** A client in front of a gateway double, with the reports of its calls. */
export function clientOf(
  gateway: Pick<GatewayDouble, 'url'>,
  options: Partial<AlipayClientOptions> = {},
): ClientUnderTest {
  const reports: GatewayCallReport[] = [];
  const alipay = createAlipayClient({
    gatewayUrl: gateway.url,
    partnerId,
    signer,
    verifier,
    now: () => now,
    onCall: (report) => {
      reports.push(report);
    },
    ...options,
  });
  return { alipay, reports };
}

/** A signed answer. */
export function signed(fields: Fields, { element = 'alipay' } = {}): Answering {
  return xml(encodeAnswer(fields, signer, { element }));
}

/** The gateway's unsigned no. */
export function refusedUnsigned(error: string): Answering {
  return xml(encodeAnswer({ error }));
}

export const refund = {
  partnerTransId: 'T20260102000001',
  alipayTransId: '2026010222001000000000000001',
  partnerRefundId: 'R20260102000001',
  amount: { minor: 1250n, currency: 'HKD' },
  reason: 'cold coffee',
} as const;

export const refundAnswer: Fields = {
  result_code: 'SUCCESS',
  partner_trans_id: refund.partnerTransId,
  alipay_trans_id: refund.alipayTransId,
  partner_refund_id: refund.partnerRefundId,
  refund_amount: '12.50',
  currency: 'HKD',
};

export const bizData = {
  secondaryMerchantIndustry: '5812',
  secondaryMerchantId: 'M_1',
  secondaryMerchantName: '美味茶餐廳',
  storeId: 'S-1',
  storeName: 'Central',
  transCurrency: 'HKD',
  currency: 'HKD',
} as const;

export const qrcode = 'https://qr.alipay.com/ocx00000example';
export const notifyUrl = 'https://pay.shop.example/alipay/notifications/t0ps3cr3t';

/** A registration with everything in it, but for a taxi's drivers. */
export const registration = {
  secondaryMerchantName: '美味茶餐廳有限公司',
  secondaryMerchantId: 'M_1',
  secondaryMerchantType: 'ENTERPRISE',
  storeId: 'S-1',
  storeName: '美味茶餐廳 中環店',
  storeCountry: 'HK',
  storeAddress: '皇后大道中 1 號',
  storeIndustry: '5812',
  registerCountry: 'HK',
  registerAddress: '德輔道中 2 號',
  registrationNo: '12345678-000',
  shareholderName: '陳大文',
  shareholderId: 'A1234567',
  representativeName: '李小明',
  representativeId: 'B7654321',
  settlementNo: '012345678901',
  contactNo: '+852 (0) 2345-6789',
  contactEmail: 'ada.chan@shop.example',
  csNo: '2345 6789',
  csEmail: 'help@shop.example',
  internalStorePhoto: 'https://shop.example/inside.jpg',
  externalStorefrontPhoto: 'https://shop.example/outside.jpg',
} as const;

/** The same by Alipay's names. */
export const registrationFields: Fields = {
  secondary_merchant_name: registration.secondaryMerchantName,
  secondary_merchant_id: 'M_1',
  secondary_merchant_type: 'ENTERPRISE',
  store_id: 'S-1',
  store_name: registration.storeName,
  store_country: 'HK',
  store_address: registration.storeAddress,
  store_industry: '5812',
  register_country: 'HK',
  register_address: registration.registerAddress,
  registration_no: '12345678-000',
  shareholder_name: '陳大文',
  shareholder_id: 'A1234567',
  representative_name: '李小明',
  representative_id: 'B7654321',
  settlement_no: '012345678901',
  contact_no: '+852 (0) 2345-6789',
  contact_email: 'ada.chan@shop.example',
  cs_no: '2345 6789',
  cs_email: 'help@shop.example',
  internal_store_photo: 'https://shop.example/inside.jpg',
  external_storefront_photo: 'https://shop.example/outside.jpg',
};

export const storeInQuestion = { secondaryMerchantId: 'M_1', storeId: 'S-1' } as const;
