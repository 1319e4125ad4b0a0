import { decode as decodeByTable } from 'iconv-lite';

import {
  charsetNamed,
  contentTypeCharset,
  decodeText,
  encodeText,
  readableCharset,
  receivedBytes,
  writableCharset,
} from './charset';

const refusal = (code: string) => expect.objectContaining({ code }) as Error;

function allTwoByteCodes(): Buffer[] {
  const codes: Buffer[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      if (trail !== 0x7f) codes.push(Buffer.from([lead, trail]));
    }
  }
  return codes;
}

describe('refused before anything is written', () => {
  test.each(['😀', '한국', 'é̩', '\u{20000}', '€', '\ud800', 'x\udc00y'])('GBK lacks %j', (text) => {
    expect(() => encodeText(text, 'GBK')).toThrow(refusal('ALIPAY_UNENCODABLE_TEXT'));
  });

  test.each(['\ud800', 'a\udfff', '\udc00\ud800'])('half a character: %j', (text) => {
    expect(() => encodeText(text, 'UTF-8')).toThrow(refusal('ALIPAY_UNENCODABLE_TEXT'));
    expect(receivedBytes(text, 'UTF-8')).toBeUndefined();
  });

  test.each(['GB2312', 'Big5', 'ISO-8859-1', '', '__proto__'])('the charset %j', (label) => {
    expect(() => writableCharset(label)).toThrow(refusal('ALIPAY_MALFORMED_MESSAGE'));
  });
});

describe('refused when read', () => {
  test.each<[string, 'UTF-8' | 'GBK', number[]]>([
    ['an overlong slash', 'UTF-8', [0xc0, 0xaf]],
    ['half a character', 'UTF-8', [0xe4, 0xb8]],
    ['a surrogate', 'UTF-8', [0xed, 0xa0, 0x80]],
    ['half a character', 'GBK', [0xd6]],
    ['an unassigned trail byte', 'GBK', [0x81, 0x30]],
  ])('%s in %s', (_what, charset, bytes) => {
    expect(() => decodeText(Buffer.from(bytes), charset)).toThrow(
      refusal('ALIPAY_MALFORMED_MESSAGE'),
    );
  });

  test('a charset we do not know', () => {
    expect(() => readableCharset('Big5')).toThrow(refusal('ALIPAY_MALFORMED_MESSAGE'));
  });
});

test('every GBK code is turned back into the bytes that were received', () => {
  const all = Buffer.concat(allTwoByteCodes());

  expect(receivedBytes(decodeText(all, 'GBK'), 'GBK')).toEqual(all);
});

test('what two readers of GBK take for different characters is never written', () => {
  const disputed = allTwoByteCodes().filter(
    (code) => decodeText(code, 'GBK') !== decodeByTable(code, 'gbk'),
  );

  expect(disputed.length).toBeGreaterThan(0);
  for (const code of disputed) {
    expect(() => encodeText(decodeText(code, 'GBK'), 'GBK')).toThrow(
      refusal('ALIPAY_UNENCODABLE_TEXT'),
    );
  }
});

test('Traditional Chinese is written as GBK readers expect it', () => {
  expect(encodeText('銅鑼灣 cafe', 'GBK')).toEqual(
    Buffer.concat([Buffer.from('e37ee88c9eb3', 'hex'), Buffer.from(' cafe')]),
  );
});

test('a byte order mark is content', () => {
  expect(decodeText(Buffer.from('\ufeffx'), 'UTF-8')).toBe('\ufeffx');
});

test.each([
  ['utf-8', 'UTF-8'],
  ['UTF8', 'UTF-8'],
  ['gbk', 'GBK'],
  ['GB2312', 'GBK'],
  ['big5', undefined],
  ['constructor', undefined],
])('the label %s means %s', (label, charset) => {
  expect(charsetNamed(label)).toBe(charset);
});

test.each([
  ['text/xml;charset=GBK', 'GBK'],
  ['text/xml; Charset = "utf-8"', 'utf-8'],
  ["text/xml; charset='GBK'; q=1", 'GBK'],
  ['application/x-www-form-urlencoded; text/html; charset=utf-8', 'utf-8'],
  ['text/xml;charset=', undefined],
  ['text/xml; xcharset=GBK', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j names %j', (contentType, label) => {
  expect(contentTypeCharset(contentType)).toBe(label);
});
