import {
  createSigner,
  createVerifier,
  decodeRequest,
  encodeRequest,
  optional,
  required,
  verifyFields,
} from './index';

const md5Key = '0123456789abcdef0123456789abcdef';
const signer = createSigner({ signType: 'MD5', md5Key });
const gbkSigner = createSigner({ signType: 'MD5', md5Key, charset: 'GBK' });
const verifier = createVerifier({ signType: 'MD5', md5Key });
const gatewayUrl = 'https://gateway.example/gateway.do';
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

describe('refused before anything is sent', () => {
  test.each(['?service=x', '?a=1&_input_charset=UTF-8', '#top'])(
    'an address that ends in %s',
    (end) => {
      expect(() => encodeRequest({ a: '1' }, signer, { gatewayUrl: gatewayUrl + end })).toThrow(
        refusal('ALIPAY_MALFORMED_MESSAGE'),
      );
    },
  );

  test.each(['GB2312', 'Big5'])('the charset %s', (label) => {
    expect(() => encodeRequest({ a: '1', _input_charset: label }, signer, { gatewayUrl })).toThrow(
      refusal('ALIPAY_MALFORMED_MESSAGE'),
    );
  });

  test('text that GBK lacks', () => {
    expect(() => encodeRequest({ store_name: '😀' }, gbkSigner, { gatewayUrl })).toThrow(
      refusal('ALIPAY_UNENCODABLE_TEXT'),
    );
  });

  test('half a character', () => {
    expect(() => encodeRequest({ store_name: '\ud83d' }, signer, { gatewayUrl })).toThrow(
      refusal('ALIPAY_UNENCODABLE_TEXT'),
    );
  });
});

test('a POST has its charset in the URL, signed and not in the body', () => {
  const request = encodeRequest({ service: 'x', empty: '', biz_data: '{"a": "茶"}' }, signer, {
    gatewayUrl,
  });

  expect(request.method).toBe('POST');
  expect(request.url).toBe(`${gatewayUrl}?_input_charset=UTF-8`);
  expect(request.body).toMatch(
    /^service=x&biz_data=%7B%22a%22%3A%20%22%E8%8C%B6%22%7D&sign_type=MD5&sign=[0-9a-f]{32}$/,
  );
  expect(decodeRequest({ url: request.url, body: request.body })).toMatchObject({
    _input_charset: 'UTF-8',
  });
});

test('a GET has everything in the URL', () => {
  const { url, body, headers } = encodeRequest({ service: 'x' }, signer, {
    gatewayUrl,
    method: 'GET',
  });

  expect(url).toMatch(/\?_input_charset=UTF-8&service=x&sign_type=MD5&sign=[0-9a-f]{32}$/);
  expect(body).toBeUndefined();
  expect(headers).not.toHaveProperty('content-type');
  expect(() => verifyFields(decodeRequest({ url }), verifier)).not.toThrow();
});

test.each(['?', '?_input_charset=UTF-8'])('an address as the pages print it, with %s', (end) => {
  const { url } = encodeRequest({ a: '1' }, signer, { gatewayUrl: gatewayUrl + end });

  expect(url).toBe(`${gatewayUrl}?_input_charset=UTF-8`);
});

test('GBK is written in GBK, and read by what the URL says', () => {
  const { url, headers, body } = encodeRequest({ store_name: '銅鑼灣' }, gbkSigner, { gatewayUrl });

  expect(body).toMatch(/^store_name=%E3%7E%E8%8C%9E%B3&|^store_name=%E3~%E8%8C%9E%B3&/);
  expect(
    verifyFields(decodeRequest({ url, contentType: headers['content-type'], body }), verifier),
  ).toMatchObject({ store_name: '銅鑼灣' });
});

test('the spelling of the charset is kept, because it is signed', () => {
  const { url, body } = encodeRequest({ a: '1', _input_charset: 'utf-8' }, signer, { gatewayUrl });

  expect(url).toBe(`${gatewayUrl}?_input_charset=utf-8`);
  expect(() => verifyFields(decodeRequest({ url, body }), verifier)).not.toThrow();
});

test.each([
  ['the query', '/gateway.do?_input_charset=GBK', undefined, undefined],
  ['the body', '/gateway.do', undefined, undefined],
  ['the content type', '/gateway.do', 'application/x-www-form-urlencoded;charset=GBK', undefined],
  ['the default', '/gateway.do', undefined, 'GBK'],
])('the charset of a request is told by %s', (where, url, contentType, defaultCharset) => {
  const body = `${where === 'the body' ? '_input_charset=GB2312&' : ''}store_name=%E3%7E`;

  expect(decodeRequest({ url, contentType, body, defaultCharset })).toMatchObject({
    store_name: '銅',
  });
});

test('bytes that were not escaped are read too', () => {
  const body = Buffer.concat([
    Buffer.from('store_name='),
    Buffer.from('e37e', 'hex'),
    Buffer.from('+1'),
  ]);

  expect(decodeRequest({ url: '/?_input_charset=GBK', body })['store_name']).toBe('銅 1');
  expect(decodeRequest({ url: '/', body: 'store_name=銅+1' })['store_name']).toBe('銅 1');
});

test('required and optional take an empty field for an absent one', () => {
  const fields = { empty: '', full: 'x' };

  expect(['empty', 'absent', 'full', 'toString'].map((name) => optional(fields, name))).toEqual([
    undefined,
    undefined,
    'x',
    undefined,
  ]);
  expect(required(fields, 'full')).toBe('x');
  expect(() => required(fields, 'empty')).toThrow(refusal('ALIPAY_MALFORMED_MESSAGE'));
});
