import {
  decodeAnswer,
  type DecodedAnswer,
  encodeAnswer,
  repeatedRequest,
  type SignedAnswerOptions,
} from './answer';
import { type Fields } from './fields';
import { createSigner } from './sign-fields';
import { createVerifier, type Verifier } from './verify-fields';

const md5Key = '0123456789abcdef0123456789abcdef';
const verifier = (): Verifier => createVerifier({ signType: 'MD5', md5Key });
const signer = createSigner({ signType: 'MD5', md5Key });

function decode(text: string, contentType?: string): DecodedAnswer {
  return decodeAnswer(Buffer.from(text, 'utf8'), { contentType, verifier: verifier() });
}

/** An answer whose parts are written by hand, with a true signature of the text that is given. */
function answer(response: string, signed: string): string {
  const sign = signer.sign(Buffer.from(signed));
  return `<alipay><is_success>T</is_success><response>${response}</response><sign>${sign}</sign><sign_type>MD5</sign_type></alipay>`;
}

function refusal(message: string, code = 'ALIPAY_MALFORMED_MESSAGE'): Error {
  return expect.objectContaining({ code, message }) as Error;
}

describe('what is refused is told in words', () => {
  const good = (): string => answer('<alipay><a>1</a></alipay>', 'a=1');
  const put = (place: string, instead: string) => (): string => good().replace(place, instead);
  test.each<[string, string, () => string]>([
    ['another root', 'the root is "answer" instead of "alipay"', () => '<answer/>'],
    ['nothing', 'is_success is neither T nor F', () => '<alipay/>'],
    ['two responses', '<response> stands twice', put('</response>', '</response><response/>')],
    ['text in the root', '<alipay> holds text beside elements', put('<response>', 'x<response>')],
    [
      'text in the response',
      '<response> holds text beside elements',
      put('<response>', '<response>x'),
    ],
    ['text between the values', '<alipay> holds text beside elements', put('<a>', 'x<a>')],
    ['no response', 'a signature of nothing', () => good().replace(/<response>.*<\/response>/, '')],
    ['no element', '<response> must hold exactly one element', () => answer('', '')],
    ['two elements', '<response> must hold exactly one element', () => answer('<x/><y/>', '')],
    ['a signature inside', '<sign> stands twice', () => answer('<x><sign>1</sign></x>', '')],
    [
      'a sign type inside',
      '<sign> stands twice',
      () => answer('<x><sign_type>MD5</sign_type></x>', ''),
    ],
    [
      'a value repeated as a list',
      'an element stands twice',
      () => answer('<x><a>1</a><a><b/></a></x>', 'a=1'),
    ],
    ['elements for a signature', '<sign> holds elements', put('<sign>', '<sign><b/>')],
    [
      'elements for a sign type',
      '<sign_type> holds elements',
      put('<sign_type>', '<sign_type><b/>'),
    ],
    ['a refusal that says something', 'a refusal with a response', put('>T<', '>F<')],
    [
      'a refusal that says nothing',
      'a refusal without a code',
      () => '<alipay><is_success>F</is_success></alipay>',
    ],
  ])('%s: %s', (_what, message, text) => {
    expect(() => decode(text())).toThrow(refusal(message));
  });

  test('an accepted answer without response and signature is not signed', () => {
    expect(() => decode('<alipay><is_success>T</is_success></alipay>')).toThrow(
      refusal('the message is not signed', 'ALIPAY_SIGNATURE_MISSING'),
    );
  });

  test('a mebibyte is read, one byte more is not', () => {
    const refused = '<alipay><is_success>F</is_success><error>A</error></alipay>';
    const longest = refused.replace(
      '<error>',
      `${' '.repeat(1024 * 1024 - refused.length)}<error>`,
    );

    expect(decode(longest)).toEqual({ accepted: false, code: 'A' });
    expect(() => decode(`${longest} `)).toThrow(refusal('more than 1048576 bytes'));
  });
});

describe('the ways in which a signer reads an element (PROTOCOL.md §3.4)', () => {
  test.each<[string, string, string, Fields]>([
    ['as it stands', '<b> 2 </b><a>1</a>', 'a=1&b= 2 ', { a: '1', b: ' 2 ' }],
    ['without the blanks around values', '<b> 2 </b><a>1</a>', 'a=1&b=2', { a: '1', b: '2' }],
    ['without what is empty', '<b/><a>1</a>', 'a=1', { a: '1', b: '' }],
    ['with what is empty', '<b/><a>1</a>', 'a=1&b=', { a: '1', b: '' }],
    ['with what is blank as empty', '<b> </b><a>1</a>', 'a=1&b=', { a: '1', b: '' }],
    ['nothing at all', '', '', {}],
  ])('%s', (_what, content, signed, fields) => {
    expect(decode(answer(`<x>${content}</x>`, signed))).toEqual({ accepted: true, fields });
  });

  test('a list is not signed, so it is not passed on', () => {
    expect(decode(answer('<x><list><b>2</b></list><a>1</a></x>', 'a=1'))).toEqual({
      accepted: true,
      fields: { a: '1' },
    });
  });

  test('any other reading is not believed', () => {
    expect(() => decode(answer('<x><b> 2 </b></x>', 'b= 2'))).toThrow(
      refusal(
        'the MD5 signature does not belong to this text in UTF-8 and this key',
        'ALIPAY_SIGNATURE_MISMATCH',
      ),
    );
  });

  test('blanks around the verdict, the signature and its type mean nothing', () => {
    const text = answer('<x><a>1</a></x>', 'a=1').replace(
      /<(is_success|sign|sign_type)>([^<]*)</g,
      '<$1>\n $2\n <',
    );

    expect(decode(text)).toEqual({ accepted: true, fields: { a: '1' } });
  });
});

describe('the charset', () => {
  const accepted = { accepted: true, fields: { name: '茶葉' } };

  test('is that of the header, else that of the prolog, else UTF-8', () => {
    const gbk = encodeAnswer({ name: '茶葉' }, signer, { charset: 'GBK' });
    const utf8 = encodeAnswer({ name: '茶葉' }, signer);
    const bare = utf8.toString('utf8').replace(/<\?.*\?>\n/, '');

    expect(decodeAnswer(gbk, { verifier: verifier() })).toEqual(accepted);
    expect(
      decodeAnswer(utf8, { verifier: verifier(), contentType: 'text/xml; charset=utf-8' }),
    ).toEqual(accepted);
    expect(decode(bare)).toEqual(accepted);
    expect(decode(`\ufeff${bare}`)).toEqual(accepted);
    expect(() => decode(bare, 'text/xml; charset=Big5')).toThrow(
      refusal('the charset "Big5" is not read'),
    );
    expect(() => decode(bare.replace('茶', '茶\ufeff'))).toThrow(
      refusal(
        'the MD5 signature does not belong to this text in UTF-8 and this key',
        'ALIPAY_SIGNATURE_MISMATCH',
      ),
    );
  });
});

describe('a refusal', () => {
  test.each(['A', 'ILLEGAL_SIGN', 'a.b-c_9', `A${'b'.repeat(63)}`])('with the code %s', (code) => {
    const text = `<alipay><is_success> F\n</is_success><error> ${code}\n</error></alipay>`;

    expect(decode(text)).toEqual({ accepted: false, code });
    expect(decode(encodeAnswer({ error: code }).toString())).toEqual({ accepted: false, code });
    expect(encodeAnswer({ error: code }).toString()).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<alipay><is_success>F</is_success><error>${code}</error></alipay>`,
    );
  });

  test.each(['', '1A', 'A B', 'A!', `A${'b'.repeat(64)}`, 'A\nB'])('%j is no code', (code) => {
    expect(() =>
      decode(`<alipay><is_success>F</is_success><error>${code}</error></alipay>`),
    ).toThrow(refusal('a refusal without a code'));
    expect(() => encodeAnswer({ error: code })).toThrow(refusal('a refusal needs a code'));
  });

  test('without a code cannot be written', () => {
    expect(() => encodeAnswer({} as never)).toThrow(refusal('a refusal needs a code'));
  });
});

describe('what an answer repeats of its request', () => {
  test('is read as it stands there, in the charset of the answer', () => {
    const request = { service: 'a"b', x: '<', name: '茶葉' };
    const bytes = encodeAnswer({ a: '1' }, signer, { charset: 'GBK', request });

    expect(repeatedRequest(bytes)).toEqual(request);
  });

  test.each([
    ['nothing', encodeAnswer({ a: '1' }, signer).toString()],
    ['with a refusal nothing', encodeAnswer({ error: 'ILLEGAL_SIGN' }).toString()],
    ['without a name nothing', '<alipay><request><param>x</param></request></alipay>'],
  ])('may be %s', (_what, text) => {
    expect(repeatedRequest(Buffer.from(text))).toEqual({});
  });
});

describe('what is written', () => {
  test.each<[string, Fields, SignedAnswerOptions | undefined, string]>([
    [
      'plainly',
      { b: '2', a: '1', empty: '' },
      undefined,
      '<?xml version="1.0" encoding="UTF-8"?>\n<alipay><is_success>T</is_success>' +
        '<response><alipay><b>2</b><a>1</a></alipay></response><sign>SIGN</sign><sign_type>MD5</sign_type></alipay>',
    ],
    [
      'with the request, in another element and charset',
      { b: '2', a: '1' },
      { element: 'code', charset: 'GBK', request: { service: 'a"b', x: '<' } },
      '<?xml version="1.0" encoding="GBK"?>\n<alipay><is_success>T</is_success>' +
        '<request><param name="service">a&quot;b</param><param name="x">&lt;</param></request>' +
        '<response><code><b>2</b><a>1</a></code></response><sign>SIGN</sign><sign_type>MD5</sign_type></alipay>',
    ],
  ])('%s', (_what, fields, options, text) => {
    const sign = signer.sign(Buffer.from('a=1&b=2'));

    expect(encodeAnswer(fields, signer, options).toString()).toBe(text.replace('SIGN', sign));
  });

  test('a signature that stood there before is replaced', () => {
    const text = encodeAnswer({ a: '1', sign: 'x', sign_type: 'RSA' }, signer).toString();

    expect(decode(text)).toEqual({ accepted: true, fields: { a: '1' } });
  });

  test.each(['a b', ''])('%j cannot be the name of an element', (name) => {
    const message = `${JSON.stringify(name)} is no name of an element`;

    expect(() => encodeAnswer({ a: '1' }, signer, { element: name })).toThrow(refusal(message));
    if (name !== '') {
      expect(() => encodeAnswer({ [name]: '1' }, signer)).toThrow(refusal(message));
    }
  });
});
