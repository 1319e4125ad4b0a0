import { type Refusal, refuse } from '../domain';
import { refuseBizData } from '../qr-code/biz-data.rules';
import { type Merchant } from './merchant.entity';

/** What is wrong with a merchant's content, or nothing. */
export function checkMerchant(
  merchant: Pick<Merchant, 'alipayMerchantId' | 'name' | 'industry'> & { readonly type: string },
): Refusal | undefined {
  if (merchant.type !== 'INDIVIDUAL' && merchant.type !== 'ENTERPRISE') {
    return refuse('INVALID_INPUT', 'A merchant is either INDIVIDUAL or ENTERPRISE.', {
      field: ['type'],
    });
  }
  return refuseBizData(
    {
      secondaryMerchantIndustry: merchant.industry,
      secondaryMerchantId: merchant.alipayMerchantId,
      secondaryMerchantName: merchant.name,
      ...SOME_STORE,
    },
    {
      secondaryMerchantIndustry: ['industry'],
      secondaryMerchantId: ['alipayMerchantId'],
      secondaryMerchantName: ['name'],
    },
  );
}

/** Stands in for the store that this merchant does not have yet. */
const SOME_STORE = { storeId: '0', storeName: '0', transCurrency: 'HKD', currency: 'HKD' };
