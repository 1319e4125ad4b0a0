import { type Money } from '@countersign/alipay-protocol';

/**
 * What is wrong with a request, found before anything is sent (decision 2). `field` is the path
 * in the request; the message completes the sentence "<field> …".
 */
export interface RequestComplaint {
  readonly field: string;
  readonly message: string;
}

export interface TextRule {
  readonly optional?: boolean;
  /** In characters, as a person counts them, not in UTF-16 units. */
  readonly lengthMax?: number;
  readonly pattern?: RegExp;
  /** What the pattern allows, in words: "may hold only …". */
  readonly patternSays?: string;
}

export function firstComplaint(
  ...complaints: readonly (RequestComplaint | undefined)[]
): RequestComplaint | undefined {
  return complaints.find((complaint) => complaint !== undefined);
}

/** One text against its rule, and against what no value may hold. */
export function checkText(
  field: string,
  value: string | undefined,
  { optional = false, lengthMax, pattern, patternSays = 'is malformed' }: TextRule,
): RequestComplaint | undefined {
  if (value === undefined || value === '') {
    return optional ? undefined : { field, message: 'is missing' };
  }
  if (value.includes('"')) return { field, message: 'must not contain a quotation mark (")' };
  if (UNSENDABLE.test(value)) return { field, message: 'must not contain control characters' };
  if (lengthMax !== undefined && Array.from(value).length > lengthMax) {
    return { field, message: `is longer than ${lengthMax} characters` };
  }
  if (pattern !== undefined && !pattern.test(value)) return { field, message: patternSays };
  return undefined;
}

/** An id of a trade or refund: any text of at most 64 characters. */
export function checkId(
  field: string,
  value: string | undefined,
  rule: TextRule = {},
): RequestComplaint | undefined {
  return checkText(field, value, { lengthMax: 64, ...rule });
}

export function checkNotifyUrl(
  field: string,
  value: string | undefined,
): RequestComplaint | undefined {
  return checkText(field, value, {
    optional: true,
    lengthMax: 200,
    pattern: /^https?:\/\/[^\s]+$/i,
    patternSays: 'is not an http or https address',
  });
}

/** The text of a code, as create returned it. */
export function checkQrcode(
  field: string,
  value: string | undefined,
): RequestComplaint | undefined {
  return checkText(field, value, { lengthMax: 512 });
}

export function checkPositiveAmount(
  field: string,
  { minor, currency }: Money,
): RequestComplaint | undefined {
  return firstComplaint(
    minor > 0n ? undefined : { field, message: 'must be more than nought' },
    minor > amountMinorMax ? { field, message: 'is more than 9,999,999.99' } : undefined,
    checkText(field, currency, {
      pattern: /^[A-Z]{3}$/,
      patternSays: 'needs a currency code of three capital letters',
    }),
  );
}

/** A complaint about a part, told from the whole. */
export function within(
  whole: string,
  complaint: RequestComplaint | undefined,
): RequestComplaint | undefined {
  return complaint && { ...complaint, field: `${whole}.${complaint.field}` };
}

/** Bytes a text takes on the wire. GBK and GB2312 write two for everything beyond ASCII. */
export function bytesIn(text: string, charset: string): number {
  if (charset.toUpperCase() === 'UTF-8') return Buffer.byteLength(text, 'utf8');
  return Array.from(text).reduce((bytes, character) => bytes + (character < '\u0080' ? 1 : 2), 0);
}

// Alipay echoes every parameter in its XML answer, and XML 1.0 cannot carry these, nor any charset a half.
const UNSENDABLE = /(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

// Number(9,2), the type of refund_amount.
const amountMinorMax = 999_999_999n;
