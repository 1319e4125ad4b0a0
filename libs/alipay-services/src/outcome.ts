import { type AlipayCode } from './error-catalogue';

/**
 * What came of one call to Alipay. Three outcomes, never two: a time-out is not a failure, and an
 * answer that does not settle the matter says only that we do not know (decision 4).
 */
export type Outcome<Answer> =
  { readonly kind: 'SUCCEEDED'; readonly answer: Answer } | Rejected | Unknown;

/** A definite no: nothing was done, and asking the same again will not change that. */
export interface Rejected {
  readonly kind: 'REJECTED';
  readonly alipayCode: AlipayCode;
  readonly message?: string;
  /** True for a signed business answer, false for the gateway's unsigned `is_success=F`. */
  readonly signed: boolean;
}

/** Ask again later, under the same id. */
export interface Unknown {
  readonly kind: 'UNKNOWN';
  readonly cause: unknown;
  /** The code that came with the answer, when there was one. It settles nothing. */
  readonly alipayCode?: AlipayCode;
}

export function succeeded<Answer>(answer: Answer): Outcome<Answer> {
  return { kind: 'SUCCEEDED', answer };
}

export function rejected(
  alipayCode: string,
  { message, signed }: { message?: string | undefined; signed: boolean },
): Rejected {
  return { kind: 'REJECTED', alipayCode, signed, ...(message === undefined ? {} : { message }) };
}

export function unknown(cause: unknown, alipayCode?: string): Unknown {
  return { kind: 'UNKNOWN', cause, ...(alipayCode === undefined ? {} : { alipayCode }) };
}
