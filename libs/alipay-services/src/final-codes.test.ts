import { isFinalCode, isFinalUnsignedCode } from './final-codes';

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
