import { createHash } from 'node:crypto';

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

test('every GBK code is turned back into the bytes that were received, but for a second wide blank', () => {
  const seen = new Map<string, string>();
  const twice: string[] = [];
  const changed: string[] = [];

  for (const code of allTwoByteCodes()) {
    const text = decodeText(code, 'GBK');
    const first = seen.get(text) ?? code.toString('hex');
    if (seen.has(text)) twice.push(code.toString('hex'));
    seen.set(text, first);
    const back = receivedBytes(text, 'GBK')?.toString('hex') ?? '';
    if (back !== first) changed.push(`${first} ${back}`);
  }

  expect(['', 'a2e3 80']).toContain(changed.join(', ')); // €: as the decoder of this Node has it
  expect(['', 'a3a0']).toContain(twice.join(' '));
});

test('a wide blank is in GBK what every writer of GBK has for it, and so is €', () => {
  expect(receivedBytes('凍\u3000茶', 'GBK')?.toString('hex')).toBe('83f6a1a1b2e8');
  expect(encodeText('\u3000', 'GBK').toString('hex')).toBe('a1a1');
  expect(receivedBytes(decodeText(Buffer.from('80', 'hex'), 'GBK'), 'GBK')?.toString('hex')).toBe(
    '80',
  );
});

test('every Node writes the same in GBK: 21,791 characters beyond ASCII', () => {
  const hash = createHash('sha256');
  let count = 0;
  for (let unit = 0x80; unit <= 0xffff; unit += 1) {
    const bytes = written(String.fromCharCode(unit));
    if (bytes === undefined) continue;
    count += 1;
    hash.update(`${unit.toString(16)}${bytes.toString('hex')}`);
  }

  expect(count).toBe(21_791);
  expect(hash.digest('hex').slice(0, 16)).toBe('a06799a34a1c05a9');
});

function written(text: string): Buffer | undefined {
  try {
    return encodeText(text, 'GBK');
  } catch {
    return undefined;
  }
}

test('what two readers of GBK take for different characters is never written', () => {
  const disputed = allTwoByteCodes().filter(
    (code) => decodeText(code, 'GBK') !== decodeByTable(code, 'cp936'),
  );

  expect(disputed.length).toBeGreaterThan(0);
  for (const code of disputed) expect(written(decodeText(code, 'GBK'))).not.toEqual(code);
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
