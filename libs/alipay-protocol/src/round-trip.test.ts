import fc from 'fast-check';

import { newKeyPair } from '../test/key-pair';
import {
  AlipayProtocolError,
  createSigner,
  createVerifier,
  decodeAnswer,
  decodeNotification,
  decodeRequest,
  encodeAnswer,
  encodeNotification,
  encodeRequest,
  type Fields,
  signedText,
  signFields,
  verifyFields,
} from './index';

const rsa2 = newKeyPair(2048);
const rsa = newKeyPair(1024);
const md5Key = '0123456789abcdef0123456789abcdef';
const pairs = [
  {
    signer: createSigner({ signType: 'RSA2', privateKey: rsa2.privateKey }),
    verifier: createVerifier({ signType: 'RSA2', publicKey: rsa2.publicKey }),
  },
  {
    signer: createSigner({ signType: 'RSA', privateKey: rsa.privateKey }),
    verifier: createVerifier({ signType: 'RSA', publicKey: rsa.publicKey }),
  },
  {
    signer: createSigner({ signType: 'MD5', md5Key }),
    verifier: createVerifier({ signType: 'MD5', md5Key }),
  },
];
const anyPair = fc.constantFrom(...pairs);
const anyCharset = fc.constantFrom('UTF-8' as const, 'GBK' as const);

const isName = (name: string): boolean =>
  !/[=&]/.test(name) && !['', 'sign', 'sign_type', '_input_charset'].includes(name);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('+', '%', '&', '=', ' ', '\r', '\n', '\t', '"', '<', '銅', '鑼'),
  }),
);
const anyFields: fc.Arbitrary<Fields> = fc.dictionary(anyText.filter(isName), anyText, {
  noNullPrototype: true,
});

/** Element names are ASCII; what XML cannot carry is refused and so out of the question. */
const xmlText = anyText.map((text) =>
  text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ''),
);
const anyElements: fc.Arbitrary<Fields> = fc.dictionary(
  fc.stringMatching(/^[A-Za-z_][\w.-]{0,9}$/).filter(isName),
  xmlText.filter((text) => text !== ''),
  { noNullPrototype: true },
);

/** Undefined where the charset lacks the text, which is refused before anything is sent. */
function unlessUnencodable<Result>(encode: () => Result): Result | undefined {
  try {
    return encode();
  } catch (error) {
    if (error instanceof AlipayProtocolError && error.code === 'ALIPAY_UNENCODABLE_TEXT') {
      return undefined;
    }
    throw error;
  }
}

describe('any text that can be written is read back and verifies', () => {
  test('signed and verified as fields', () => {
    fc.assert(
      fc.property(anyFields, anyPair, (fields, { signer, verifier }) => {
        expect(verifyFields(signFields(fields, signer), verifier)).toMatchObject(fields);
      }),
    );
  });

  test('as a notification', () => {
    fc.assert(
      fc.property(anyFields, anyPair, anyCharset, (fields, { signer, verifier }, charset) => {
        const encoded = unlessUnencodable(() => encodeNotification(fields, signer, { charset }));
        if (encoded === undefined) return;
        const { contentType, body } = encoded;

        const { sign, sign_type, ...proven } = decodeNotification(body, { contentType, verifier });

        expect(Object.entries(proven)).toEqual(Object.entries(fields));
        expect([sign_type, typeof sign]).toEqual([signer.signType, 'string']);
      }),
    );
  });

  test('as a request, by POST and by GET', () => {
    const method = fc.constantFrom('GET' as const, 'POST' as const);
    fc.assert(
      fc.property(anyFields, anyPair, anyCharset, method, (fields, pair, charset, by) => {
        const all: Fields = { ...fields, _input_charset: charset };
        const gatewayUrl = 'https://gateway.example/gateway.do';
        const request = unlessUnencodable(() =>
          encodeRequest(all, pair.signer, { gatewayUrl, method: by }),
        );
        if (request === undefined) return;
        const contentType = request.headers['content-type'];

        const received = decodeRequest({ url: request.url, contentType, body: request.body });

        const given = Object.entries(all).filter(([, value]) => value !== '');
        expect(verifyFields(received, pair.verifier)).toMatchObject(Object.fromEntries(given));
        expect(Object.keys(received)).toHaveLength(given.length + 2);
      }),
    );
  });

  test('as an answer', () => {
    fc.assert(
      fc.property(anyElements, anyPair, anyCharset, (fields, { signer, verifier }, charset) => {
        const bytes = unlessUnencodable(() =>
          encodeAnswer(fields, signer, { charset, request: fields }),
        );
        if (bytes === undefined) return;

        expect(decodeAnswer(bytes, { verifier })).toEqual({ accepted: true, fields });
        expect(
          decodeAnswer(bytes, { verifier, contentType: `text/xml;charset=${charset}` }),
        ).toEqual({ accepted: true, fields });
      }),
    );
  });
});

describe('any changed byte is refused', () => {
  const isRefused = (decode: () => unknown, ...same: readonly unknown[]): void => {
    let decoded: unknown;
    try {
      decoded = decode();
    } catch (error) {
      expect(error).toBeInstanceOf(AlipayProtocolError);
      return;
    }
    // What still passes must say the very same: a blank escaped as %20 or as +, a hex digit in
    // another case, a comment changed.
    expect(same).toContainEqual(decoded);
  };

  test('in a notification', () => {
    fc.assert(
      fc.property(
        anyFields,
        anyPair,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (fields, pair, at, flip) => {
          const { body } = encodeNotification({ ...fields, total_fee: '12.50' }, pair.signer, {
            charset: 'UTF-8',
          });
          const before = decodeNotification(body, { verifier: pair.verifier });
          const changed = Buffer.from(body);
          const index = at % changed.length;
          changed[index] = (changed[index] ?? 0) ^ flip;

          isRefused(
            () => given(decodeNotification(changed, { verifier: pair.verifier })),
            given(before),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  test('in what an answer says', () => {
    fc.assert(
      fc.property(
        anyElements,
        anyPair,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (fields, pair, at, flip) => {
          const bytes = encodeAnswer({ ...fields, result_code: 'SUCCESS' }, pair.signer);
          const before = decodeAnswer(bytes, { verifier: pair.verifier });
          const start = bytes.indexOf('<response>');
          const changed = Buffer.from(bytes);
          const index = start + (at % (bytes.indexOf('</sign>') - start));
          changed[index] = (changed[index] ?? 0) ^ flip;

          isRefused(() => decodeAnswer(changed, { verifier: pair.verifier }), before);
        },
      ),
      { numRuns: 400 },
    );
  });

  /** The signed content: empty fields are not signed, and the signature is not content. */
  function given(fields: Fields): Fields {
    return Object.fromEntries(
      Object.entries(fields).filter(
        ([name, value]) => value !== '' && name !== 'sign' && name !== 'sign_type',
      ),
    );
  }
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
