import { type Fields } from '@countersign/alipay-protocol';

import { AlipayServiceError } from './errors';
import { isFinalCode } from './error-catalogue';
import { type Outcome, type Rejected, rejected, succeeded, type Unknown, unknown } from './outcome';

/**
 * Reads `result_code` and the error code beside it. Sources disagree on FAIL or FAILED, and on
 * UNKNOW or UNKNOWN: all are accepted, and whatever else comes settles nothing.
 */
export function readVerdict<Answer>(
  fields: Fields,
  readAnswer: () => Answer,
  resultCode: string | undefined = fields['result_code'],
): Outcome<Answer> {
  if (resultCode === 'SUCCESS') return succeeded(readAnswer());
  if (resultCode === 'FAIL' || resultCode === 'FAILED') return readRefusal(fields);
  return undecided(`its result code is ${resultCode ?? 'missing'}`, errorCodeOf(fields));
}

/** A signed no. Final only with a code that is known to be, and never when a repeat is invited. */
export function readRefusal(
  fields: Fields,
  code: string | undefined = errorCodeOf(fields),
): Rejected | Unknown {
  if (code === undefined) return undecided('it refuses without a code');
  // The acquire family's way to say "failed for now".
  if (fields['retry_flag'] === 'Y') return undecided(`it says ${code} and invites a repeat`, code);
  if (!isFinalCode(code)) return undecided(`it says ${code}, which may still change`, code);
  return rejected(code, { message: errorTextOf(fields), signed: true });
}

/** A readable, verified answer that does not settle the matter. */
export function undecided(reason: string, code?: string): Unknown {
  return unknown(
    new AlipayServiceError('ALIPAY_ANSWER_NOT_FINAL', `the answer settles nothing: ${reason}`),
    code,
  );
}

/** The overseas family puts its code in `error`, the acquire family in `detail_error_code`. */
export function errorCodeOf(fields: Fields): string | undefined {
  return [fields['detail_error_code'], fields['error']].find(isPresent);
}

function errorTextOf(fields: Fields): string | undefined {
  return [fields['detail_error_des'], fields['display_message']].find(isPresent);
}

function isPresent(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
