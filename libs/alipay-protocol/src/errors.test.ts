import {
  AlipayProtocolError,
  createSigner,
  createVerifier,
  decodeNotification,
  encodeNotification,
  loadKey,
  parseAmount,
  parseGatewayTime,
  required,
  signedText,
  signFields,
  verifyFields,
} from './index';

const md5Key = '0123456789abcdef0123456789abcdef';
const signer = createSigner({ signType: 'MD5', md5Key });
const verifier = createVerifier({ signType: 'MD5', md5Key });
const signed = signFields({ total_fee: '12.50' }, signer);

test.each<[string, string | undefined, () => unknown]>([
  ['ALIPAY_SIGNATURE_MISSING', 'sign', () => verifyFields({ a: '1' }, verifier)],
  ['ALIPAY_SIGNATURE_MISMATCH', 'sign', () => verifyFields({ ...signed, a: '1' }, verifier)],
  [
    'ALIPAY_SIGNATURE_MISMATCH',
    'sign_type',
    () => verifyFields({ ...signed, sign_type: 'RSA' }, verifier),
  ],
  ['ALIPAY_KEY_INVALID', 'md5Key', () => createSigner({ signType: 'MD5', md5Key: '' })],
  ['ALIPAY_KEY_INVALID', 'privateKey', () => loadKey('garbage', { kind: 'private' })],
  ['ALIPAY_KEY_INVALID', 'publicKey', () => loadKey('garbage', { kind: 'public' })],
  ['ALIPAY_KEY_INVALID', 'signType', () => createVerifier({ signType: 'DSA' } as never)],
  ['ALIPAY_MALFORMED_MESSAGE', 'trade_no', () => required({}, 'trade_no')],
  ['ALIPAY_MALFORMED_MESSAGE', 'a=b', () => signedText({ 'a=b': '1' })],
  ['ALIPAY_MALFORMED_MESSAGE', 'a', () => decodeNotification('a=1&a=2', { verifier })],
  [
    'ALIPAY_UNENCODABLE_TEXT',
    undefined,
    () => encodeNotification({ subject: '😀' }, signer, { charset: 'GBK' }),
  ],
  ['ALIPAY_AMOUNT_INVALID', undefined, () => parseAmount('-1', 'HKD')],
  ['ALIPAY_TIME_INVALID', undefined, () => parseGatewayTime('2/1/2026')],
])('%s says which field (%s), what happened and what to do', (code, field, refused) => {
  const error = refusalOf(refused);

  expect(error).toMatchObject({ code, field });
  expect(error.message).not.toBe('');
  expect(error.remedy).toMatch(/^[A-Z].*\.$/);
  expect(Object.keys(error)).not.toContain('remedy'); // a log that prints it whole stays short
});

test('the name of a field that somebody made up is cut', () => {
  const name = 'x'.repeat(10_000);

  expect(refusalOf(() => required({}, name)).field).toHaveLength(65);
});

function refusalOf(refused: () => unknown): AlipayProtocolError {
  try {
    refused();
  } catch (error) {
    if (error instanceof AlipayProtocolError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
