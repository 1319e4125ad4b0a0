/** What a code of Alipay's means and what to do about it. */
export interface CatalogueEntry {
  readonly codes: readonly string[];
  /**
   * Whether it is a definite no: `ALWAYS`, also in an unsigned `is_success=F`; `SIGNED`, only in a signed
   * answer, which is the only place Alipay sends it; `NEVER`, nothing is known and it is asked again.
   */
  readonly final: 'ALWAYS' | 'SIGNED' | 'NEVER';
  /** Which calls were seen or are said to answer it (PROTOCOL.md §4.4, §6.7). */
  readonly calls: string;
  /** One clause, without a full stop: it also stands within a sentence. */
  readonly meaning: InBothLanguages;
  /** What the person at the counter does. */
  readonly action: InBothLanguages;
}

export interface InBothLanguages {
  readonly en: string;
  /** Traditional Chinese, as read in Hong Kong. */
  readonly zhHant: string;
}

const ANY_CALL = 'any';
const OTHER_PRODUCTS = 'other products';

const CALL_OPERATOR: InBothLanguages = {
  en: 'Tell whoever runs this system: the request itself is at fault, not the customer.',
  zhHant: '請通知系統管理員：問題出於系統設定，與顧客無關。',
};
const CALL_ALIPAY: InBothLanguages = {
  en: 'Tell whoever runs this system; Alipay has to change something.',
  zhHant: '請通知系統管理員，須由支付寶處理。',
};
const WAIT: InBothLanguages = {
  en: 'Wait: the system goes on asking by itself. Do not give cash back.',
  zhHant: '請稍候：系統會自動繼續查詢，切勿先退現金。',
};
const LOOK_AGAIN: InBothLanguages = {
  en: 'Refresh the payment, then decide by what it shows.',
  zhHant: '請更新該筆付款的狀態，再按顯示結果處理。',
};
const CHECK_NUMBER: InBothLanguages = {
  en: 'Check the number on the customer’s bill.',
  zhHant: '請核對顧客帳單上的交易編號。',
};
const LESS: InBothLanguages = {
  en: 'Refund no more than what is left of the payment.',
  zhHant: '退款金額不可超過該筆付款的餘額。',
};
const OTHER_MEANS: InBothLanguages = {
  en: 'Let the customer pay or be paid back by another means.',
  zhHant: '請顧客改用其他方式付款或退款。',
};

/**
 * Every code that a page or a client names. Alipay's own tables for the Hong Kong services were never
 * seen whole, so the list is open: an unknown code is never a definite no.
 */
export const ERROR_CATALOGUE = [
  // The gateway's own codes: refused before it looks at the business.
  {
    codes: ['ILLEGAL_SIGN'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: { en: 'our signature does not verify', zhHant: '我方簽名驗證失敗' },
    action: CALL_OPERATOR,
  },
  {
    codes: [
      'ILLEGAL_SIGN_TYPE',
      'ILLEGAL_DYN_MD5_KEY',
      'ILLEGAL_ENCRYPT',
      'ILLEGAL_SECURITY_PROFILE',
    ],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: {
      en: 'the sign type or the key is not the one that Alipay has for us',
      zhHant: '簽名類型或密鑰與支付寶登記的不符',
    },
    action: CALL_OPERATOR,
  },
  {
    codes: ['HAS_NO_PUBLICKEY'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: {
      en: 'our public key was not uploaded at Alipay',
      zhHant: '尚未於支付寶上載我方公鑰',
    },
    action: CALL_OPERATOR,
  },
  {
    codes: ['ILLEGAL_CHARSET', 'INVALID_CHARACTER_SET', 'ILLEGAL_ENCODING'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: { en: 'the charset is not one that Alipay takes', zhHant: '字元編碼不獲支付寶接受' },
    action: CALL_OPERATOR,
  },
  {
    codes: ['ILLEGAL_ARGUMENT', 'INVALID_PARAMETER', 'PARAM_ILLEGAL', 'PARAMTER_IS_NULL'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: { en: 'a parameter is missing or malformed', zhHant: '參數遺漏或不正確' },
    action: CALL_OPERATOR,
  },
  {
    codes: [
      'ILLEGAL_LENGTH',
      'REGEXP_MATCH_FAIL',
      'ILLEGAL_DATA_FORMAT',
      'ILLEGAL_MONEY_FORMAT',
      'ILLEGAL_INTEGER_FORMAT',
      'ILLEGAL_NUMBER_FORMAT',
    ],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: { en: 'a parameter has the wrong length or format', zhHant: '參數長度或格式不正確' },
    action: CALL_OPERATOR,
  },
  {
    codes: ['ILLEGAL_SERVICE'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: { en: 'Alipay does not know this service', zhHant: '支付寶沒有此服務' },
    action: CALL_OPERATOR,
  },
  {
    codes: ['ILLEGAL_PARTNER', 'ILLEGAL_USER', 'ILLEGAL_AGENT'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: {
      en: 'Alipay does not know our partner id here (a sandbox id in production, or the reverse)',
      zhHant: '支付寶無法識別我方商戶編號（或混淆了測試與正式環境）',
    },
    action: CALL_OPERATOR,
  },
  {
    codes: [
      'ILLEGAL_EXTERFACE',
      'ILLEGAL_PARTNER_EXTERFACE',
      'HAS_NO_PRIVILEGE',
      'HASH_NO_PRIVILEGE',
      'ACCESS_FORBIDDEN',
    ],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: {
      en: 'our contract with Alipay does not cover this service',
      zhHant: '我方合約未涵蓋此服務',
    },
    action: CALL_ALIPAY,
  },
  {
    codes: ['ILLEGAL_CLIENT_IP', 'ILLEGAL_EXTER_INVOKE_IP', 'ILLEGAL_REQUEST_REFERER'],
    final: 'ALWAYS',
    calls: ANY_CALL,
    meaning: { en: 'Alipay does not let our address in', zhHant: '支付寶不接受我方伺服器地址' },
    action: CALL_ALIPAY,
  },
  {
    codes: [
      'ILLEGAL_DIGEST',
      'ILLEGAL_DIGEST_TYPE',
      'ILLEGAL_FILE_FORMAT',
      'ILLEGAL_ANTI_PHISHING_KEY',
      'ANTI_PHISHING_KEY_TIMEOUT',
    ],
    final: 'ALWAYS',
    calls: OTHER_PRODUCTS,
    meaning: {
      en: 'a check of another Alipay product failed',
      zhHant: '支付寶其他產品的檢查未通過',
    },
    action: CALL_OPERATOR,
  },
  // Alipay's side, and what a repeat cures: nothing certain.
  {
    codes: [
      'SYSTEM_ERROR',
      'SYSTEM_EXCEPTION',
      'SESSION_TIMEOUT',
      'UNKNOW',
      'UNKNOWN',
      'QUERY_FAILED',
    ],
    final: 'NEVER',
    calls: ANY_CALL,
    meaning: {
      en: 'Alipay had a fault and says nothing about the outcome',
      zhHant: '支付寶系統故障，結果未明',
    },
    action: WAIT,
  },
  {
    codes: [
      'EXTERFACE_IS_CLOSED',
      'ILLEGAL_TARGET_SERVICE',
      'ILLEGAL_ACCESS_SWITCH_SYSTEM',
      'ILLEGAL_SWITCH_SYSTEM',
      'USER_DATA_MIGRATE_ERROR',
    ],
    final: 'NEVER',
    calls: ANY_CALL,
    meaning: {
      en: 'Alipay cannot reach this service at the moment, or not at this address',
      zhHant: '支付寶暫時無法提供此服務，或網址不正確',
    },
    action: WAIT,
  },
  {
    codes: ['EXTERFACE_INVOKE_CONTEXT_EXPIRED'],
    final: 'NEVER',
    calls: ANY_CALL,
    meaning: {
      en: 'the request was too old when it arrived; see whether our clock is right',
      zhHant: '請求到達時已過期，請檢查系統時鐘',
    },
    action: WAIT,
  },
  {
    codes: ['REPEATED_REFUNDMENT_REQUEST'],
    final: 'NEVER',
    calls: 'refund',
    meaning: {
      en: 'the refund of this id may have been made already',
      zhHant: '此退款編號可能已完成退款',
    },
    action: WAIT,
  },
  {
    codes: ['DATA_NOT_EXIST'],
    final: 'NEVER', // every copy of the page cuts the code off after "DAT"
    calls: 'state of a registration',
    meaning: {
      en: 'Alipay seems to have no registration of this store',
      zhHant: '支付寶似乎沒有此店舖的登記',
    },
    action: CALL_OPERATOR,
  },
  // Business codes.
  {
    codes: ['TRADE_NOT_EXIST', 'TRANS_NOT_FOUND', 'PURCHASE_TRADE_NOT_EXIST'],
    final: 'SIGNED',
    calls: 'query, refund, cancel, refund query',
    meaning: { en: 'Alipay knows no such payment', zhHant: '支付寶沒有此筆交易' },
    action: CHECK_NUMBER,
  },
  {
    codes: ['NOT_FOUND'],
    final: 'SIGNED',
    calls: 'refund query',
    meaning: { en: 'Alipay knows no such refund', zhHant: '支付寶沒有此筆退款' },
    action: LOOK_AGAIN,
  },
  {
    codes: ['TRADE_HAS_CLOSE'],
    final: 'SIGNED',
    calls: 'refund',
    meaning: {
      en: 'the payment is closed: cancelled, refunded in full, or never paid',
      zhHant: '交易已關閉（已取消、已全額退款或未付款）',
    },
    action: LOOK_AGAIN,
  },
  {
    codes: ['TRADE_HAS_FINISHED', 'REFUNDMENT_VALID_DATE_EXCEED'],
    final: 'SIGNED',
    calls: 'refund, cancel',
    meaning: { en: 'the time in which it can be refunded is over', zhHant: '已超過可退款期限' },
    action: OTHER_MEANS,
  },
  {
    codes: ['TRADE_STATUS_ERROR', 'TRADE_HAS_SUCCESS'],
    final: 'SIGNED',
    calls: 'refund, cancel',
    meaning: { en: 'the state of the payment does not allow it', zhHant: '交易狀態不允許此操作' },
    action: LOOK_AGAIN,
  },
  {
    codes: ['TRADE_CANCEL_TIME_OUT'],
    final: 'SIGNED',
    calls: 'cancel',
    meaning: {
      en: 'a payment can be cancelled only until the Beijing midnight after it',
      zhHant: '只可於付款當日（北京時間午夜前）取消交易',
    },
    action: { en: 'Refund it instead.', zhHant: '請改為退款。' },
  },
  {
    codes: [
      'RETURN_AMOUNT_EXCEED',
      'REFUND_AMT_RESTRICTION',
      'REQUEST_AMOUNT_EXCEED',
      'REASON_TRADE_REFUND_FEE_ERR',
    ],
    final: 'SIGNED',
    calls: 'refund',
    meaning: {
      en: 'the amount is more than what is left of the payment, or more than is allowed',
      zhHant: '金額超過可退餘額或上限',
    },
    action: LESS,
  },
  {
    codes: ['CURRENCY_NOT_SAME'],
    final: 'SIGNED',
    calls: 'refund',
    meaning: { en: 'the currency is not that of the payment', zhHant: '貨幣與原交易不符' },
    action: {
      en: 'Refund in the currency of the payment.',
      zhHant: '請以原付款貨幣退款。',
    },
  },
  {
    codes: ['MERCHANT_BALANCE_NOT_ENOUGH', 'SELLER_BALANCE_NOT_ENOUGH'],
    final: 'SIGNED',
    calls: 'refund, refund query',
    meaning: {
      en: 'our account at Alipay has too little in it to refund from',
      zhHant: '商戶於支付寶的結餘不足以退款',
    },
    action: {
      en: 'Try again after more has been sold, or tell whoever keeps the accounts.',
      zhHant: '請待有新收入後再試，或通知會計人員。',
    },
  },
  {
    codes: ['CONTEXT_INCONSISTENT', 'DISCORDANT_REPEAT_REQUEST'],
    final: 'SIGNED',
    calls: 'pay, refund',
    meaning: {
      en: 'the id already stands for something else, so this was not done',
      zhHant: '此編號已用於另一請求，本次並未執行',
    },
    action: LOOK_AGAIN,
  },
  {
    codes: ['REASON_TRADE_BEEN_FREEZEN'],
    final: 'SIGNED',
    calls: 'refund, cancel',
    meaning: { en: 'Alipay has frozen the payment', zhHant: '交易已被支付寶凍結' },
    action: CALL_ALIPAY,
  },
  {
    codes: ['SECONDARY_MERCHANT_STATUS_ERROR'],
    final: 'SIGNED',
    calls: 'the customer’s payment',
    meaning: {
      en: 'the store is not registered at Alipay, or blocked',
      zhHant: '店舖未於支付寶登記或已被停用',
    },
    action: CALL_OPERATOR,
  },
  {
    codes: [
      'SELLER_NOT_EXIST',
      'BUYER_NOT_EXIST',
      'BUYER_ENABLE_STATUS_FORBID',
      'BUYER_SELLER_EQUAL',
      'TRADE_BUYER_NOT_MATCH',
    ],
    final: 'SIGNED',
    calls: 'pay',
    meaning: {
      en: 'the account of the customer or the shop cannot do this',
      zhHant: '顧客或商戶帳戶無法進行此操作',
    },
    action: OTHER_MEANS,
  },
  {
    codes: ['EXIST_FORBIDDEN_WORD'],
    final: 'SIGNED',
    calls: 'pay, codes',
    meaning: { en: 'a name holds a word that Alipay forbids', zhHant: '名稱含有支付寶禁用字詞' },
    action: CALL_OPERATOR,
  },
  {
    codes: ['CLIENT_VERSION_NOT_MATCH', 'SOUNDWAVE_PARSER_FAIL', 'APPLY_PC_MERCHANT_CODE_ERROR'],
    final: 'SIGNED',
    calls: OTHER_PRODUCTS,
    meaning: {
      en: 'another way of paying than a printed code failed',
      zhHant: '其他付款方式失敗',
    },
    action: OTHER_MEANS,
  },
] as const satisfies readonly CatalogueEntry[];

/** A code that the catalogue knows. */
export type KnownAlipayCode = (typeof ERROR_CATALOGUE)[number]['codes'][number];

/** Any code of Alipay's: the known ones by name, and whatever else may come. */
export type AlipayCode = KnownAlipayCode | (string & {});

const BY_CODE: ReadonlyMap<string, CatalogueEntry> = new Map(
  ERROR_CATALOGUE.flatMap((entry: CatalogueEntry) => entry.codes.map((code) => [code, entry])),
);

/** What is known of a code; undefined for one that nobody has named yet. */
export function explainCode(code: AlipayCode): CatalogueEntry | undefined {
  return BY_CODE.get(code);
}

/** Is this code of a signed answer a definite no? */
export function isFinalCode(code: AlipayCode): boolean {
  const final = explainCode(code)?.final;
  return final === 'ALWAYS' || final === 'SIGNED';
}

/** Is this code of an unsigned `is_success=F` a definite no? */
export function isFinalUnsignedCode(code: AlipayCode): boolean {
  return explainCode(code)?.final === 'ALWAYS';
}
