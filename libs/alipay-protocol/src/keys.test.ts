import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { inspect } from 'node:util';

import { newKeyPair } from '../test/key-pair';
import {
  createSigner,
  createVerifier,
  keyBits,
  keyFingerprint,
  loadKey,
  signFields,
  verifyFields,
} from './index';

const { privateKey, publicKey } = newKeyPair(2048);
const other = newKeyPair(1024);

function pem(key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'spki'): string {
  return type === 'spki' || key.type === 'public'
    ? (key.export({ format: 'pem', type: type === 'pkcs8' ? 'spki' : type }) as string)
    : (key.export({ format: 'pem', type }) as string);
}

function der(key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'spki'): Buffer {
  return Buffer.from(pem(key, type).replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

const invalid = expect.objectContaining({ code: 'ALIPAY_KEY_INVALID' }) as Error;

describe('refused, saying what was found and nothing of the key', () => {
  const short = newKeyPair(512);
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const locked = privateKey.export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }) as string;
  const one = createPublicKey({
    key: { ...publicKey.export({ format: 'jwk' }), e: 'AQ' },
    format: 'jwk',
  });

  test.each<[string, Parameters<typeof loadKey>[0], 'private' | 'public', RegExp]>([
    ['a private key for a public one', pem(privateKey, 'pkcs8'), 'public', /a private key stands/],
    ['a PKCS#1 private key for a public one', pem(privateKey, 'pkcs1'), 'public', /a private key/],
    ['a public key for a private one', pem(publicKey, 'spki'), 'private', /a public key stands/],
    [
      'a bare public key for a private one',
      der(publicKey, 'spki').toString('base64'),
      'private',
      /a public/,
    ],
    ['a private KeyObject for a public one', privateKey, 'public', /a private key stands/],
    ['a secret KeyObject', createSecretKey(Buffer.from('x'.repeat(32))), 'private', /a secret key/],
    ['512 bits', pem(short.publicKey, 'spki'), 'public', /512 bits/],
    ['512 private bits', pem(short.privateKey, 'pkcs8'), 'private', /512 bits/],
    ['an EC key', pem(ec.publicKey, 'spki'), 'public', /type ec/],
    ['an RSA-PSS key', pss.privateKey, 'private', /type rsa-pss/],
    ['the exponent 1', one, 'public', /exponent/],
    ['nothing', '', 'private', /is empty/],
    ['blanks', ' \r\n\t', 'public', /is empty/],
    ['an empty Buffer', Buffer.alloc(0), 'public', /is empty/],
    ['garbage', 'not a key!', 'public', /neither PEM nor Base64/],
    ['Base64 of garbage', Buffer.from('garbage garbage').toString('base64'), 'public', /no key/],
    ['an MD5 key', '0123456789abcdef0123456789abcdef', 'private', /no key/],
    ['half a PEM', pem(privateKey, 'pkcs8').slice(0, 400), 'private', /cut off/],
    [
      'half the Base64',
      der(privateKey, 'pkcs8').toString('base64').slice(0, 400),
      'private',
      /no key/,
    ],
    ['two PEM blocks', pem(publicKey, 'spki') + pem(publicKey, 'spki'), 'public', /more than one/],
    ['an encrypted key', locked, 'private', /encrypted/],
    ['an endless text', 'A'.repeat(100_000), 'public', /are no key/],
  ])('%s', (_what, key, kind, words) => {
    const text = typeof key === 'string' ? key.replace(/\s|-----[^-]+-----/g, '') : '';

    expect(() => loadKey(key, { kind })).toThrow(invalid);
    expect(() => loadKey(key, { kind })).toThrow(words);
    try {
      loadKey(key, { kind });
    } catch (error) {
      const shown = inspect(error, { depth: 9 });
      for (let at = 0; at + 24 <= text.length; at += 24) {
        expect(shown).not.toContain(text.slice(at, at + 24));
      }
    }
  });

  test.each([
    ['an empty one', '', /empty/],
    ['blanks', '  \n', /empty/],
    ['a short one', 'secret', /6 characters/],
    ['one with a blank inside', '0123456789abcdef 0123456789abcdef', /blanks/],
    ['one beyond ASCII', '密'.repeat(32), /beyond ASCII/],
    ['a PEM', pem(publicKey, 'spki'), /RSA key/],
    ['a bare RSA key', der(publicKey, 'spki').toString('base64'), /RSA key/],
  ])('as MD5 key: %s', (_what, md5Key, words) => {
    expect(() => createSigner({ signType: 'MD5', md5Key })).toThrow(invalid);
    expect(() => createVerifier({ signType: 'MD5', md5Key })).toThrow(words);
    expect(() =>
      createVerifier({ signType: 'MD5', md5Key: 'k'.repeat(32), previousMd5Key: md5Key }),
    ).toThrow(words);
  });

  test('a previous key that is none', () => {
    expect(() =>
      createVerifier({ signType: 'RSA2', publicKey, previousPublicKey: privateKey }),
    ).toThrow(invalid);
  });

  test('a private key whose parts do not fit together', () => {
    const jwk = privateKey.export({ format: 'jwk' });
    const another = newKeyPair(2048).publicKey;
    const { n = '' } = another.export({ format: 'jwk' });
    const mixed = { ...jwk, n };
    expect(() =>
      createSigner({
        signType: 'RSA2',
        privateKey: createPrivateKey({ key: mixed, format: 'jwk' }),
      }),
    ).toThrow(invalid);
  });

  test.each(['DSA', 'md5', 'RSA3', ''])('the sign type %j', (signType) => {
    const options = { signType, md5Key: 'k'.repeat(32), privateKey, publicKey } as never;

    expect(() => createSigner(options)).toThrow(invalid);
    expect(() => createVerifier(options)).toThrow(invalid);
  });

  test('no key at all, from JavaScript', () => {
    expect(() => createSigner({ signType: 'MD5' } as never)).toThrow(invalid);
    expect(() => createVerifier({ signType: 'RSA2' } as never)).toThrow(invalid);
  });
});

const wrapped = (text: string): string => text.replace(/(.{76})/g, '$1\r\n');

type Spelling = readonly [
  string,
  (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'spki') => string | Uint8Array | KeyObject,
];

const spellings: readonly Spelling[] = [
  ['PEM', pem],
  ['PEM with CRLF', (key, type) => pem(key, type).replaceAll('\n', '\r\n')],
  ['PEM with \\n as two characters', (key, type) => pem(key, type).replaceAll('\n', '\\n')],
  ['PEM with \\r\\n as four characters', (key, type) => pem(key, type).replaceAll('\n', '\\r\\n')],
  ['PEM on one line', (key, type) => pem(key, type).replaceAll('\n', ' ')],
  ['PEM with nothing between the lines', (key, type) => pem(key, type).replaceAll('\n', '')],
  ['PEM indented', (key, type) => pem(key, type).replace(/^/gm, '    ')],
  ['PEM in quotation marks', (key, type) => `"${pem(key, type).replaceAll('\n', '\\n')}"`],
  ['PEM with a byte order mark', (key, type) => `\uFEFF${pem(key, type)}`],
  ['a Buffer of PEM', (key, type) => Buffer.from(pem(key, type))],
  ['Base64', (key, type) => der(key, type).toString('base64')],
  ['Base64 over several lines', (key, type) => wrapped(der(key, type).toString('base64'))],
  ['Base64 with blanks around it', (key, type) => ` ${der(key, type).toString('base64')}\n`],
  ['a Buffer of Base64', (key, type) => Buffer.from(der(key, type).toString('base64'))],
  ['a Buffer of DER', der],
  ['bytes of DER', (key, type) => new Uint8Array(der(key, type))],
  ['a KeyObject', (key) => key],
];

describe('every spelling is the same key', () => {
  const expected = keyFingerprint(publicKey);

  test.each(
    spellings.flatMap(([name, spell]) => [
      [`private, PKCS#8, ${name}`, 'private', spell(privateKey, 'pkcs8')] as const,
      [`private, PKCS#1, ${name}`, 'private', spell(privateKey, 'pkcs1')] as const,
      [`public, SPKI, ${name}`, 'public', spell(publicKey, 'spki')] as const,
      [`public, PKCS#1, ${name}`, 'public', spell(publicKey, 'pkcs1')] as const,
    ]),
  )('%s', (_name, kind, key) => {
    const loaded = loadKey(key, { kind });

    expect([loaded.type, keyFingerprint(loaded), keyBits(loaded)]).toEqual([kind, expected, 2048]);
  });

  test('an MD5 key loses the blanks of its file', () => {
    const md5Key = '0123456789abcdef0123456789abcdef';
    const signed = signFields(
      { a: '1' },
      createSigner({ signType: 'MD5', md5Key: `\uFEFF ${md5Key}\r\n` }),
    );

    expect(() =>
      verifyFields(signed, createVerifier({ signType: 'MD5', md5Key: Buffer.from(md5Key) })),
    ).not.toThrow();
  });
});

describe('a signer and a verifier show no key', () => {
  const md5Key = '0123456789abcdef0123456789abcdef';
  const secrets = [md5Key, Buffer.from(md5Key).toString('hex').slice(0, 12), '30 31 32 33'];

  test.each([
    ['MD5 signer', createSigner({ signType: 'MD5', md5Key })],
    ['MD5 verifier', createVerifier({ signType: 'MD5', md5Key })],
    ['RSA2 signer', createSigner({ signType: 'RSA2', privateKey })],
    ['RSA2 verifier', createVerifier({ signType: 'RSA2', publicKey })],
  ])('%s', (_name, made) => {
    const shown = inspect(made, { depth: 9, showHidden: true }) + JSON.stringify(made);

    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(shown).not.toMatch(/KeyObject|BEGIN/);
    expect(Object.isFrozen(made)).toBe(true);
  });

  test('but tell the size of an RSA key, so that a weak one can be warned about', () => {
    expect(createSigner({ signType: 'RSA', privateKey: other.privateKey }).keyBits).toBe(1024);
    expect(
      createVerifier({ signType: 'RSA', publicKey, previousPublicKey: other.publicKey }).keyBits,
    ).toBe(1024);
  });
});
