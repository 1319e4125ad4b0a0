import { type Charset } from './charset';
import { charsetOfPairs, charsetOrUtf8, decodePairs, encodeForm, splitForm } from './form';

function refusal(message: string): Error {
  return expect.objectContaining({ code: 'ALIPAY_MALFORMED_MESSAGE', message }) as Error;
}

function read(form: string | Uint8Array, charset: Charset): [string, string][] {
  return decodePairs(splitForm(form), charset);
}

describe('writing a form', () => {
  test.each<[string, Charset, string, string]>([
    ['plain text', 'UTF-8', 'aZ09._~-', 'aZ09._~-'],
    ['what has a meaning in a form', 'UTF-8', 'a b&c=d+e%', 'a%20b%26c%3Dd%2Be%25'],
    ['marks', 'UTF-8', "!'()*", "!'()*"],
    ['marks in GBK', 'GBK', "!'()* &", "!'()*%20%26"],
    ['Chinese', 'UTF-8', '茶', '%E8%8C%B6'],
    ['Chinese and a mark', 'UTF-8', '茶!', '%E8%8C%B6!'],
    ['Chinese in GBK', 'GBK', 'x.茶!\n', 'x.%B2%E8%21%0A'],
  ])('%s in %s', (_what, charset, text, escaped) => {
    expect(encodeForm({ [text]: text, a: '' }, charset)).toBe(`${escaped}=${escaped}&a=`);
  });

  test('half a character cannot be written', () => {
    for (const charset of ['UTF-8', 'GBK'] as const) {
      expect(() => encodeForm({ a: '\ud800' }, charset)).toThrow(
        expect.objectContaining({ code: 'ALIPAY_UNENCODABLE_TEXT' }) as Error,
      );
    }
  });
});

describe('reading a form', () => {
  test.each<[string, string, Charset, [string, string][]]>([
    [
      'pairs',
      'a=1&b=2',
      'UTF-8',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'nothing between two &',
      '&a=1&&b=2&',
      'UTF-8',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a value with = in it', 'a=1=2', 'UTF-8', [['a', '1=2']]],
    [
      'a name alone',
      'a&b=',
      'UTF-8',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['no name', '=1', 'UTF-8', [['', '1']]],
    ['a blank written as +', 'a+b=1+2+3', 'UTF-8', [['a b', '1 2 3']]],
    ['a blank written as + in GBK', 'a+b=1+%B2%e8', 'GBK', [['a b', '1 茶']]],
    ['escapes in either case', '%61=%e8%8C%b6', 'UTF-8', [['a', '茶']]],
    ['a text that was never escaped', 'a=茶', 'UTF-8', [['a', '茶']]],
    ['both in one value', 'a=茶%e8%8c%b6+', 'UTF-8', [['a', '茶茶 ']]],
  ])('%s', (_what, form, charset, pairs) => {
    expect(read(form, charset)).toEqual(pairs);
  });

  test('bytes that nobody escaped are read as bytes, also half of a character', () => {
    expect(read(Buffer.from('613dB2e8', 'hex'), 'GBK')).toEqual([['a', '茶']]);
    expect(read(Buffer.from('613db2254538', 'hex'), 'GBK')).toEqual([['a', '茶']]);
  });

  test('the bytes are those of the view, not of the memory it looks at', () => {
    const memory = Buffer.from('x=9&a=1&y=9');

    expect(read(new Uint8Array(memory.buffer, memory.byteOffset + 4, 3), 'UTF-8')).toEqual([
      ['a', '1'],
    ]);
  });

  test.each<[string, Charset, string]>([
    ['a=%zz', 'GBK', 'a percent escape that is none'],
    ['a=%B', 'GBK', 'a percent escape that is none'],
    ['a=%BG', 'GBK', 'a percent escape that is none'],
    ['a=茶%zz', 'UTF-8', 'a percent escape that is none'],
    ['a=茶%ff', 'UTF-8', 'bytes that are not UTF-8'],
    ['a=%81%30', 'GBK', 'bytes that are not GBK'],
    ['a=%ff', 'UTF-8', 'a percent escape that is none, or bytes that are not UTF-8'],
    ['a=%zz', 'UTF-8', 'a percent escape that is none, or bytes that are not UTF-8'],
  ])('%s in %s is malformed', (form, charset, message) => {
    expect(() => read(form, charset)).toThrow(refusal(message));
  });

  test('a mebibyte is a form, one byte more is none', () => {
    const longest = `a=${'x'.repeat(1024 * 1024 - 2)}`;

    expect(splitForm(longest)).toEqual([['a', longest.slice(2)]]);
    expect(() => splitForm(`${longest}x`)).toThrow(refusal('a form of more than 1048576 bytes'));
  });

  test('nothing after the thousandth pair is left unread', () => {
    const pairs = (count: number): string => Array.from({ length: count }, () => 'a=1').join('&');

    expect(splitForm(pairs(1000))).toHaveLength(1000);
    expect(() => splitForm(pairs(1001))).toThrow(refusal('a form of more than 1000 pairs'));
    expect(() => splitForm(`a=1${'&'.repeat(1000)}b=2`)).toThrow(
      refusal('a form of more than 1000 pairs'),
    );
  });
});

test.each([
  ['a=1&_input_charset=GBK&b=2', 'GBK'],
  ['_input_charset=utf%2D8', 'utf-8'],
  ['_input_charset=GBK&_input_charset=UTF-8', 'GBK'],
  ['_input_charset=', undefined],
  ['_input_charset', undefined],
  ['a=GBK', undefined],
])('the charset that %s names is %s', (form, label) => {
  expect(charsetOfPairs(splitForm(form))).toBe(label);
});

test('a charset that nobody names, or that is not read, is UTF-8', () => {
  expect([undefined, 'Big5', 'utf-8', 'gbk', 'GB2312'].map(charsetOrUtf8)).toEqual([
    'UTF-8',
    'UTF-8',
    'UTF-8',
    'GBK',
    'GBK',
  ]);
});
