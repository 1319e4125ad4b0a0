import { assertXmlName, escapeXml, prologCharset, readXml } from './xml';

function refusal(message: string, code = 'ALIPAY_MALFORMED_MESSAGE'): Error {
  return expect.objectContaining({ code, message }) as Error;
}

function nested(depth: number): string {
  return '<a>'.repeat(depth) + '</a>'.repeat(depth);
}

describe('reading', () => {
  test('text, characters escaped or not, and elements, in their order', () => {
    const text =
      '<?xml version="1.0"?>\n<!-- x --><a id="1">1<b>&lt;2&#13;</b><!-- y -->2<?z z?><c/><![CDATA[<3>]]></a>\n';

    expect(readXml(text)).toEqual({
      name: 'a',
      attributes: { id: '1' },
      text: '12<3>',
      children: [
        { name: 'b', attributes: {}, text: '<2\r', children: [] },
        { name: 'c', attributes: {}, text: '', children: [] },
      ],
    });
  });

  test('sixteen levels are read, the seventeenth is not', () => {
    expect(readXml(nested(16))).toMatchObject({ name: 'a' });
    expect(() => readXml(nested(17))).toThrow(refusal('XML nested too deeply'));
    expect(() => readXml(nested(1990))).toThrow(refusal('XML nested too deeply'));
  });

  test('as many tags as an answer could have are read, one more is not', () => {
    const wide = (tags: number): string => `<a>${'<b/>'.repeat(tags - 2)}</a>`;

    expect(readXml(wide(3999)).children).toHaveLength(3997);
    expect(() => readXml(wide(4000))).toThrow(refusal('more than 4000 tags'));
  });

  test.each([
    ['<!DOCTYPE a><a/>', 'a document type declaration, or more than one root'],
    ['<a>', 'not well-formed XML'],
    ['<a/><b/>', 'not well-formed XML'],
    ['', 'not well-formed XML'],
  ])('%j is refused', (text, message) => {
    expect(() => readXml(text)).toThrow(refusal(message));
  });
});

test.each<[string, string | undefined]>([
  ['<?xml version="1.0" encoding="GBK"?><a/>', 'GBK'],
  ["<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>", 'utf-8'],
  ['<?xml\tencoding = "x.y_z-1"?><a/>', 'x.y_z-1'],
  ['\u00ef\u00bb\u00bf<?xml version="1.0" encoding="GBK"?><a/>', 'GBK'],
  ['<?xml version="1.0"?><a encoding="GBK"/>', undefined],
  ['<?xml version="1.0" myencoding="GBK"?><a/>', undefined],
  ['<?xmlencoding="GBK"?><a/>', undefined],
  ['<?xml encoding=""?><a/>', undefined],
  ['<?xml encoding="G BK"?><a/>', undefined],
  [' <?xml encoding="GBK"?><a/>', undefined],
  ['<a/>', undefined],
  [`<?xml${' '.repeat(236)}encoding="GBK"?><a/>`, 'GBK'],
  [`<?xml${' '.repeat(237)}encoding="GBK"?><a/>`, 'GBK'],
  [`<?xml${' '.repeat(238)}encoding="GBK"?><a/>`, undefined],
])('the charset of the prolog of %j is %s', (text, charset) => {
  expect(prologCharset(Buffer.from(text, 'latin1'))).toBe(charset);
});

test('text is escaped, so that it is read as it was written', () => {
  const text = ' &<>"\'\r\n\t\u00e9茶😀 ';

  expect(escapeXml(text)).toBe(" &amp;&lt;&gt;&quot;'&#13;&#10;&#9;\u00e9茶😀 ");
  expect(readXml(`<a>${escapeXml(text)}</a>`).text).toBe(text);
});

test.each(['\u0000', '\u000b', '\u001f', '\ud800', '\ufffe', '\uffff'])(
  'XML cannot carry %j',
  (text) => {
    expect(() => escapeXml(`a${text}b`)).toThrow(
      refusal('XML cannot carry this text', 'ALIPAY_UNENCODABLE_TEXT'),
    );
  },
);

test('what cannot be the name of an element is none', () => {
  for (const name of ['a', '_a', 'A1', 'trade-no.x_1']) {
    expect(() => {
      assertXmlName(name);
    }).not.toThrow();
  }
  for (const name of ['', '1a', '-a', 'a b', 'a>', 'a\n', 'é']) {
    expect(() => {
      assertXmlName(name);
    }).toThrow(refusal(`${JSON.stringify(name)} is no name of an element`));
  }
});
