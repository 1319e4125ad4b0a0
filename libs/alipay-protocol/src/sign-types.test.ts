import { type KeyPairKeyObjectResult, sign } from 'node:crypto';

import { newKeyPair } from '../test/key-pair';
import { md5Signature, md5Verifies, RSA_SCHEMES, rsaSignature, rsaVerifies } from './sign-types';

const bytes = Buffer.from('a=1&b=茶');
const other = Buffer.from('a=2&b=茶');
const md5Key = Buffer.from('0123456789abcdef0123456789abcdef');
const rsaKeys = (): KeyPairKeyObjectResult => newKeyPair(1024);

test('MD5 is that of the text with the key behind it, in small hexadecimal digits', () => {
  const signature = md5Signature(bytes, md5Key);

  expect(md5Signature(Buffer.from('a=1'), Buffer.from('key'))).toBe(
    '033225d7ad9c4ca917bad4f75f322790',
  );
  expect(md5Verifies(bytes, md5Key, signature)).toBe(true);
  for (const wrong of [
    '',
    signature.slice(1),
    `${signature} `,
    signature.toUpperCase(),
    '0'.repeat(32),
    'é'.repeat(16),
  ]) {
    expect(md5Verifies(bytes, md5Key, wrong)).toBe(false);
  }
  expect(md5Verifies(other, md5Key, signature)).toBe(false);
  expect(md5Verifies(bytes, Buffer.from('x'), signature)).toBe(false);
});

test.each([
  ['RSA', 'sha1'],
  ['RSA2', 'sha256'],
] as const)('%s signs with %s, and only that verifies', (signType, digest) => {
  const scheme = RSA_SCHEMES[signType];
  const rsa = rsaKeys();
  const signature = sign(digest, bytes, rsa.privateKey).toString('base64');

  expect(rsaSignature(bytes, rsa.privateKey, scheme)).toBe(signature);
  expect(rsaVerifies(bytes, rsa.publicKey, scheme, signature)).toBe(true);
  expect(rsaVerifies(other, rsa.publicKey, scheme, signature)).toBe(false);
  for (const foreign of ['sha1', 'sha256', 'sha512'].filter((name) => name !== digest)) {
    const wrong = sign(foreign, bytes, rsa.privateKey).toString('base64');
    expect(rsaVerifies(bytes, rsa.publicKey, scheme, wrong)).toBe(false);
  }
});

test('of all spellings of a signature one is taken, and that with blanks for its +', () => {
  const scheme = RSA_SCHEMES.RSA2;
  const rsa = rsaKeys();
  const { text, signature } = signedWithPlus();
  const verifies = (spelling: string): boolean =>
    rsaVerifies(text, rsa.publicKey, scheme, spelling);

  expect(verifies(signature)).toBe(true);
  expect(verifies(signature.replaceAll('+', ' '))).toBe(true);
  for (const wrong of [
    '',
    ` ${signature}`,
    `${signature}\n`,
    `${signature.slice(0, 9)}*${signature.slice(9)}`,
    `${signature}xxxx`,
    signature.replace(/=+$/, ''),
    signature.replaceAll('+', '-'),
  ]) {
    expect(verifies(wrong)).toBe(false);
  }

  function signedWithPlus(): { text: Buffer; signature: string } {
    for (let number = 0; ; number += 1) {
      const candidate = Buffer.from(`a=${number}`);
      const made = rsaSignature(candidate, rsa.privateKey, scheme);
      if (made.includes('+')) return { text: candidate, signature: made };
    }
  }
});
