import { checkQrCodeBizData, encodeQrCodeBizData, type QrCodeBizData } from './qr-code-biz-data';

const good: QrCodeBizData = {
  secondaryMerchantIndustry: '5812',
  secondaryMerchantId: 'M_1',
  secondaryMerchantName: 'Shop HK',
  storeId: 'S-1',
  storeName: 'Central',
  transCurrency: 'HKD',
  currency: 'HKD',
};

describe('a code that Alipay would refuse is refused here', () => {
  test.each<[string, Partial<QrCodeBizData>]>([
    ['secondaryMerchantIndustry', { secondaryMerchantIndustry: '581' }],
    ['secondaryMerchantIndustry', { secondaryMerchantIndustry: '58a2' }],
    ['secondaryMerchantId', { secondaryMerchantId: '' }],
    ['secondaryMerchantId', { secondaryMerchantId: 'M-1' }],
    ['secondaryMerchantId', { secondaryMerchantId: 'M'.repeat(33) }],
    ['secondaryMerchantName', { secondaryMerchantName: '茶'.repeat(33) }],
    ['secondaryMerchantName', { secondaryMerchantName: 'The "Shop"' }],
    ['storeId', { storeId: 'S 1' }],
    ['storeId', { storeId: 'S'.repeat(33) }],
    ['storeName', { storeName: '' }],
    ['storeName', { storeName: 'a\u0000b' }],
    ['storeName', { storeName: 'a\uffff' }],
    ['storeName', { storeName: 'half \ud800' }],
    ['transCurrency', { transCurrency: 'hkd' }],
    ['currency', { currency: '' }],
    ['countryCode', { countryCode: 'HKG' }],
    ['address', { address: '1 "Queen" Road' }],
    ['address', { address: 'x'.repeat(1900) }],
    ['address', { address: '街'.repeat(620) }],
    ['storeName', { storeName: 'x'.repeat(1900) }],
    ['channelFee.value', { channelFee: { type: 'FIXED', value: '-1' } }],
    ['channelFee.value', { channelFee: { type: 'FIXED', value: '1.005' } }],
    ['channelFee.value', { channelFee: { type: 'FIXED', value: '' } }],
    ['channelFee.value', { channelFee: { type: 'RATE', value: '0.051' } }],
    ['channelFee.value', { channelFee: { type: 'RATE', value: '0.1' } }],
    ['channelFee.value', { channelFee: { type: 'RATE', value: '1' } }],
    ['channelFee.value', { channelFee: { type: 'RATE', value: '.01' } }],
    ['passbackParameters', { passbackParameters: { till: '"3"' } }],
  ])('%s: %j', (field, change) => {
    expect(checkQrCodeBizData({ ...good, ...change })).toMatchObject({ field });
  });
});

describe('a code that Alipay takes passes', () => {
  test.each<[Partial<QrCodeBizData>]>([
    [{}],
    [{ secondaryMerchantName: '茶'.repeat(32) }],
    [{ secondaryMerchantName: "Mika's coffee shop" }],
    [{ secondaryMerchantId: 'M'.repeat(32), storeId: 'S-_'.repeat(10) }],
    [{ address: undefined, countryCode: undefined }],
    [{ channelFee: { type: 'FIXED', value: '0' } }],
    [{ channelFee: { type: 'FIXED', value: '1.50' } }],
    [{ channelFee: { type: 'RATE', value: '0' } }],
    [{ channelFee: { type: 'RATE', value: '0.05' } }],
    [{ channelFee: { type: 'RATE', value: '0.0125' } }],
    [{ channelFee: { type: 'RATE', value: '0.050' } }],
  ])('%j', (change) => {
    expect(checkQrCodeBizData({ ...good, ...change })).toBeUndefined();
  });

  test('a long Chinese address takes fewer bytes in GBK than in UTF-8', () => {
    const long = { ...good, address: '街'.repeat(620) };

    expect(checkQrCodeBizData(long, 'GBK')).toBeUndefined();
    expect(checkQrCodeBizData(long, 'UTF-8')).toMatchObject({ field: 'address' });
  });
});

test('a fixed fee is written with two decimals, a rate as it was given', () => {
  const fixed = encodeQrCodeBizData({ ...good, channelFee: { type: 'FIXED', value: '2' } });
  const rate = encodeQrCodeBizData({ ...good, channelFee: { type: 'RATE', value: '0.010' } });

  expect(fixed).toContain('"channel_fee":{"type":"FIXED","value":"2.00"}');
  expect(rate).toContain('"channel_fee":{"type":"RATE","value":"0.010"}');
});
