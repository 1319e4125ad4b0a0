import { createHash, privateEncrypt } from 'node:crypto';

import { newKeyPair } from '../test/key-pair';
import {
  createSigner,
  createVerifier,
  decodeAnswer,
  decodeNotification,
  decodeRequest,
  encodeAnswer,
  encodeNotification,
  type Fields,
  signFields,
  type Verifier,
  verifyFields,
} from './index';

const alipay = newKeyPair(2048);
const stranger = newKeyPair(2048);
const md5Key = '0123456789abcdef0123456789abcdef';

const signer = createSigner({ signType: 'RSA2', privateKey: alipay.privateKey });
const verifier = createVerifier({ signType: 'RSA2', publicKey: alipay.publicKey });
const md5Signer = createSigner({ signType: 'MD5', md5Key });
const md5Verifier = createVerifier({ signType: 'MD5', md5Key });

const paid: Fields = {
  notify_id: 'n1',
  out_trade_no: 'T1',
  total_fee: '12.50',
  trade_no: '2024010222001',
  trade_status: 'TRADE_SUCCESS',
};
const signed = signFields(paid, signer);
const sign = signed['sign'] ?? '';

const MISMATCH = 'ALIPAY_SIGNATURE_MISMATCH';
const MISSING = 'ALIPAY_SIGNATURE_MISSING';
const MALFORMED = 'ALIPAY_MALFORMED_MESSAGE';

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));
}

const publicPem = alipay.publicKey.export({ format: 'pem', type: 'spki' }) as string;
const publicBase64 = publicPem.replace(/-----[^-]+-----|\s/g, '');
const paidText = Object.keys(paid)
  .sort()
  .map((name) => `${name}=${paid[name] ?? ''}`)
  .join('&');
/** The MD5 of the right text, with what an attacker knows in the place of the key. */
const md5With = (key: string): string =>
  createHash('md5').update(`${paidText}${key}`).digest('hex');
const md5OverPublicKey = md5With(publicPem);

describe('fields: every attack ends in a refusal', () => {
  test.each<[string, Fields, string, Verifier?]>([
    ['no signature', without(signed, 'sign'), MISSING],
    ['an empty signature', { ...signed, sign: '' }, MISSING],
    ['a blank signature', { ...signed, sign: '  ' }, MISSING],
    ['nothing at all', {}, MISSING],
    ['another value', { ...signed, total_fee: '99.50' }, MISMATCH],
    ['a value more', { ...signed, currency: 'HKD' }, MISMATCH],
    ['a value less', without(signed, 'notify_id'), MISMATCH],
    ['a name in another case', { ...without(signed, 'total_fee'), Total_fee: '12.50' }, MISMATCH],
    [
      'the key of a stranger',
      signFields(paid, createSigner({ signType: 'RSA2', privateKey: stranger.privateKey })),
      MISMATCH,
    ],
    [
      'a downgrade to MD5 with the public key as secret',
      { ...paid, sign_type: 'MD5', sign: md5OverPublicKey },
      MISMATCH,
    ],
    ['the same without saying so', { ...paid, sign: md5OverPublicKey }, MISMATCH],
    [
      'a downgrade to MD5 with the bare public key as secret',
      { ...paid, sign_type: 'MD5', sign: md5With(publicBase64) },
      MISMATCH,
    ],
    ['MD5 with an empty key, without saying so', { ...paid, sign: md5With('') }, MISMATCH],
    [
      'a downgrade to MD5 with an empty key',
      { ...paid, sign_type: 'MD5', sign: md5With('') },
      MISMATCH,
    ],
    [
      'a downgrade to SHA-1',
      signFields(paid, createSigner({ signType: 'RSA', privateKey: alipay.privateKey })),
      MISMATCH,
    ],
    [
      'SHA-1 under the name RSA2',
      {
        ...signFields(paid, createSigner({ signType: 'RSA', privateKey: alipay.privateKey })),
        sign_type: 'RSA2',
      },
      MISMATCH,
    ],
    [
      'an upgrade that was not agreed',
      signed,
      MISMATCH,
      createVerifier({ signType: 'RSA', publicKey: alipay.publicKey }),
    ],
    ['sign_type none', { ...signed, sign_type: 'none' }, MISMATCH],
    ['sign_type empty', { ...signed, sign_type: '' }, MISMATCH],
    ['sign_type in lower case', { ...signed, sign_type: 'rsa2' }, MISMATCH],
    ['a truncated signature', { ...signed, sign: sign.slice(0, 128) }, MISMATCH],
    [
      'a signature with junk in the middle',
      { ...signed, sign: `${sign.slice(0, 9)}*${sign.slice(9)}` },
      MISMATCH,
    ],
    ['a signature with junk at the end', { ...signed, sign: `${sign}=` }, MISMATCH],
    [
      'a signature in the Base64 of URLs',
      { ...signed, sign: Buffer.from(sign, 'base64').toString('base64url') },
      MISMATCH,
    ],
    [
      'a signature with odd bits set',
      {
        ...signed,
        sign: sign.replace(/.(?===$)/, (last) =>
          last === 'A' ? 'B' : last === 'Q' ? 'R' : last === 'g' ? 'h' : 'x',
        ),
      },
      MISMATCH,
    ],
    [
      'a bare digest encrypted, without its name',
      {
        ...paid,
        sign_type: 'RSA2',
        sign: privateEncrypt(alipay.privateKey, createHash('sha256').update('x').digest()).toString(
          'base64',
        ),
      },
      MISMATCH,
    ],
    ['all zeros', { ...signed, sign: Buffer.alloc(256).toString('base64') }, MISMATCH],
    [
      'MD5 in upper case',
      {
        ...signFields(paid, md5Signer),
        sign: (signFields(paid, md5Signer)['sign'] ?? '').toUpperCase(),
      },
      MISMATCH,
      md5Verifier,
    ],
    [
      'MD5 over an empty key',
      { ...paid, sign_type: 'MD5', sign: md5With('') },
      MISMATCH,
      md5Verifier,
    ],
    [
      'a prefix of the MD5',
      { ...paid, sign: (signFields(paid, md5Signer)['sign'] ?? '').slice(0, 8) },
      MISMATCH,
      md5Verifier,
    ],
    ['MD5 in full-width digits', { ...paid, sign: '０'.repeat(32) }, MISMATCH, md5Verifier],
    [
      'a name that holds a value',
      {
        ...without(without(signed, 'out_trade_no'), 'total_fee'),
        'out_trade_no=T1&total_fee': '12.50',
      },
      MALFORMED,
    ],
    ['a nameless value', { ...signed, '': 'x' }, MALFORMED],
    [
      'half a character for another half',
      { ...signFields({ ...paid, subject: '\ufffd' }, signer), subject: '\ud800' },
      MISMATCH,
    ],
    ['a charset that is none', { ...signed, _input_charset: 'latin1' }, MALFORMED],
  ])('%s', (_attack, fields, code, by = verifier) => {
    expect(() => verifyFields(fields, by)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('a signature that is not text', () => {
    expect(() => verifyFields({ ...signed, total_fee: ['12.50'] } as never, verifier)).toThrow(
      expect.objectContaining({ code: MALFORMED }) as Error,
    );
  });
});

const xml = encodeAnswer(
  { out_trade_no: 'T1', result_code: 'SUCCESS', trade_status: 'TRADE_SUCCESS' },
  signer,
  { request: { service: 'x' } },
).toString('utf8');
const signTag = /<sign>[^<]*<\/sign>/.exec(xml)?.[0] ?? '';

describe('answers: every attack ends in a refusal', () => {
  test.each<[string, string, string]>([
    ['a success without a signature', xml.replace(/<sign>.*<\/sign_type>/, ''), MISSING],
    ['an empty signature', xml.replace(signTag, '<sign></sign>'), MISSING],
    ['an empty signature, short', xml.replace(signTag, '<sign/>'), MISSING],
    ['a repeated signature', xml.replace(signTag, signTag + signTag), MALFORMED],
    ['a signature made of elements', xml.replace(signTag, `<sign>${signTag}</sign>`), MALFORMED],
    [
      'a signature moved into the content',
      xml.replace(signTag, '').replace('</alipay></response>', `${signTag}</alipay></response>`),
      MALFORMED,
    ],
    [
      'a signature beside the content',
      xml.replace(signTag, '').replace('</response>', `${signTag}</response>`),
      MALFORMED,
    ],
    [
      'a sign type moved into the content',
      xml.replace('</alipay></response>', '<sign_type>MD5</sign_type></alipay></response>'),
      MALFORMED,
    ],
    ['another sign type', xml.replace('<sign_type>RSA2', '<sign_type>MD5'), MISMATCH],
    ['an empty sign type', xml.replace('<sign_type>RSA2', '<sign_type>'), MISMATCH],
    ['another value', xml.replace('>T1<', '>T2<'), MISMATCH],
    ['a value more', xml.replace('<result_code>', '<error>X</error><result_code>'), MISMATCH],
    ['a value less', xml.replace('<out_trade_no>T1</out_trade_no>', ''), MISMATCH],
    ['a value hidden in a list', xml.replace('>T1<', '><a>T1</a><'), MISMATCH],
    [
      'a value repeated',
      xml.replace('<result_code>', '<result_code>FAIL</result_code><result_code>'),
      MALFORMED,
    ],
    [
      'a value repeated, one of them a list',
      xml.replace('<result_code>', '<result_code><a/></result_code><result_code>'),
      MALFORMED,
    ],
    [
      'a second response before',
      xml.replace(
        '<response>',
        '<response><alipay><result_code>FAIL</result_code></alipay></response><response>',
      ),
      MALFORMED,
    ],
    ['a second response after', xml.replace('</response>', '</response><response/>'), MALFORMED],
    [
      'a second element under the response',
      xml.replace('<response>', '<response><qrcodeinfo><qrcode>x</qrcode></qrcodeinfo>'),
      MALFORMED,
    ],
    [
      'an empty response',
      xml.replace(/<response>.*<\/response>/, '<response></response>'),
      MALFORMED,
    ],
    ['no response', xml.replace(/<response>.*<\/response>/, ''), MALFORMED],
    ['text beside the content', xml.replace('<response>', '<response>SUCCESS'), MALFORMED],
    ['text between the values', xml.replace('<result_code>', 'x<result_code>'), MALFORMED],
    ['text in the root', xml.replace('<response>', 'x<response>'), MALFORMED],
    [
      'two verdicts',
      xml.replace('<is_success>', '<is_success>F</is_success><is_success>'),
      MALFORMED,
    ],
    ['no verdict', xml.replace('<is_success>T</is_success>', ''), MALFORMED],
    ['a verdict that is none', xml.replace('>T<', '>TRUE<'), MALFORMED],
    ['a verdict in lower case', xml.replace('>T<', '>t<'), MALFORMED],
    ['a refusal with a response', xml.replace('>T<', '>F<'), MALFORMED],
    ['a refusal without a code', '<alipay><is_success>F</is_success></alipay>', MALFORMED],
    [
      'a refusal with an empty code',
      '<alipay><is_success>F</is_success><error> </error></alipay>',
      MALFORMED,
    ],
    [
      'a refusal with a story for a code',
      '<alipay><is_success>F</is_success><error>Please pay again at evil.example</error></alipay>',
      MALFORMED,
    ],
    [
      'a refusal with two codes',
      '<alipay><is_success>F</is_success><error>A</error><error>B</error></alipay>',
      MALFORMED,
    ],
    [
      'a refusal whose code is an element',
      '<alipay><is_success>F</is_success><error><a>ILLEGAL_SIGN</a></error></alipay>',
      MALFORMED,
    ],
    [
      'another root',
      '<answer><is_success>F</is_success><error>ILLEGAL_SIGN</error></answer>',
      MALFORMED,
    ],
    ['a DOCTYPE', xml.replace('<alipay>', '<!DOCTYPE alipay><alipay>'), MALFORMED],
    [
      'a DOCTYPE with an entity',
      xml
        .replace('<alipay>', '<!DOCTYPE alipay [<!ENTITY t "T1">]><alipay>')
        .replace('>T1<', '>&t;<'),
      MALFORMED,
    ],
    [
      'an external entity',
      xml
        .replace('<alipay>', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alipay>')
        .replace('>T1<', '>&x;<'),
      MALFORMED,
    ],
    ['an entity nobody declared', xml.replace('>T1<', '>&t;<'), MALFORMED],
    ['tags that do not close', xml.replace('</alipay></response>', '</response>'), MALFORMED],
    ['two roots', xml + xml.replace(/<\?.*\?>/, ''), MALFORMED],
    ['half of it', xml.slice(0, xml.length / 2), MALFORMED],
    ['an HTML page', '<html><body>busy<br></body></html>', MALFORMED],
    ['nothing', '', MALFORMED],
    ['words', 'true', MALFORMED],
    ['XML nested without end', '<a>'.repeat(100_000), MALFORMED],
    [
      'XML nested deeper than any answer',
      `<alipay>${'<a>'.repeat(50)}${'</a>'.repeat(50)}</alipay>`,
      MALFORMED,
    ],
    ['more tags than any answer has', `<alipay>${'<a/>'.repeat(5000)}</alipay>`, MALFORMED],
    ['more bytes than any answer has', `<alipay>${' '.repeat(2_000_000)}</alipay>`, MALFORMED],
    ['a control character', xml.replace('>T1<', '>T1\u0000<'), MALFORMED],
    ['a charset that is not read', xml.replace('encoding="UTF-8"', 'encoding="Big5"'), MALFORMED],
  ])('%s', (_attack, text, code) => {
    expect(() => decodeAnswer(Buffer.from(text), { verifier })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  test('bytes that are not of the charset', () => {
    const bytes = Buffer.from(xml.replace('>T1<', '>\u00ff<'), 'latin1');

    expect(() => decodeAnswer(bytes, { verifier })).toThrow(
      expect.objectContaining({ code: MALFORMED }) as Error,
    );
  });

  test('the charset of the header counts, also when it is the wrong one', () => {
    const bytes = encodeAnswer({ name: '銅鑼灣' }, signer, { charset: 'GBK' });

    expect(decodeAnswer(bytes, { verifier, contentType: 'text/xml' })).toMatchObject({
      accepted: true,
    });
    expect(() => decodeAnswer(bytes, { verifier, contentType: 'text/xml;charset=UTF-8' })).toThrow(
      expect.objectContaining({ code: MALFORMED }) as Error,
    );
  });

  test('a comment inside a value does not cut it short', () => {
    const text = xml.replace('>T1<', '>T<!-- 9 -->1<');

    expect(decodeAnswer(Buffer.from(text), { verifier })).toMatchObject({
      fields: { out_trade_no: 'T1' },
    });
  });

  test('a list is not signed, so it is not passed on', () => {
    const text = xml.replace(
      '<result_code>',
      '<royalties><amount>1</amount></royalties><result_code>',
    );

    expect(decodeAnswer(Buffer.from(text), { verifier })).toEqual({
      accepted: true,
      fields: { out_trade_no: 'T1', result_code: 'SUCCESS', trade_status: 'TRADE_SUCCESS' },
    });
  });

  test('blanks around a value are taken as the signer took them', () => {
    const text = xml.replace('>T1<', '>\n  T1\n<');
    const blanks = encodeAnswer({ memo: ' two blanks ' }, signer);

    expect(decodeAnswer(Buffer.from(text), { verifier })).toMatchObject({
      fields: { out_trade_no: 'T1' },
    });
    expect(decodeAnswer(blanks, { verifier })).toMatchObject({ fields: { memo: ' two blanks ' } });
  });
});

const form = encodeNotification(paid, signer).body.toString('latin1');

describe('notifications: every attack ends in a refusal', () => {
  test.each<[string, string, string]>([
    ['no signature', form.replace(/&sign=.*$/, ''), MISSING],
    ['an empty signature', form.replace(/&sign=.*$/, '&sign='), MISSING],
    ['a name without a value for a signature', form.replace(/&sign=.*$/, '&sign'), MISSING],
    ['a repeated signature', `${form}&sign=x`, MALFORMED],
    ['a repeated sign type', `${form}&sign_type=MD5`, MALFORMED],
    ['a repeated value', `${form}&total_fee=99.50`, MALFORMED],
    ['a repeated value, its name escaped', `${form}&total%5Ffee=99.50`, MALFORMED],
    ['a downgrade', form.replace('sign_type=RSA2', 'sign_type=MD5'), MISMATCH],
    ['another value', form.replace('12.50', '99.50'), MISMATCH],
    ['a value more', `${form}&refund_fee=1`, MISMATCH],
    ['a name with a value inside', form.replace('total_fee=', 'total_fee%3D'), MALFORMED],
    ['a nameless value', `${form}&=x`, MALFORMED],
    ['a percent escape that is none', `${form}&x=%zz`, MALFORMED],
    ['a percent escape that is cut off', `${form}&x=%4`, MALFORMED],
    ['bytes that are not UTF-8', `${form}&x=%ff`, MALFORMED],
    ['an overlong escape', `${form}&x=%c0%af`, MALFORMED],
    ['nothing', '', MISSING],
    ['JSON', '{"sign":"x"}', MISSING],
    [
      'more fields than any notification has',
      `${form}&${Array.from({ length: 2000 }, (_, at) => `f${at}=1`).join('&')}`,
      MALFORMED,
    ],
    [
      'a repeated value behind a thousand &',
      `${form}${'&'.repeat(1000)}total_fee=99.50`,
      MALFORMED,
    ],
    ['more bytes than any notification has', `${form}&x=${'x'.repeat(2_000_000)}`, MALFORMED],
  ])('%s', (_attack, body, code) => {
    expect(() => decodeNotification(Buffer.from(body), { verifier })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  test.each([
    'nonsense',
    'application/x-www-form-urlencoded; text/html; charset=utf-8',
    'multipart/form-data; boundary=x',
    ';;;charset=',
    'text/plain; charset="utf-8',
    `application/x-www-form-urlencoded; ${'x'.repeat(100_000)}`,
  ])('a malformed content type opens no other way in: %.60s', (contentType) => {
    const read = (body: string) => decodeNotification(body, { contentType, verifier });

    expect(read(form)).toMatchObject(paid);
    expect(() => read(form.replace('12.50', '99.50'))).toThrow(
      expect.objectContaining({ code: MISMATCH }) as Error,
    );
  });

  test('an own answer sent back as a notification proves itself and nothing more', () => {
    expect(() => decodeNotification(Buffer.from(form), { verifier: md5Verifier })).toThrow(
      expect.objectContaining({ code: MISMATCH }) as Error,
    );
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a field called %s',
    (name) => {
      const fields = Object.fromEntries([...Object.entries(paid), [name, 'x']]);
      const { body } = encodeNotification(fields, signer);

      const proven = decodeNotification(body, { verifier });

      expect(Object.entries(proven)).toEqual(expect.arrayContaining(Object.entries(fields)));
      expect(Object.getPrototypeOf(proven)).toBe(Object.prototype);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
      expect(() =>
        decodeNotification(Buffer.from(`${body.toString()}&${name}=y`), { verifier }),
      ).toThrow(expect.objectContaining({ code: MALFORMED }) as Error);
    },
  );
});

describe('requests: every attack ends in a refusal', () => {
  test.each<[string, string, string]>([
    ['a field in the query and in the body', '/gateway.do?partner=1', 'partner=1'],
    [
      'a charset in the query and in the body',
      '/gateway.do?_input_charset=UTF-8',
      '_input_charset=UTF-8',
    ],
    ['a field twice in the query', '/gateway.do?a=1&a=1', ''],
    ['a charset that is not read', '/gateway.do?_input_charset=Big5', 'a=1'],
    ['bytes that are not of the charset', '/gateway.do?_input_charset=GBK', 'a=%81%30'],
  ])('%s', (_attack, url, body) => {
    expect(() => decodeRequest({ url, body })).toThrow(
      expect.objectContaining({ code: MALFORMED }) as Error,
    );
  });
});

describe('keys are replaced without losing a message', () => {
  test('RSA2: the previous public key is accepted, a third is not', () => {
    const both = createVerifier({
      signType: 'RSA2',
      publicKey: stranger.publicKey,
      previousPublicKey: alipay.publicKey,
    });
    const third = newKeyPair(1024);

    expect(() => verifyFields(signed, both)).not.toThrow();
    expect(() =>
      verifyFields(
        signFields(paid, createSigner({ signType: 'RSA2', privateKey: third.privateKey })),
        both,
      ),
    ).toThrow(expect.objectContaining({ code: MISMATCH }) as Error);
  });

  test('MD5: the previous key is accepted, a third is not', () => {
    const both = createVerifier({
      signType: 'MD5',
      md5Key: 'n'.repeat(32),
      previousMd5Key: md5Key,
    });

    expect(() => verifyFields(signFields(paid, md5Signer), both)).not.toThrow();
    expect(() =>
      verifyFields(
        signFields(paid, createSigner({ signType: 'MD5', md5Key: 'z'.repeat(32) })),
        both,
      ),
    ).toThrow(expect.objectContaining({ code: MISMATCH }) as Error);
  });
});
