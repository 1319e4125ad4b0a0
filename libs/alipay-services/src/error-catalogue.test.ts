import { ERROR_CATALOGUE, explainCode, isFinalCode, isFinalUnsignedCode } from './error-catalogue';

test.each([
  // code                              signed  unsigned
  ['ILLEGAL_SIGN', true, true],
  ['INVALID_PARAMETER', true, true],
  ['PARAM_ILLEGAL', true, true],
  ['HAS_NO_PRIVILEGE', true, true],
  ['TRADE_NOT_EXIST', true, false],
  ['TRADE_CANCEL_TIME_OUT', true, false],
  ['MERCHANT_BALANCE_NOT_ENOUGH', true, false],
  ['SYSTEM_ERROR', false, false],
  ['SYSTEM_EXCEPTION', false, false],
  ['SESSION_TIMEOUT', false, false],
  ['QUERY_FAILED', false, false],
  ['EXTERFACE_IS_CLOSED', false, false],
  ['EXTERFACE_INVOKE_CONTEXT_EXPIRED', false, false],
  ['ILLEGAL_TARGET_SERVICE', false, false],
  ['ILLEGAL_ACCESS_SWITCH_SYSTEM', false, false],
  ['REPEATED_REFUNDMENT_REQUEST', false, false],
  ['NEVER_SEEN', false, false],
  ['', false, false],
])('%s is final: signed %s, unsigned %s', (code, signed, unsigned) => {
  expect([isFinalCode(code), isFinalUnsignedCode(code)]).toEqual([signed, unsigned]);
});

test('every code stands in one entry, which a cashier can read in both languages', () => {
  const codes = ERROR_CATALOGUE.flatMap((entry): readonly string[] => entry.codes);

  expect(new Set(codes).size).toBe(codes.length);
  for (const { meaning, action } of ERROR_CATALOGUE) {
    expect(meaning.en).toMatch(/^[a-zA-Z].{10,}[^.]$/);
    expect(action.en).toMatch(/\.$/);
    expect(meaning.zhHant).toMatch(/^[\p{Script=Han}（）、，]+$/u);
    expect(action.zhHant).toMatch(/^\p{Script=Han}.*。$/u);
  }
});

test('a code that nobody has named is explained by nothing, and is no definite no', () => {
  expect(explainCode('NEVER_SEEN')).toBeUndefined();
  expect(explainCode('constructor')).toBeUndefined();
});
