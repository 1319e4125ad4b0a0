import { type Fields } from '@countersign/alipay-protocol';

import { type Outcome } from '../outcome';
import { errorCodeOf, readRefusal, undecided } from '../verdict';

/**
 * The qrcode services answer a success with the code alone: no `result_code` was ever seen in
 * `qrcodeinfo`. One that is there is believed; an error code without one is a refusal.
 */
export function readQrCodeVerdict<Answer>(
  fields: Fields,
  readAnswer: () => Outcome<Answer>,
): Outcome<Answer> {
  const resultCode = fields['result_code'];
  switch (resultCode) {
    case 'SUCCESS':
      return readAnswer();
    case 'FAIL':
    case 'FAILED':
      return readRefusal(fields);
    case undefined:
    case '':
      return errorCodeOf(fields) === undefined ? readAnswer() : readRefusal(fields);
    default:
      return undecided(`its result code is ${resultCode}`, errorCodeOf(fields));
  }
}
