import fc from 'fast-check';

import { readsTwoWays, signedText, signedTextWithEmpty } from './signed-text';

test.each<[string, Record<string, string>, string]>([
  ['nothing', {}, ''],
  ['only a signature', { sign: 'x', sign_type: 'MD5' }, ''],
  ['empty values are left out', { b: '', a: '1' }, 'a=1'],
  ['raw values', { a: ' 1+1=2&b ', c: '茶' }, 'a= 1+1=2&b &c=茶'],
  ['capitals, underscore, lower case', { b: '4', _c: '2', A: '1', a1: '3' }, 'A=1&_c=2&a1=3&b=4'],
  ['a shorter name first', { ab: '2', a: '1', a_: '3' }, 'a=1&a_=3&ab=2'],
  [
    'the documented one',
    { service: 'x', b: '2', a: '1', sign: '…', empty: '' },
    'a=1&b=2&service=x',
  ],
])('%s', (_what, fields, text) => {
  expect(signedText(fields)).toBe(text);
});

test('from JavaScript: what was not given is not signed, what is not text is refused', () => {
  expect(signedText({ a: '1', b: undefined, c: null } as never)).toBe('a=1');
  expect(() => signedText({ a: 1 } as never)).toThrow(
    expect.objectContaining({ code: 'ALIPAY_MALFORMED_MESSAGE' }) as Error,
  );
});

test('a value that repeats a field of its message is told, because its signature fits another cut', () => {
  const genuine = { memo: 'x&total_fee=9999&zz=', total_fee: '0.01', trade_no: '1' };
  const forged = { memo: 'x', total_fee: '9999', zz: '&total_fee=0.01&trade_no=1' };

  expect(signedText(forged)).toBe(signedText(genuine));
  expect([readsTwoWays(genuine), readsTwoWays(forged)]).toEqual([true, true]);
  expect(readsTwoWays({ subject: 'Fish & Chips', url: 'https://x.example/?a=1&b=2' })).toBe(false);
});

test('some signers keep empty values', () => {
  expect(signedTextWithEmpty({ b: '', a: '1', sign: 'x' })).toBe('a=1&b=');
});

test('the order is that of the names, however many there are', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[A-Z_a-z][A-Z_a-z0-9]{0,9}$/), {
    maxLength: 90,
  });
  fc.assert(
    fc.property(names, (given) => {
      const fields = Object.fromEntries(given.map((name) => [name, 'x']));
      const expected = given.filter((name) => name !== 'sign' && name !== 'sign_type').sort();
      expect(signedText(fields)).toBe(expected.map((name) => `${name}=x`).join('&'));
    }),
  );
});
