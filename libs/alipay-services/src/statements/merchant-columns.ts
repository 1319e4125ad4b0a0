import { type Money } from '@countersign/alipay-protocol';

import { type Row } from './columns';

/** What either file says of the merchant, the scene and what the customer paid. */
export interface MerchantColumns {
  readonly secondaryMerchantIndustry: string;
  readonly secondaryMerchantName: string;
  readonly secondaryMerchantId: string;
  readonly operatorName: string;
  /** `shopQrCode` for a code on the wall; others are other products of the same partner. */
  readonly orderScene: string;
  /** What the customer paid, where the file says so; without a sign. */
  readonly transAmount: Money | null;
  readonly transForexRate: string;
  /** The wallet: ALIPAYHK, ALIPAYCN, or one we do not know. */
  readonly issue: string;
}

export function readMerchantColumns(row: Row): MerchantColumns {
  return {
    secondaryMerchantIndustry: row.text('Secondary_merchant_industry'),
    secondaryMerchantName: row.text('Secondary_merchant_name'),
    secondaryMerchantId: row.text('Secondary_merchant_id'),
    operatorName: row.text('Operator_name'),
    orderScene: row.text('Order_scene'),
    transAmount: readTransAmount(row),
    transForexRate: row.text('Trans_forex_rate'),
    issue: row.text('Issue'),
  };
}

/** What was paid stands in a currency of its own, and only where both columns are filled. */
function readTransAmount(row: Row): Money | null {
  if (row.text('Trans_amount') === '' || row.text('Trans_currency') === '') return null;
  const { minor, currency } = row.signedAmount('Trans_amount', row.currency('Trans_currency'));
  return { minor: minor < 0n ? -minor : minor, currency };
}
