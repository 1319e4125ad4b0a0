import { type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';

import { newKeyPair } from '../test/key-pair';
import { type Fields } from './fields';
import { createSigner, signFields } from './sign-fields';
import {
  assertSignature,
  createVerifier,
  keysOf,
  type Verifier,
  type VerifierOptions,
  verifyFields,
} from './verify-fields';

const md5Key = '0123456789abcdef0123456789abcdef';
const verifier = (): Verifier => createVerifier({ signType: 'MD5', md5Key });
const signer = createSigner({ signType: 'MD5', md5Key });

function publicKeyOf(bits: number): KeyObject {
  return newKeyPair(bits).publicKey;
}

function refusal(code: string, message: string | RegExp): Error {
  const said = typeof message === 'string' ? message : (expect.stringMatching(message) as string);
  return expect.objectContaining({ code, message: said }) as Error;
}

function signatureOf(text: string): string {
  return signer.sign(Buffer.from(text));
}

describe('a verifier', () => {
  test('tells its sign type, and the weakest of its RSA keys', () => {
    const strong = publicKeyOf(1536);
    const both: VerifierOptions = {
      signType: 'RSA2',
      publicKey: strong,
      previousPublicKey: publicKeyOf(1024),
    };

    expect(createVerifier(both)).toMatchObject({ signType: 'RSA2', keyBits: 1024 });
    expect(createVerifier({ signType: 'RSA', publicKey: strong })).toMatchObject({
      signType: 'RSA',
      keyBits: 1536,
    });
    expect(verifier().signType).toBe('MD5');
    expect(verifier()).not.toHaveProperty('keyBits');
  });

  test('knows its keys, and shows none of them', () => {
    const both = createVerifier({ signType: 'MD5', md5Key, previousMd5Key: 'n'.repeat(32) });
    const publicKey = publicKeyOf(1024);
    const rsa = createVerifier({ signType: 'RSA2', publicKey });

    expect(keysOf(both)).toEqual({
      md5Keys: [Buffer.from(md5Key), Buffer.from('n'.repeat(32))],
      publicKeys: [],
    });
    expect(keysOf(rsa)).toEqual({ md5Keys: [], publicKeys: [publicKey] });
    expect(inspect(both, { depth: 9, showHidden: true }) + JSON.stringify(both)).not.toContain(
      md5Key.slice(0, 8),
    );
    expect(keysOf({ ...both })).toEqual({ md5Keys: [], publicKeys: [] });
  });

  test('takes what either of its keys has signed, and nothing else', () => {
    const bytes = Buffer.from('a=1');
    const [current, previous, third] = ['c', 'p', 't'].map((letter) => letter.repeat(32));
    const both = createVerifier({
      signType: 'MD5',
      md5Key: current ?? '',
      previousMd5Key: previous,
    });
    const verifies = (key = ''): boolean =>
      both.verify(bytes, createSigner({ signType: 'MD5', md5Key: key }).sign(bytes));

    expect([current, previous, third].map((key) => verifies(key))).toEqual([true, true, false]);
  });

  test.each(['RSA', 'RSA2'] as const)('the same with %s', (signType) => {
    const bytes = Buffer.from('a=1');
    const keys = [1, 2, 3].map(() => newKeyPair(1024));
    const [current, previous] = keys.map(({ publicKey }) => publicKey);
    if (current === undefined) throw new Error('three keys were made');
    const both = createVerifier({ signType, publicKey: current, previousPublicKey: previous });
    const verifies = ({ privateKey }: { readonly privateKey: KeyObject }): boolean =>
      both.verify(bytes, createSigner({ signType, privateKey }).sign(bytes));

    expect(keys.map((key) => verifies(key))).toEqual([true, true, false]);
  });

  test('cannot be changed once it is made', () => {
    expect(() => {
      (verifier() as { verify: unknown }).verify = () => true;
    }).toThrow(TypeError);
  });

  test('a sign type that is none is refused', () => {
    expect(() => createVerifier({ signType: 'DSA', publicKey: 'x' } as never)).toThrow(
      refusal('ALIPAY_KEY_INVALID', 'the sign type is none of MD5, RSA, RSA2'),
    );
  });
});

describe('which text a signature covers', () => {
  test('the place of the text is told', () => {
    const texts = ['a=1', 'a=2', 'a=3'];
    const placeOf = (text: string): number =>
      assertSignature(signatureOf(text), 'MD5', verifier(), { texts, charset: 'UTF-8' });

    expect(texts.map(placeOf)).toEqual([0, 1, 2]);
    expect(() => placeOf('a=4')).toThrow(
      refusal(
        'ALIPAY_SIGNATURE_MISMATCH',
        'the MD5 signature does not belong to this text in UTF-8 and this key',
      ),
    );
  });

  test('without a text nothing is covered', () => {
    expect(() =>
      assertSignature(signatureOf(''), 'MD5', verifier(), { texts: [], charset: 'UTF-8' }),
    ).toThrow(refusal('ALIPAY_SIGNATURE_MISMATCH', /does not belong/));
  });

  test('a text that the charset lacks is not what was signed', () => {
    const asked: Uint8Array[] = [];
    const curious: Verifier = {
      signType: 'MD5',
      verify: (bytes) => {
        asked.push(bytes);
        return true;
      },
    };

    expect(
      assertSignature('x', undefined, curious, { texts: ['a=\ud800', 'a=1'], charset: 'UTF-8' }),
    ).toBe(1);
    expect(asked).toEqual([Buffer.from('a=1')]);
  });

  test.each([undefined, '', ' \t\n'])('the signature %j is none', (sign) => {
    expect(() =>
      assertSignature(sign, 'MD5', verifier(), { texts: [''], charset: 'UTF-8' }),
    ).toThrow(refusal('ALIPAY_SIGNATURE_MISSING', 'the message is not signed'));
  });

  test('the sign type of a message may be missing, and never chooses', () => {
    const asked = { texts: ['a=1'], charset: 'UTF-8' } as const;

    expect(assertSignature(signatureOf('a=1'), undefined, verifier(), asked)).toBe(0);
    for (const signType of ['RSA', 'md5', '']) {
      expect(() => assertSignature(signatureOf('a=1'), signType, verifier(), asked)).toThrow(
        refusal(
          'ALIPAY_SIGNATURE_MISMATCH',
          'the message says another sign type than MD5, which is expected',
        ),
      );
    }
  });
});

describe('the charset of the text', () => {
  const fields = { subject: '茶' };
  const inUtf8 = (): Fields => signFields(fields, signer);

  test('is that which is given, else that of the message, else UTF-8', () => {
    const utf8 = inUtf8();
    const gbk = signFields(fields, createSigner({ signType: 'MD5', md5Key, charset: 'GBK' }));
    const named = signFields({ ...fields, _input_charset: 'GBK' }, signer);

    expect(verifyFields(utf8, verifier())).toBe(utf8);
    expect(verifyFields(gbk, verifier(), { charset: 'gb2312' })).toBe(gbk);
    expect(verifyFields(named, verifier())).toBe(named);
    expect(verifyFields({ ...utf8, _input_charset: '' }, verifier())).toMatchObject(fields);
    const mismatch = refusal('ALIPAY_SIGNATURE_MISMATCH', /does not belong to this text in GBK/);
    expect(() => verifyFields(utf8, verifier(), { charset: 'GBK' })).toThrow(mismatch);
    expect(() => verifyFields(named, verifier(), { charset: 'UTF-8' })).toThrow(
      refusal('ALIPAY_SIGNATURE_MISMATCH', /in UTF-8/),
    );
  });

  test('one that is not read is refused before anything is compared', () => {
    expect(() => verifyFields(inUtf8(), verifier(), { charset: 'Big5' })).toThrow(
      refusal('ALIPAY_MALFORMED_MESSAGE', 'the charset "Big5" is not read'),
    );
  });
});
