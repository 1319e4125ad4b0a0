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

  constructor(code: AlipayProtocolErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export function malformed(message: string): AlipayProtocolError {
  return new AlipayProtocolError('ALIPAY_MALFORMED_MESSAGE', message);
}

const shownLengthMax = 64;

/** A name from a message as it may stand in ours: short, and without control characters. */
export function shown(name: string): string {
  return JSON.stringify(name.length > shownLengthMax ? `${name.slice(0, shownLengthMax)}…` : name);
}
