import { decodeNotification, encodeNotification, parseNotification } from './notification';
import { createSigner } from './sign-fields';
import { createVerifier, type Verifier } from './verify-fields';

const md5Key = '0123456789abcdef0123456789abcdef';
const verifier = (): Verifier => createVerifier({ signType: 'MD5', md5Key });
const signer = createSigner({ signType: 'MD5', md5Key });
const fields = { trade_no: '1', subject: '茶 & cake' };

test.each([
  [undefined, 'UTF-8', '%E8%8C%B6%20%26%20cake'],
  ['GBK' as const, 'GBK', '%B2%E8%20%26%20cake'],
])('with the charset %s it is written in %s, and says so', (charset, said, subject) => {
  const { contentType, body } = encodeNotification(fields, signer, { charset });

  expect(contentType).toBe(`application/x-www-form-urlencoded; charset=${said}`);
  expect(body.toString()).toMatch(`trade_no=1&subject=${subject}&sign_type=MD5&sign=`);
  expect(decodeNotification(body, { contentType, verifier: verifier() })).toMatchObject(fields);
});

test("without a charset of its own it is written in the signer's", () => {
  const inGbk = createSigner({ signType: 'MD5', md5Key, charset: 'GBK' });

  expect(encodeNotification(fields, inGbk).contentType).toMatch(/charset=GBK$/);
});

test('the charset of the header counts, and not that of a field', () => {
  const named = { ...fields, _input_charset: 'GBK' };
  const { body } = encodeNotification(named, signer, { charset: 'UTF-8' });

  expect(decodeNotification(body, { verifier: verifier() })).toMatchObject(named);
  expect(
    decodeNotification(body.toString(), { contentType: 'x; charset=Big5', verifier: verifier() }),
  ).toEqual(parseNotification(body));
});

test('without a proof a message is read all the same, for an explanation', () => {
  expect(parseNotification('a=1&sign=wrong')).toEqual({ a: '1', sign: 'wrong' });
  expect(parseNotification(Buffer.from('a=%B2%E8'), { contentType: 'x;charset=GBK' })).toEqual({
    a: '茶',
  });
  expect(() => decodeNotification('a=1&sign=wrong', { verifier: verifier() })).toThrow(
    expect.objectContaining({ code: 'ALIPAY_SIGNATURE_MISMATCH' }) as Error,
  );
});
