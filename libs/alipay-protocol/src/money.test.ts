import fc from 'fast-check';

import { decimalsOf, formatAmount, parseAmount } from './money';

const invalid = expect.objectContaining({ code: 'ALIPAY_AMOUNT_INVALID' }) as Error;

test.each([
  '',
  ' ',
  '.',
  '.5',
  '12.',
  '012.50',
  '00',
  '00.10',
  '+1',
  '-1',
  '-0.00',
  '1e3',
  '1E3',
  '0x10',
  '1,000.00',
  '12,50',
  '12.505',
  '12.50 ',
  ' 12.50',
  '12.50\n',
  '1 2',
  '10000000',
  '10000000.00',
  '9999999.999',
  '١٢',
  '１２',
  'NaN',
  'Infinity',
  '12.5.0',
  '99999999999999999999',
])('refuses %j', (text) => {
  expect(() => parseAmount(text, 'HKD')).toThrow(invalid);
});

test.each(['', 'hkd', 'HK', 'HKDX', 'H1D', '__proto__'])('refuses the currency %j', (currency) => {
  expect(() => parseAmount('1', currency)).toThrow(invalid);
  expect(() => formatAmount({ minor: 1n, currency })).toThrow(invalid);
});

test.each([
  ['JPY', '100.00'],
  ['JPY', '100.5'],
  ['KRW', '1.0'],
])('%s has no decimals: refuses %s', (currency, text) => {
  expect(() => parseAmount(text, currency)).toThrow(invalid);
});

test('refuses to write an amount that is no bigint', () => {
  expect(() => formatAmount({ minor: 12.5, currency: 'HKD' } as never)).toThrow(invalid);
});

test.each([
  [-1n, 'HKD', '-0.01'],
  [-1250n, 'HKD', '-12.50'],
  [-5n, 'JPY', '-5'],
  [123456789012n, 'HKD', '1234567890.12'],
])('sums may be negative or large: %s %s', (minor, currency, written) => {
  expect(formatAmount({ minor, currency })).toBe(written);
});

test.each([
  ['12', 'HKD', 1200n, '12.00'],
  ['12.5', 'HKD', 1250n, '12.50'],
  ['12.50', 'HKD', 1250n, '12.50'],
  ['0', 'HKD', 0n, '0.00'],
  ['0.00', 'HKD', 0n, '0.00'],
  ['0.01', 'HKD', 1n, '0.01'],
  ['0.1', 'HKD', 10n, '0.10'],
  ['9999999.99', 'HKD', 999999999n, '9999999.99'],
  ['1250', 'JPY', 1250n, '1250'],
])('%s %s', (text, currency, minor, written) => {
  const money = parseAmount(text, currency);

  expect(money).toEqual({ minor, currency });
  expect(formatAmount(money)).toBe(written);
});

test('every amount is read back as it was written', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 9_999_999n),
      fc.constantFrom('HKD', 'USD', 'JPY', 'KRW'),
      (minor, currency) => {
        expect(parseAmount(formatAmount({ minor, currency }), currency)).toEqual({
          minor,
          currency,
        });
      },
    ),
  );
});

test('decimals', () => {
  expect(['HKD', 'JPY', 'KRW'].map(decimalsOf)).toEqual([2, 0, 0]);
});
