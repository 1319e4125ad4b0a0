/**
 * The codes that are a definite no (decision 4). A code on neither list says nothing certain, so
 * it leaves the outcome unknown. Alipay's own error tables for the HK services were never seen
 * whole; the lists are assembled from every page and client that names a code (PROTOCOL.md,
 * error codes).
 */

/**
 * Configuration and argument codes. The gateway refuses these before it looks at the business, so
 * they are final even in the unsigned `is_success=F`.
 */
const REFUSED_BY_GATEWAY = [
  // signature, keys, charset
  'ILLEGAL_SIGN',
  'ILLEGAL_SIGN_TYPE',
  'ILLEGAL_DYN_MD5_KEY',
  'ILLEGAL_ENCRYPT',
  'ILLEGAL_SECURITY_PROFILE',
  'HAS_NO_PUBLICKEY',
  'ILLEGAL_CHARSET',
  'INVALID_CHARACTER_SET',
  'ILLEGAL_ENCODING',
  'ILLEGAL_DIGEST',
  'ILLEGAL_DIGEST_TYPE',
  // arguments
  'ILLEGAL_ARGUMENT',
  'INVALID_PARAMETER',
  'PARAM_ILLEGAL',
  'PARAMTER_IS_NULL', // [sic] Alipay spells it so
  'ILLEGAL_LENGTH',
  'REGEXP_MATCH_FAIL',
  'ILLEGAL_DATA_FORMAT',
  'ILLEGAL_MONEY_FORMAT',
  'ILLEGAL_INTEGER_FORMAT',
  'ILLEGAL_NUMBER_FORMAT',
  'ILLEGAL_FILE_FORMAT',
  'ILLEGAL_ANTI_PHISHING_KEY',
  'ANTI_PHISHING_KEY_TIMEOUT',
  // contract and account
  'ILLEGAL_SERVICE',
  'ILLEGAL_EXTERFACE',
  'ILLEGAL_PARTNER',
  'ILLEGAL_PARTNER_EXTERFACE',
  'ILLEGAL_USER',
  'ILLEGAL_AGENT',
  'HAS_NO_PRIVILEGE',
  'HASH_NO_PRIVILEGE', // the old spelling of the line above
  'ACCESS_FORBIDDEN',
  // where the call came from
  'ILLEGAL_CLIENT_IP',
  'ILLEGAL_EXTER_INVOKE_IP',
  'ILLEGAL_REQUEST_REFERER',
] as const;

/** Business codes: final only in a signed answer, which is the only place Alipay sends them. */
const REFUSED_BY_BUSINESS = [
  // the trade and its state
  'TRADE_NOT_EXIST',
  'TRANS_NOT_FOUND',
  'PURCHASE_TRADE_NOT_EXIST',
  'NOT_FOUND',
  'TRADE_HAS_CLOSE',
  'TRADE_HAS_SUCCESS',
  'TRADE_HAS_FINISHED',
  'TRADE_STATUS_ERROR',
  'TRADE_CANCEL_TIME_OUT',
  'TRADE_BUYER_NOT_MATCH',
  'REASON_TRADE_BEEN_FREEZEN', // [sic]
  'REASON_TRADE_REFUND_FEE_ERR',
  'REFUNDMENT_VALID_DATE_EXCEED', // [sic]
  // amounts and money
  'RETURN_AMOUNT_EXCEED',
  'REFUND_AMT_RESTRICTION',
  'REQUEST_AMOUNT_EXCEED',
  'CURRENCY_NOT_SAME',
  'MERCHANT_BALANCE_NOT_ENOUGH',
  'SELLER_BALANCE_NOT_ENOUGH',
  // the id is taken by another content, so what was asked for now was not done
  'CONTEXT_INCONSISTENT',
  'DISCORDANT_REPEAT_REQUEST',
  // people and parties
  'SELLER_NOT_EXIST',
  'BUYER_NOT_EXIST',
  'BUYER_ENABLE_STATUS_FORBID',
  'BUYER_SELLER_EQUAL',
  'EXIST_FORBIDDEN_WORD',
  'CLIENT_VERSION_NOT_MATCH',
  'SOUNDWAVE_PARSER_FAIL',
  'SECONDARY_MERCHANT_STATUS_ERROR',
  'APPLY_PC_MERCHANT_CODE_ERROR',
] as const;

/*
 * Left out on purpose, so that they stay unknown:
 *   Alipay's side    SYSTEM_ERROR, SYSTEM_EXCEPTION, SESSION_TIMEOUT, UNKNOW, UNKNOWN, QUERY_FAILED,
 *                    EXTERFACE_IS_CLOSED, ILLEGAL_TARGET_SERVICE, ILLEGAL_ACCESS_SWITCH_SYSTEM,
 *                    ILLEGAL_SWITCH_SYSTEM, USER_DATA_MIGRATE_ERROR
 *   cured by asking  EXTERFACE_INVOKE_CONTEXT_EXPIRED: the timestamp was too old, a repeat has a new one
 *   may mean yes     REPEATED_REFUNDMENT_REQUEST: the refund of this id may have been made already
 */

/** A code of Alipay's. Those that are final are known by name; the list is open, so any may come. */
export type AlipayCode =
  (typeof REFUSED_BY_GATEWAY)[number] | (typeof REFUSED_BY_BUSINESS)[number] | (string & {});

const AT_THE_DOOR: ReadonlySet<string> = new Set(REFUSED_BY_GATEWAY);
const BY_BUSINESS: ReadonlySet<string> = new Set(REFUSED_BY_BUSINESS);

/** Is this code of a signed answer a definite no? */
export function isFinalCode(code: string): boolean {
  return BY_BUSINESS.has(code) || AT_THE_DOOR.has(code);
}

/** Is this code of an unsigned `is_success=F` a definite no? */
export function isFinalUnsignedCode(code: string): boolean {
  return AT_THE_DOOR.has(code);
}
