import { createHash, sign } from 'node:crypto';

import fc from 'fast-check';

import { newKeyPair } from '../test/key-pair';
import {
  createSigner,
  createVerifier,
  explainMismatch,
  type Fields,
  signedText,
  signFields,
  verifyFields,
} from './index';

const alipay = newKeyPair(2048);
const ours = newKeyPair(2048);
const md5Key = '0123456789abcdef0123456789abcdef';
const verifier = createVerifier({ signType: 'RSA2', publicKey: alipay.publicKey });
const md5Verifier = createVerifier({ signType: 'MD5', md5Key });
const alipaySigner = createSigner({ signType: 'RSA2', privateKey: alipay.privateKey });

const fields: Fields = {
  biz_data: '{"store_name":"Fish & Chips","note":"1+1 = 2"}',
  body: '',
  notify_url: 'https://shop.example/alipay/notifications/t0ps3cret',
  partner: '2088000000000001',
  service: 'x',
  store: '茶',
};

/** As if somebody had signed another text than the rule says. */
function signedOver(text: string | Buffer, received: Fields = fields): Fields {
  return {
    ...received,
    sign_type: 'RSA2',
    sign: sign('RSA-SHA256', Buffer.from(text), alipay.privateKey).toString('base64'),
  };
}

const good = signFields(fields, alipaySigner);
const text = signedText(fields);

function changed(name: string, change: (value: string) => string): Fields {
  return { ...good, [name]: change(good[name] ?? '') };
}

test.each<[string, Fields, RegExp]>([
  ['no signature', fields, /no signature/],
  [
    'a wrong charset',
    signFields(
      fields,
      createSigner({ signType: 'RSA2', privateKey: alipay.privateKey, charset: 'GBK' }),
    ),
    /Wrong charset.*GBK/,
  ],
  [
    'bytes read as Latin-1',
    { ...good, store: Buffer.from('茶').toString('latin1') },
    /Wrong charset.*Latin-1/,
  ],
  [
    'a plus that became a blank',
    changed('biz_data', (value) => value.replace('+', ' ')),
    /turned into a space.*biz_data/,
  ],
  [
    'sign_type in the signed text',
    signedOver(text.replace('&store=', '&sign_type=RSA2&store=')),
    /sign_type was included/,
  ],
  [
    'JSON escaped as HTML',
    changed('biz_data', (value) => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')),
    /HTML-escaped after/,
  ],
  [
    'HTML escapes signed',
    signedOver(
      signedText({
        ...fields,
        biz_data: (fields['biz_data'] ?? '').replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
      }),
    ),
    /signed HTML-escaped/,
  ],
  [
    'a value decoded twice',
    { ...signFields({ ...fields, memo: '100%25' }, alipaySigner), memo: '100%' },
    /decoded twice/,
  ],
  [
    'encoded values signed',
    signedOver(
      signedText(
        Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, encodeURIComponent(value)]),
        ),
      ),
    ),
    /percent-encoded form/,
  ],
  [
    'a value not decoded',
    changed('notify_url', encodeURIComponent),
    /still percent-encoded.*notify_url/,
  ],
  [
    'empty parameters signed',
    signedOver(text.replace('&notify_url', '&body=&notify_url')),
    /empty values/,
  ],
  ['an extra parameter', { ...good, token: 'abc' }, /extra parameter.*token/],
  ['two extra parameters', { ...good, token: 'abc', utm: 'x' }, /extra parameter.*token, utm/],
  [
    '_input_charset left in the URL',
    signedOver(`_input_charset=UTF-8&${text}`),
    /_input_charset=UTF-8/,
  ],
  [
    'no sorting',
    signedOver(
      ['biz_data', 'notify_url', 'partner', 'store', 'service']
        .map((name) => `${name}=${fields[name] ?? ''}`)
        .join('&'),
      Object.fromEntries(
        ['biz_data', 'notify_url', 'partner', 'store', 'service'].map((name) => [
          name,
          fields[name] ?? '',
        ]),
      ),
    ),
    /not sorted/,
  ],
  [
    'quoted values',
    signedOver(
      signedText(
        Object.fromEntries(
          Object.entries(fields)
            .filter(([, value]) => value !== '')
            .map(([name, value]) => [name, `"${value}"`]),
        ),
      ),
    ),
    /quoted/,
  ],
  ['blanks lost', changed('service', (value) => ` ${value} `), /Blanks around/],
  [
    'line breaks changed',
    { ...signFields({ ...fields, memo: 'a\r\nb' }, alipaySigner), memo: 'a\nb' },
    /Line breaks/,
  ],
  ['a truncated signature', changed('sign', (value) => value.slice(0, 200)), /truncated: 200.*344/],
  [
    'a percent-encoded signature',
    changed('sign', encodeURIComponent),
    /signature is (no Base64|still percent)/,
  ],
  [
    'a signature of another size',
    { ...good, sign: Buffer.alloc(512, 1).toString('base64') },
    /another key signed/,
  ],
  ['another sign type said', { ...good, sign_type: 'MD5' }, /Wrong sign type.*MD5/],
  [
    'another digest',
    signFields(fields, createSigner({ signType: 'RSA', privateKey: alipay.privateKey })),
    /good RSA signature/,
  ],
  [
    'an MD5 signature',
    signFields(fields, createSigner({ signType: 'MD5', md5Key })),
    /looks like an MD5/,
  ],
  [
    'our own key',
    signFields(fields, createSigner({ signType: 'RSA2', privateKey: ours.privateKey })),
    /Our own key signed/,
  ],
  ['a forged value', changed('partner', () => '2088000000000002'), /No known slip/],
])('%s', (_slip, received, words) => {
  const { findings } = explainMismatch(received, { verifier, ownKey: ours.privateKey });

  const causes = findings.map(({ cause }) => cause);
  expect(causes).toContainEqual(expect.stringMatching(words));
  expect(findings.every(({ remedy }) => remedy.length > 10)).toBe(true);
});

test('a plus that became a blank is found where there are no other blanks', () => {
  const received = { ...signFields({ ...fields, memo: 'a+b+c' }, alipaySigner), memo: 'a b c' };

  expect(explainMismatch(received, { verifier }).findings[0]?.cause).toMatch(
    /\+ was turned into a space.*memo/,
  );
});

test('our own public key in the place of Alipay’s is found by its fingerprint', () => {
  const confused = createVerifier({ signType: 'RSA2', publicKey: ours.publicKey });

  expect(
    explainMismatch(good, { verifier: confused, ownKey: ours.privateKey }).findings[0]?.cause,
  ).toMatch(/Our own public key is configured/);
});

test.each<[string, Fields, RegExp]>([
  ['upper case', signFields(fields, createSigner({ signType: 'MD5', md5Key })), /upper case/],
  ['an RSA signature', signFields(fields, alipaySigner), /looks like an RSA/],
])('MD5: %s', (_slip, received, words) => {
  const upper = {
    ...received,
    sign:
      received['sign_type'] === 'MD5'
        ? (received['sign'] ?? '').toUpperCase()
        : (received['sign'] ?? ''),
  };

  const { findings } = explainMismatch(upper, { verifier: md5Verifier });

  expect(findings.map(({ cause }) => cause)).toContainEqual(expect.stringMatching(words));
});

test('MD5: a truncated signature', () => {
  const received = {
    ...fields,
    sign_type: 'MD5',
    sign: createHash('md5').digest('hex').slice(0, 30),
  };

  expect(explainMismatch(received, { verifier: md5Verifier }).findings[0]?.cause).toMatch(
    /30 characters instead of 32/,
  );
});

test('a good signature needs no explanation', () => {
  expect(explainMismatch(good, { verifier })).toEqual({
    signedText: text.replace('t0ps3cret', '[secret]'),
    findings: [],
  });
});

test('keys and tokens are masked', () => {
  const explained = JSON.stringify(
    explainMismatch(
      { ...fields, key: md5Key, sign: 'x' },
      { verifier: md5Verifier, ownKey: md5Key },
    ),
  );

  expect(explained).not.toContain(md5Key);
  expect(explained).not.toContain('t0ps3cret');
});

test('our own key that is none is refused', () => {
  expect(() => explainMismatch(good, { verifier, ownKey: '' })).toThrow(
    expect.objectContaining({ code: 'ALIPAY_KEY_INVALID' }) as Error,
  );
});

test('whatever was done to a message, it is explained exactly when it is refused, and stays refused', () => {
  const anyValue = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('+', '%', '&', ' ', '2', '0', '"', '&quot;', '茶') }),
  );
  const name = fc.constantFrom('body', 'store', 'partner', 'sign', 'sign_type', 'new');
  const changes = fc.dictionary(name, anyValue, { maxKeys: 2 });
  const isRefused = (received: Fields): boolean => {
    try {
      verifyFields(received, verifier);
      return false;
    } catch {
      return true;
    }
  };
  fc.assert(
    fc.property(changes, (other) => {
      const received = { ...good, ...other };
      const before = isRefused(received);

      const { findings } = explainMismatch(received, { verifier, ownKey: ours.privateKey });

      expect(findings.length > 0).toBe(before);
      expect(isRefused(received)).toBe(before);
    }),
  );
});
