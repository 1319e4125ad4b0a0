import { formatAmount, parseAmount } from '@countersign/alipay-protocol';
import {
  checkChannelFee,
  checkQrCodeBizData,
  type QrCodeBizData,
  type RequestComplaint,
} from '@countersign/alipay-services';

import { type Refusal, refuse } from '../domain';
import { type Merchant } from '../merchant/merchant.entity';
import { type Store } from '../store/store.entity';
import { type ChannelFeeType, type PendingModification, type QrCode } from './qr-code.entity';

/** The counter that a code stands at. */
export interface Place {
  readonly store: Store;
  readonly merchant: Merchant;
}

export interface ChannelFee {
  readonly type: ChannelFeeType;
  readonly value: string;
}

/**
 * The whole content of a code, as create and modify send it: what is on record, with a modification
 * that Alipay has not answered for on top. A modify replaces, so that the fee goes along (decision 9).
 */
export function bizDataOf(
  { store, merchant }: Place,
  qrCode: Pick<
    QrCode,
    'transactionCurrency' | 'settlementCurrency' | 'channelFeeType' | 'channelFeeValue'
  >,
  change: PendingModification = {},
): QrCodeBizData {
  const feeType = change.channelFeeType ?? qrCode.channelFeeType;
  const feeValue = change.channelFeeValue ?? qrCode.channelFeeValue;
  return {
    secondaryMerchantIndustry: merchant.industry,
    secondaryMerchantId: merchant.alipayMerchantId,
    secondaryMerchantName: change.merchantName ?? merchant.name,
    storeId: store.alipayStoreId,
    storeName: change.storeName ?? store.name,
    transCurrency: qrCode.transactionCurrency,
    currency: qrCode.settlementCurrency,
    countryCode: store.countryCode,
    address: change.address ?? store.address ?? undefined,
    channelFee:
      feeType === null || feeValue === null ? undefined : { type: feeType, value: feeValue },
  };
}

/** Where in the command each part of the content was given. */
export type AskedFields = Readonly<Partial<Record<string, readonly string[]>>>;

/**
 * What is wrong with the content of a code, told of the command's own field; `otherwise` is the
 * field to name when the fault lies in what is on record.
 */
export function refuseBizData(
  bizData: QrCodeBizData,
  asked: AskedFields,
  otherwise: readonly string[] = [],
): Refusal | undefined {
  const complaint = blankIn(bizData) ?? checkQrCodeBizData(bizData);
  if (complaint === undefined) return undefined;
  return refuse('INVALID_INPUT', `${labelOf(complaint.field)} ${complaint.message}.`, {
    field: asked[complaint.field] ?? otherwise,
  });
}

/** A fee as it is kept: an amount of two decimals or the fraction on the wire. */
export function readChannelFee({ type, value }: ChannelFee): ChannelFee | Refusal {
  const complaint = checkChannelFee({ type, value });
  if (complaint !== undefined) {
    return refuse('INVALID_INPUT', `${labelOf(complaint.field)} ${complaint.message}.`, {
      field: complaint.field.split('.'),
    });
  }
  return type === 'FIXED'
    ? { type, value: formatAmount(parseAmount(value, 'HKD')) }
    : { type, value };
}

function blankIn(bizData: QrCodeBizData): RequestComplaint | undefined {
  const field = (['secondaryMerchantName', 'storeName', 'address'] as const).find(
    (name) => bizData[name]?.trim() === '',
  );
  return field && { field, message: 'is blank: write what a customer is to read there' };
}

const LABELS: Readonly<Partial<Record<string, string>>> = {
  secondaryMerchantIndustry: "The merchant's industry",
  secondaryMerchantId: 'The merchant id',
  secondaryMerchantName: "The merchant's name",
  storeId: 'The store id',
  storeName: "The store's name",
  transCurrency: 'The transaction currency',
  currency: 'The settlement currency',
  countryCode: "The store's country code",
  address: "The store's address",
  'channelFee.type': "The channel fee's type",
  'channelFee.value': "The channel fee's value",
};

function labelOf(field: string): string {
  return LABELS[field] ?? field;
}
