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
  expect(readsTwoWays({ ...genuine, subject: 'Fish & Chips' })).toBe(true);
  expect(readsTwoWays({ subject: 'Fish & Chips', url: 'https://x.example/?a=1&b=2' })).toBe(false);
});

test('some signers keep empty values', () => {
  expect(signedTextWithEmpty({ b: '', a: '1', sign: 'x' })).toBe('a=1&b=');
  expect(signedTextWithEmpty({ b: '' })).toBe('b=');
});

test('the order of one message is not that of the one before', () => {
  const texts = [{ b: '1', a: '2' }, { b: '3', a: '4' }, { b: '5', c: '6' }, { a: '7' }, {}];

  expect(texts.map(signedText)).toEqual(['a=2&b=1', 'a=4&b=3', 'b=5&c=6', 'a=7', '']);
});

test('what is refused names its field', () => {
  expect(() => signedText({ 'a=1': '2' })).toThrow('"a=1" is no name of a field');
  expect(() => signedText({ a: 1 } as never)).toThrow('the field "a" is not text');
});
