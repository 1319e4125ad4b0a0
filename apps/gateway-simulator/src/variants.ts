/**
 * Where Alipay's documents are silent or disagree, the simulator takes one reading, and offers the other.
 * The first value of each row is the reading it starts with; PROTOCOL.md numbers these rules as unverified.
 */
export const VARIANTS = {
  /** What an expired `timestamp` is answered with. */
  expiredTimestamp: ['ILLEGAL_ARGUMENT', 'EXTERFACE_INVOKE_CONTEXT_EXPIRED'],
  /** What decides the charset of an answer: the URL's `_input_charset`, or nothing (a captured answer was GBK). */
  answerCharset: ['url', 'GBK'],
  /** How a business no is spelt in `result_code`. */
  failureWord: ['FAIL', 'FAILED'],
  /** How a result that Alipay does not know is spelt in `result_code`. */
  unknownWord: ['UNKNOW', 'UNKNOWN'],
  /** What overseas.query says of a trade it has never heard of. */
  unknownTrade: ['TRADE_NOT_EXIST', 'TRANS_NOT_FOUND'],
  /** Whether overseas.query answers when it is given Alipay's number alone; HK's table requires the other one. */
  queryByAlipayTransId: ['answers', 'refuses'],
  /** Cancelling what was never created. */
  cancelOfUnknownTrade: ['SUCCESS', 'TRADE_NOT_EXIST'],
  /** Cancelling what was refunded in part. */
  cancelAfterRefund: ['refuses', 'returns-the-rest'],
  /** When an asynchronous refund (`is_sync=N`) is carried out: at once, or when the control API says so. */
  asyncRefund: ['at-once', 'held'],
  /** How the reason of a refund may be spelt: HK's page says `refund_reson`, the global page `refund_reason`. */
  refundReason: ['both', 'refund_reson', 'refund_reason'],
  /** Which sign types qrcode.modify takes: HK's page says MD5 alone. */
  modifySignType: ['all', 'MD5'],
  /** Which sign types secmerchant.offline.maintain takes: AlipayHK's own page says RSA and RSA2. */
  maintainSignType: ['all', 'RSA and RSA2'],
  /** Whether a store's registration passes after a while, at once, or when the control API says so. */
  registrationReview: ['takes-its-time', 'passes', 'waits'],
  /** Where a registration says that it was received: in the signed answer, or unsigned at its root. */
  registrationResult: ['signed', 'root'],
  /** Whether queryStatus repeats what was registered; its page marks all of it optional. */
  registrationContent: ['told', 'withheld'],
  /** What becomes of a registered store whose update was refused. */
  refusedUpdate: ['stays-registered', 'unregisters'],
  /** A create for a kind of code that exists: the existing code, or a refusal. */
  repeatedCreate: ['returns-existing', 'refuses'],
  /** Whether a deleted code frees its place, so that the store can have a new one. */
  deletedCode: ['frees-its-place', 'keeps-its-place'],
  /** Stopping a stopped code, restarting an active one, deleting a deleted one. */
  sameStatus: ['succeeds', 'refuses'],
  /** A business no of qrcode.*: inside a signed answer, or as an unsigned `is_success=F`. */
  qrcodeRefusal: ['signed', 'unsigned'],
  /** Which texts count as an acknowledgement of a notification. */
  acknowledgement: ['any-case', 'lower-case', 'upper-case'],
  /** Whether a notification carries the fields that are plausible for a static code, but seen nowhere. */
  notificationExtras: ['none', 'code-and-store'],
} as const satisfies Record<string, readonly [string, string, ...string[]]>;

export type VariantName = keyof typeof VARIANTS;
export type Variants = { readonly [Name in VariantName]: (typeof VARIANTS)[Name][number] };

/** Every reading as the simulator starts with it. */
export function usualVariants(): Variants {
  return Object.fromEntries(
    Object.entries(VARIANTS).map(([name, values]) => [name, values[0]]),
  ) as Variants; // fromEntries forgets which value belongs to which name; the table above is the proof
}

/** Reads variants that came as JSON; says what is wrong with them, or gives them back. */
export function readVariants(given: unknown): { variants: Partial<Variants> } | { error: string } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { error: 'variants must be an object of names and values' };
  }
  for (const [name, value] of Object.entries(given)) {
    const row = Object.entries(VARIANTS).find(([known]) => known === name);
    if (!row) {
      return { error: `${name} is no variant; known are ${Object.keys(VARIANTS).join(', ')}` };
    }
    if (!row[1].some((allowed) => allowed === value)) {
      return { error: `${name} must be one of ${row[1].join(', ')}` };
    }
  }
  return { variants: given };
}
