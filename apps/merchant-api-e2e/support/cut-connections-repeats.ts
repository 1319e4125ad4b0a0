/**
 * What can come of the call that repeats a deed whose first exchange was cut; the words are those
 * of the simulator's faults. Each way rotates through its codes.
 */
const SIGNED_FINAL = [
  ...['TRADE_NOT_EXIST', 'TRANS_NOT_FOUND', 'PURCHASE_TRADE_NOT_EXIST', 'NOT_FOUND'],
  ...['TRADE_HAS_CLOSE', 'TRADE_HAS_SUCCESS', 'TRADE_HAS_FINISHED', 'TRADE_STATUS_ERROR'],
  ...['TRADE_CANCEL_TIME_OUT', 'TRADE_BUYER_NOT_MATCH', 'REASON_TRADE_BEEN_FREEZEN'],
  ...['REASON_TRADE_REFUND_FEE_ERR', 'REFUNDMENT_VALID_DATE_EXCEED', 'RETURN_AMOUNT_EXCEED'],
  ...['REFUND_AMT_RESTRICTION', 'REQUEST_AMOUNT_EXCEED', 'CURRENCY_NOT_SAME'],
  ...['MERCHANT_BALANCE_NOT_ENOUGH', 'SELLER_BALANCE_NOT_ENOUGH', 'CONTEXT_INCONSISTENT'],
  ...['DISCORDANT_REPEAT_REQUEST', 'SELLER_NOT_EXIST', 'BUYER_NOT_EXIST'],
  ...['BUYER_ENABLE_STATUS_FORBID', 'BUYER_SELLER_EQUAL', 'EXIST_FORBIDDEN_WORD'],
  ...['CLIENT_VERSION_NOT_MATCH', 'SOUNDWAVE_PARSER_FAIL', 'SECONDARY_MERCHANT_STATUS_ERROR'],
  'APPLY_PC_MERCHANT_CODE_ERROR',
] as const;

const GATEWAY_FINAL = [
  ...['ILLEGAL_SIGN', 'ILLEGAL_SIGN_TYPE', 'ILLEGAL_DYN_MD5_KEY', 'ILLEGAL_ENCRYPT'],
  ...['ILLEGAL_SECURITY_PROFILE', 'HAS_NO_PUBLICKEY', 'ILLEGAL_CHARSET', 'INVALID_CHARACTER_SET'],
  ...['ILLEGAL_ENCODING', 'ILLEGAL_DIGEST', 'ILLEGAL_DIGEST_TYPE', 'ILLEGAL_ARGUMENT'],
  ...['INVALID_PARAMETER', 'PARAM_ILLEGAL', 'PARAMTER_IS_NULL', 'ILLEGAL_LENGTH'],
  ...['REGEXP_MATCH_FAIL', 'ILLEGAL_DATA_FORMAT', 'ILLEGAL_MONEY_FORMAT'],
  ...['ILLEGAL_INTEGER_FORMAT', 'ILLEGAL_NUMBER_FORMAT', 'ILLEGAL_FILE_FORMAT'],
  ...['ILLEGAL_ANTI_PHISHING_KEY', 'ANTI_PHISHING_KEY_TIMEOUT', 'ILLEGAL_SERVICE'],
  ...['ILLEGAL_EXTERFACE', 'ILLEGAL_PARTNER', 'ILLEGAL_PARTNER_EXTERFACE', 'ILLEGAL_USER'],
  ...['ILLEGAL_AGENT', 'HAS_NO_PRIVILEGE', 'HASH_NO_PRIVILEGE', 'ACCESS_FORBIDDEN'],
  ...['ILLEGAL_CLIENT_IP', 'ILLEGAL_EXTER_INVOKE_IP', 'ILLEGAL_REQUEST_REFERER'],
] as const;

const NOT_FINAL = [
  ...['SYSTEM_ERROR', 'SYSTEM_EXCEPTION', 'SESSION_TIMEOUT', 'UNKNOW', 'UNKNOWN', 'QUERY_FAILED'],
  ...['EXTERFACE_IS_CLOSED', 'ILLEGAL_TARGET_SERVICE', 'ILLEGAL_ACCESS_SWITCH_SYSTEM'],
  ...['ILLEGAL_SWITCH_SYSTEM', 'USER_DATA_MIGRATE_ERROR', 'EXTERFACE_INVOKE_CONTEXT_EXPIRED'],
  ...['REPEATED_REFUNDMENT_REQUEST', 'A_CODE_NOBODY_HAS_SEEN'],
] as const;

const UNCERTAIN = [
  ...['html', 'http-500', 'unknown-result', 'system-error', 'system-error-after-effect'],
  ...['bad-signature', 'unsigned', 'other-answer', 'reset', 'reset-after-effect'],
] as const;

export type RefusalWay =
  | 'answered'
  | 'answered in GBK'
  | 'a signed final no'
  | 'a signed final no of the gateway'
  | 'an unsigned final no'
  | 'a signed code that may change'
  | 'an unsigned code that may change'
  | 'an unsigned business code'
  | 'no answer that can be believed'
  | 'silence';

/** The faults of each way; an empty text is a good answer. */
export const REPEATS: Readonly<Record<RefusalWay, readonly string[]>> = {
  answered: [''],
  'answered in GBK': ['gbk'],
  'a signed final no': SIGNED_FINAL.map((code) => `refuse:${code}`),
  'a signed final no of the gateway': GATEWAY_FINAL.map((code) => `refuse:${code}`),
  'an unsigned final no': GATEWAY_FINAL.map((code) => `refuse-unsigned:${code}`),
  'a signed code that may change': NOT_FINAL.map((code) => `refuse:${code}`),
  'an unsigned code that may change': NOT_FINAL.map((code) => `refuse-unsigned:${code}`),
  'an unsigned business code': SIGNED_FINAL.map((code) => `refuse-unsigned:${code}`),
  'no answer that can be believed': UNCERTAIN,
  silence: ['timeout', 'timeout-after-effect'],
};

export const REFUSAL_WAYS = Object.keys(REPEATS) as RefusalWay[];

export interface Repeat {
  readonly way: RefusalWay;
  readonly fault: string;
}

/** Deals out the ways in turn, apart for each part of a message, so that every pair occurs. */
export function createRepeats(first = 0): (part: string) => Repeat {
  const dealt = new Map<string, number>();
  return (part) => {
    const turn = dealt.get(part) ?? first;
    dealt.set(part, turn + 1);
    const way = REFUSAL_WAYS[turn % REFUSAL_WAYS.length] ?? 'answered';
    const used = dealt.get(way) ?? first;
    dealt.set(way, used + 1);
    const faults = REPEATS[way];
    return { way, fault: faults[used % faults.length] ?? '' };
  };
}
