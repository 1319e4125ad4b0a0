/** Why a message, key, amount or time is refused. Stable: callers decide by it, never by the text. */
export type AlipayProtocolErrorCode =
  /** The signature does not belong to this message and this key, or is of another type. */
  | 'ALIPAY_SIGNATURE_MISMATCH'
  /** A message that must be signed carries no signature, or an empty one. */
  | 'ALIPAY_SIGNATURE_MISSING'
  /** A key that is none, is of the wrong kind, or is too weak. */
  | 'ALIPAY_KEY_INVALID'
  /** A message that can be read in two ways, or in none. */
  | 'ALIPAY_MALFORMED_MESSAGE'
  /** Text that the charset, or XML, cannot carry. Thrown before anything is sent. */
  | 'ALIPAY_UNENCODABLE_TEXT'
  | 'ALIPAY_AMOUNT_INVALID'
  | 'ALIPAY_TIME_INVALID';

/** Every refusal of this library. The message holds no key, no signature and no field's value. */
export class AlipayProtocolError extends Error {
  override readonly name: string = 'AlipayProtocolError';
  readonly code: AlipayProtocolErrorCode;
  /** Alipay's name of a field, or our name of an option, where one is at fault. */
  readonly field: string | undefined;

  constructor(
    code: AlipayProtocolErrorCode,
    message: string,
    { cause, field }: { cause?: unknown; field?: string | undefined } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = field === undefined ? undefined : cut(field);
  }

  /** What to do about it, for the person who gets the support call. */
  get remedy(): string {
    return REMEDIES[this.code];
  }
}

const REMEDIES: Readonly<Record<AlipayProtocolErrorCode, string>> = {
  ALIPAY_SIGNATURE_MISMATCH:
    'Do not act on the message. `explain-signature` says why it does not match: most often another key, charset or sign type.',
  ALIPAY_SIGNATURE_MISSING:
    'Do not act on the message: whoever sent it has proven nothing. Alipay signs everything but the refusals of its gateway.',
  ALIPAY_KEY_INVALID:
    'Copy the key once more, whole, from where it was made: your own private key, and the public key that Alipay shows you.',
  ALIPAY_MALFORMED_MESSAGE:
    'Do not act on the message. Hand over its bytes and its content type as they came; a proxy or a parser may have changed them.',
  ALIPAY_UNENCODABLE_TEXT:
    'Leave the character out, or send in UTF-8: GBK has no emoji, and XML no control characters.',
  ALIPAY_AMOUNT_INVALID:
    'Write an amount as 12.50, from 0 to 9,999,999.99, with the decimals of its currency, and the currency as HKD.',
  ALIPAY_TIME_INVALID: 'Write a time in Beijing time as 2026-01-02 03:04:05.',
};

export function malformed(message: string, field?: string): AlipayProtocolError {
  return new AlipayProtocolError('ALIPAY_MALFORMED_MESSAGE', message, { field });
}

const shownLengthMax = 64;

/** A name from a message as it may stand in ours: short, and without control characters. */
export function shown(name: string): string {
  return JSON.stringify(cut(name));
}

function cut(name: string): string {
  return name.length > shownLengthMax ? `${name.slice(0, shownLengthMax)}…` : name;
}
