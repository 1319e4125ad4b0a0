import { format, inspect } from 'node:util';

import {
  AlipayProtocolError,
  createSigner,
  createVerifier,
  loadKey,
  Secret,
  signFields,
  verifyFields,
} from './index';
import { generateKeyPairSync } from 'node:crypto';

const word = '0123456789abcdef0123456789abcdef';
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Ways in which a value ends up where people read it. */
const PRINTED: readonly [string, (value: unknown) => string][] = [
  ['inspect, as deep as it goes', (value) => inspect(value, { depth: null, showHidden: true })],
  ['inspect, in a list in an object', (value) => inspect({ list: [value] }, { depth: null })],
  ['console.log', (value) => format('%s %o %j %O', value, value, value, value)],
  ['JSON', (value) => JSON.stringify({ value, list: [value] })],
  ['a template', (value) => `key ${value as string}`],
  ['text put together', (value) => 'key: ' + (value as string)],
  ['the message of an error', (value) => new Error(String(value)).stack ?? ''],
  ['an error that has it', (value) => inspect(Object.assign(new Error('x'), { value }))],
  ['the cause of an error', (value) => inspect(new Error('x', { cause: { value } }))],
  ['its own properties', (value) => JSON.stringify(Object.entries(Object(value) as object))],
  ['a copy', (value) => inspect(structuredClone(value), { showHidden: true })],
];

test.each(PRINTED)('a secret is not read from %s', (_way, print) => {
  expect(print(new Secret(word))).not.toContain(word.slice(0, 8));
});

test.each(PRINTED.filter(([way]) => /^(?:inspect|console|JSON|a template|text put)/.test(way)))(
  'a secret is seen to be one in %s',
  (_way, print) => {
    expect(print(new Secret(word))).toContain('[secret]');
  },
);

test.each(PRINTED.filter(([way]) => way !== 'a copy'))(
  'neither a signer nor a verifier nor a key shows its secret in %s',
  (_way, print) => {
    const held = [
      createSigner({ signType: 'MD5', md5Key: word }),
      createVerifier({ signType: 'MD5', md5Key: word }),
      createSigner({ signType: 'RSA2', privateKey: pair.privateKey }),
      loadKey(pair.privateKey, { kind: 'private' }),
    ];

    for (const value of held) {
      const printed = print(value);
      expect(printed).not.toContain(word.slice(0, 8));
      expect(printed).not.toContain(pair.privateKey.split('\n')[1]);
      expect(printed).not.toMatch(/30 31 32 33 34|48, 49, 50, 51/); // the bytes of the word
    }
  },
);

test('what a secret hides signs and verifies as the text would', () => {
  const md5 = createSigner({ signType: 'MD5', md5Key: new Secret(word) });
  const rsa = createSigner({ signType: 'RSA2', privateKey: new Secret(pair.privateKey) });

  expect(signFields({ a: '1' }, md5)).toEqual(
    signFields({ a: '1' }, createSigner({ signType: 'MD5', md5Key: word })),
  );
  for (const [signer, verifier] of [
    [
      md5,
      createVerifier({ signType: 'MD5', md5Key: 'k'.repeat(32), previousMd5Key: new Secret(word) }),
    ],
    [rsa, createVerifier({ signType: 'RSA2', publicKey: new Secret(pair.publicKey) })],
  ] as const) {
    expect(() => verifyFields(signFields({ a: '1' }, signer), verifier)).not.toThrow();
  }
});

test('a secret that is no key is refused without a word of it', () => {
  const refusal = (() => {
    try {
      loadKey(new Secret(`${word}!`), { kind: 'private' });
    } catch (error) {
      return error;
    }
    return undefined;
  })();

  expect(refusal).toBeInstanceOf(AlipayProtocolError);
  for (const [, print] of PRINTED) expect(print(refusal)).not.toContain(word.slice(0, 8));
});
