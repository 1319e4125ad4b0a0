import fc from 'fast-check';

import { createMask } from './create-mask';
import { maskEachField, maskField } from './mask-fields';

test('the same value has the same mask, another another, and neither shows through', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 6, unit: 'grapheme' })), (values) => {
      const mask = createMask();
      const masks = values.map(mask);

      expect(values.map(mask)).toEqual(masks);
      expect(new Set(masks).size).toBe(masks.length);
      for (const [index, value] of values.entries()) {
        if (/[\p{L}\p{N}]/u.test(value)) expect(masks[index]).not.toBe(value);
      }
    }),
  );
});

test.each([
  ['2026010222001400000000000001', /^\d{28}$/],
  ['2088000000000001', /^2088\d{12}$/],
  ['852-45****88', /^\d{3}-\d{2}\*{4}\d{2}$/],
  ['Ada.Chan@shop.example', /^[A-Z][a-z]{2}\.[A-Z][a-z]{3}@[a-z]{4}\.[a-z]{7}$/],
  ['旺角茶餐廳', /^\p{Script=Han}{5}$/u],
  ['é😀', /^\p{Script=Han}{2}$/u],
])('%s keeps its shape', (value, shape) => {
  const masked = createMask()(value);

  expect(masked).toMatch(shape);
  expect(masked).not.toBe(value);
});

test('another recording has other masks', () => {
  expect(createMask()('2026010222001400')).not.toBe(createMask()('2026010222001400'));
});

test('a short value has a mask of its own, too', () => {
  const mask = createMask();
  const values = ['S1', 'S2', 'M1', '7', '8'];

  const masks = values.map(mask);

  expect(new Set(masks).size).toBe(values.length);
  for (const [index, value] of values.entries()) expect(masks[index]).not.toBe(value);
});

test('words of Alipay’s, amounts and times stay; whatever nobody has heard of is masked', () => {
  const fields = {
    trade_status: 'TRADE_SUCCESS',
    total_fee: '12.50',
    gmt_payment: '2026-01-02 10:45:42',
    new_field: 'Chan Tai Man',
  };

  const masked = maskEachField(fields, createMask());

  const { new_field: hidden, ...shown } = masked;
  expect({ ...shown, new_field: fields.new_field }).toEqual(fields);
  expect(hidden).toMatch(/^[A-Z][a-z]{3} [A-Z][a-z]{2} [A-Z][a-z]{2}$/);
  expect(hidden).not.toBe(fields.new_field);
});

test('a word of Alipay’s that is none was put there by somebody', () => {
  expect(maskField('status', '陳大文', createMask())).not.toContain('陳大文');
});

test('an address keeps what every address has, and Alipay’s own its host', () => {
  const mask = createMask();

  expect(maskField('notify_url', 'https://pay.shop.example/n/t0ken?x=1', mask)).toMatch(
    /^https:\/\/[a-z]{3}\.[a-z]{4}\.[a-z]{7}\/[a-z]\/[a-z]\d[a-z]{3}\?[a-z]=\d$/,
  );
  expect(maskField('qrcode', 'https://qr.alipay.com/ocx0001', mask)).toMatch(
    /^https:\/\/qr\.alipay\.com\/[a-z]{3}\d{4}$/,
  );
});

test('within JSON each value is masked by its own name', () => {
  const bizData = {
    currency: 'HKD',
    store_id: 'Store-17',
    seats: 12_345,
    passback_parameters: JSON.stringify({ till: 'Counter 1' }),
  };

  const masked = JSON.parse(
    maskField('biz_data', JSON.stringify(bizData), createMask()),
  ) as typeof bizData;

  expect(Object.keys(masked)).toEqual(Object.keys(bizData));
  expect(masked.currency).toBe('HKD');
  expect(masked.store_id).toMatch(/^[A-Z][a-z]{4}-\d\d$/);
  expect(masked.store_id).not.toBe(bizData.store_id);
  expect(masked.seats).not.toBe(bizData.seats);
  expect(JSON.parse(masked.passback_parameters)).not.toEqual({ till: 'Counter 1' });
});
