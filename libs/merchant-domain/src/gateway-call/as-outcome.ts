import { AlipayProtocolError } from '@countersign/alipay-protocol';
import { AlipayRequestInvalid, type Outcome } from '@countersign/alipay-services';

/**
 * A call whose request the client may refuse to send. What is thrown before a byte has left proves
 * that nothing happened: a definite no, like one of Alipay's.
 */
export async function asOutcome<Answer>(
  call: () => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer>> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof AlipayRequestInvalid) && !(error instanceof AlipayProtocolError)) {
      throw error;
    }
    return { kind: 'REJECTED', alipayCode: error.code, message: error.message, signed: false };
  }
}
