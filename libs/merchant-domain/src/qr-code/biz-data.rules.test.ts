import { readChannelFee } from './biz-data.rules';

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
