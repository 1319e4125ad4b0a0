export type AlipayServiceErrorCode =
  /** Our own request breaks one of Alipay's rules. Thrown before anything is sent. */
  | 'ALIPAY_REQUEST_INVALID'
  /** No connection came about: not one byte of the request has left. */
  | 'ALIPAY_UNREACHABLE'
  /** The request left, or part of it, and no whole answer came back. */
  | 'ALIPAY_NO_ANSWER'
  /** The host gave the call up (its signal was aborted). */
  | 'ALIPAY_CALL_ABANDONED'
  /** Something came back that is no answer: an HTML page, an HTTP error, too many bytes. */
  | 'ALIPAY_ANSWER_UNREADABLE'
  /** A signed answer that speaks of another trade, amount or code than was asked for. */
  | 'ALIPAY_ANSWER_NOT_BOUND'
  /** A readable answer that settles nothing, such as SYSTEM_ERROR. */
  | 'ALIPAY_ANSWER_NOT_FINAL'
  /** A verified notification that lacks what every notification needs. */
  | 'ALIPAY_NOTIFICATION_UNREADABLE'
  /** A statement file that is broken, mangled or about something else. */
  | 'ALIPAY_STATEMENT_UNREADABLE';

/** The weather between us and Alipay, with a stable code. Messages hold no key and no signature. */
export class AlipayServiceError extends Error {
  override readonly name: string = 'AlipayServiceError';
  readonly code: AlipayServiceErrorCode;
  /** What of the request, notification or file it is about, where it is one thing. */
  readonly field: string | undefined;

  constructor(
    code: AlipayServiceErrorCode,
    message: string,
    { field, ...options }: { cause?: unknown; field?: string | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.field = field;
  }

  /** What to do about it, for the person who gets the support call. */
  get remedy(): string {
    return REMEDIES[this.code];
  }
}

const ASK_AGAIN =
  'Nobody knows yet what became of the call: ask again, under the same id, until an answer settles it.';

const REMEDIES: Readonly<Record<AlipayServiceErrorCode, string>> = {
  ALIPAY_REQUEST_INVALID: 'Mend the field. Nothing was sent.',
  ALIPAY_UNREACHABLE: `See the network and the address of the gateway. ${ASK_AGAIN}`,
  ALIPAY_NO_ANSWER: ASK_AGAIN,
  ALIPAY_CALL_ABANDONED: ASK_AGAIN,
  ALIPAY_ANSWER_UNREADABLE: `See that the address is the gateway’s, and that no proxy answers for it. ${ASK_AGAIN}`,
  ALIPAY_ANSWER_NOT_BOUND: `Tell Alipay, and keep the answer. ${ASK_AGAIN}`,
  ALIPAY_ANSWER_NOT_FINAL: ASK_AGAIN,
  ALIPAY_NOTIFICATION_UNREADABLE:
    'Keep the notification, and query the trade by what it names: it was signed, and cannot be applied.',
  ALIPAY_STATEMENT_UNREADABLE:
    'Fetch the file once more as Alipay delivered it, and use none of its lines until it reads to its end.',
};

/** Our own request is wrong. `field` is the path in the request, e.g. `bizData.storeId`. */
export class AlipayRequestInvalid extends AlipayServiceError {
  override readonly name = 'AlipayRequestInvalid';
  declare readonly field: string;

  constructor(service: string, complaint: { readonly field: string; readonly message: string }) {
    super('ALIPAY_REQUEST_INVALID', `${service}: ${complaint.field} ${complaint.message}`, {
      field: complaint.field,
    });
  }
}

/** A verified notification that cannot be applied. `field` is Alipay's own name for what is wrong. */
export class AlipayNotificationUnreadable extends AlipayServiceError {
  override readonly name = 'AlipayNotificationUnreadable';
  declare readonly field: string;

  constructor(field: string, message: string, options?: { cause?: unknown }) {
    super('ALIPAY_NOTIFICATION_UNREADABLE', `the notification's ${field} ${message}`, {
      ...options,
      field,
    });
  }
}
