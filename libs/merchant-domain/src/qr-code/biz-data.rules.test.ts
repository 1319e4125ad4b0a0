import { type QrCodeBizData } from '@countersign/alipay-services';

import { Merchant } from '../merchant/merchant.entity';
import { Store } from '../store/store.entity';
import { bizDataOf, readChannelFee, refuseBizData } from './biz-data.rules';

test.each([
  ['RATE', '0.0501'],
  ['RATE', '0.06'],
  ['RATE', '5'],
  ['RATE', '-0.01'],
  ['RATE', '1e-2'],
  ['RATE', ''],
  ['FIXED', '1.234'],
  ['FIXED', '-1'],
  ['FIXED', '01'],
  ['FIXED', '99999999'],
  ['FIXED', ' 1'],
] as const)('refuses a fee of %s %j', (type, value) => {
  expect(readChannelFee({ type, value })).toMatchObject({
    refusal: 'INVALID_INPUT',
    field: ['channelFee', 'value'],
  });
});

test.each([
  ['RATE', '0', '0'],
  ['RATE', '0.01', '0.01'],
  ['RATE', '0.05', '0.05'],
  ['FIXED', '0', '0.00'],
  ['FIXED', '1.5', '1.50'],
  ['FIXED', '12.34', '12.34'],
] as const)('keeps a fee of %s %s as %s', (type, value, kept) => {
  expect(readChannelFee({ type, value })).toEqual({ type, value: kept });
});

test('a fee of another type is refused at its type', () => {
  expect(readChannelFee({ type: 'OTHER' as never, value: '1' })).toEqual({
    refusal: 'INVALID_INPUT',
    message: expect.stringMatching(/^The channel fee's type must be .*\.$/) as string,
    field: ['channelFee', 'type'],
  });
});

const place = {
  store: Object.assign(new Store(), {
    alipayStoreId: 'S_1',
    name: 'Central',
    countryCode: 'HK',
    address: null,
  }),
  merchant: Object.assign(new Merchant(), {
    alipayMerchantId: 'M_1',
    name: 'Noodle Shop',
    industry: '5812',
  }),
};
const recorded = {
  transactionCurrency: 'HKD',
  settlementCurrency: 'CNY',
  channelFeeType: null,
  channelFeeValue: null,
};
const content: QrCodeBizData = {
  secondaryMerchantIndustry: '5812',
  secondaryMerchantId: 'M_1',
  secondaryMerchantName: 'Noodle Shop',
  storeId: 'S_1',
  storeName: 'Central',
  transCurrency: 'HKD',
  currency: 'CNY',
  countryCode: 'HK',
};

describe('the whole content of a code', () => {
  test('is what is on record', () => {
    const fee = { channelFeeType: 'RATE', channelFeeValue: '0.01' } as const;
    const store = Object.assign(new Store(), place.store, { address: '1 Queen Road' });

    expect(bizDataOf(place, recorded)).toEqual(content);
    expect(bizDataOf({ ...place, store }, { ...recorded, ...fee })).toEqual({
      ...content,
      address: '1 Queen Road',
      channelFee: { type: 'RATE', value: '0.01' },
    });
  });

  test('with the change that Alipay has not answered for on top', () => {
    const change = {
      merchantName: 'Tea Shop',
      storeName: 'West',
      address: '2 King Road',
      channelFeeType: 'FIXED',
      channelFeeValue: '1.00',
    } as const;
    const fee = { channelFeeType: 'RATE', channelFeeValue: '0.01' } as const;

    expect(bizDataOf(place, { ...recorded, ...fee }, change)).toEqual({
      ...content,
      secondaryMerchantName: 'Tea Shop',
      storeName: 'West',
      address: '2 King Road',
      channelFee: { type: 'FIXED', value: '1.00' },
    });
  });

  test.each([{ channelFeeType: 'RATE' as const }, { channelFeeValue: '0.01' }])(
    'has no fee when half of it is missing: %j',
    (half) => {
      expect(bizDataOf(place, { ...recorded, ...half }).channelFee).toBeUndefined();
    },
  );
});

describe('what is wrong with the content of a code', () => {
  test('nothing', () => {
    expect(refuseBizData(content, {})).toBeUndefined();
  });

  test.each<[string, Partial<QrCodeBizData>]>([
    ["The merchant's industry", { secondaryMerchantIndustry: 'x' }],
    ['The merchant id', { secondaryMerchantId: '' }],
    ["The merchant's name", { secondaryMerchantName: ' ' }],
    ['The store id', { storeId: '' }],
    ["The store's name", { storeName: '' }],
    ["The store's name", { storeName: '\t' }],
    ['The transaction currency', { transCurrency: 'x' }],
    ['The settlement currency', { currency: 'x' }],
    ["The store's country code", { countryCode: 'x' }],
    ["The store's address", { address: ' ' }],
    ["The channel fee's type", { channelFee: { type: 'OTHER' as never, value: '1' } }],
    ["The channel fee's value", { channelFee: { type: 'RATE', value: '1' } }],
    ['notifyCharset', { notifyCharset: 'a"b' }],
  ])('%s is named', (label, change) => {
    expect(refuseBizData({ ...content, ...change }, {})).toEqual({
      refusal: 'INVALID_INPUT',
      message: expect.stringMatching(new RegExp(`^${label} .{10,}\\.$`)) as string,
      field: [],
    });
  });

  test('what is blank is told as such', () => {
    expect(refuseBizData({ ...content, storeName: ' ' }, {})?.message).toBe(
      "The store's name is blank: write what a customer is to read there.",
    );
  });

  test("where: in the command's own field, else in that which stands for the record", () => {
    const faulty = { ...content, storeName: ' ' };

    expect(refuseBizData(faulty, { storeName: ['name'] }, ['storeId'])?.field).toEqual(['name']);
    expect(refuseBizData(faulty, { address: ['address'] }, ['storeId'])?.field).toEqual([
      'storeId',
    ]);
  });
});
