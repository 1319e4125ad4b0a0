import {
  decodeAnswer,
  encodeRequest,
  type EncodedRequest,
  type Fields,
  repeatedRequest,
  type Verifier,
} from '@countersign/alipay-protocol';

import { bindAnswer, boundToWhatItRepeats } from './bound-answer';
import { AlipayRequestInvalid, AlipayServiceError } from './errors';
import { isFinalUnsignedCode } from './error-catalogue';
import { type CallOptions, type Gateway } from './gateway';
import { type Operation } from './operation';
import { type Outcome, type Rejected, rejected, type Unknown, unknown } from './outcome';
import { type HttpAnswer } from './post-form';
import { type Attempt, clockSkewMs, reportedCall } from './reported-call';
import { sendOnce } from './send-once';
import { undecided } from './verdict';

/**
 * One call, one attempt: encode, sign, post, verify, decode (decision 7). Throws only for a
 * request that breaks a rule, and then before anything is sent; whatever the weather does is an
 * UNKNOWN outcome.
 */
export async function callGateway<Request, Answer>(
  gateway: Gateway,
  operation: Operation<Request, Answer>,
  request: Request,
  options: CallOptions = {},
): Promise<Outcome<Answer>> {
  const { signer, verifier } = gateway.keysByService[operation.service] ?? gateway.keys;
  const complaint = operation.check(request, signer.charset);
  if (complaint !== undefined) throw new AlipayRequestInvalid(operation.service, complaint);

  const startedAt = gateway.now();
  const fields = requestFields(gateway, operation, request, { startedAt, charset: signer.charset });
  const encode = (gatewayUrl: string): EncodedRequest =>
    encodeRequest(fields, signer, { gatewayUrl, method: 'POST' });
  const encoded = encode(gateway.gatewayUrl);

  const call = { service: operation.service, startedAt, fields };
  return reportedCall(gateway, call, async () => {
    const answer = await sendOnce(gateway, encoded, encode, options);
    const attempt = readAnswer(operation, request, answer, verifier);
    return {
      ...attempt,
      outcome: boundToWhatItRepeats(
        { asked: fields, ids: Object.keys(operation.echoes(request, {}).ids) },
        repeatedRequest(answer.body, answer),
        attempt.outcome,
      ),
      clockSkewMs: clockSkewMs(gateway.now(), answer.date),
    };
  });
}

/** What is sent, without the signature. Parameters without a value are neither sent nor signed. */
function requestFields<Request, Answer>(
  gateway: Gateway,
  operation: Operation<Request, Answer>,
  request: Request,
  { startedAt, charset }: { readonly startedAt: Date; readonly charset: string },
): Fields {
  const own = Object.entries(operation.encode(request, startedAt)).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  return {
    service: operation.service,
    partner: gateway.partnerId,
    _input_charset: charset,
    ...Object.fromEntries(own),
  };
}

function readAnswer<Request, Answer>(
  operation: Operation<Request, Answer>,
  request: Request,
  answer: HttpAnswer,
  verifier: Verifier,
): Attempt<Answer> {
  assertAnswer(answer);
  const { contentType } = answer;
  const decoded = decodeAnswer(answer.body, {
    verifier,
    ...(contentType === undefined ? {} : { contentType }),
  });
  if (!decoded.accepted) {
    return {
      outcome: readUnsignedRefusal(decoded.code),
      response: { is_success: 'F', error: decoded.code },
    };
  }
  const { fields } = decoded;
  return { outcome: readOutcome(operation, request, fields), response: fields };
}

/** Only what can be an answer is read as one; a page, whatever it says, is not. */
function assertAnswer({ status, contentType, body }: HttpAnswer): void {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const isXml = mediaType === '' || mediaType === 'text/xml' || mediaType === 'application/xml';
  if (status === 200 && isXml && body.length > 0) return;
  const what = body.length === 0 ? 'with nothing' : mediaType || 'without a content type';
  throw new AlipayServiceError(
    'ALIPAY_ANSWER_UNREADABLE',
    `the gateway answered HTTP ${status} ${what} instead of a signed XML answer`,
  );
}

function readOutcome<Request, Answer>(
  operation: Operation<Request, Answer>,
  request: Request,
  fields: Parameters<typeof operation.decode>[0],
): Outcome<Answer> {
  try {
    return bindAnswer(fields, operation.echoes(request, fields), operation.decode(fields, request));
  } catch (cause) {
    return unknown(cause);
  }
}

/** Nothing vouches for an `is_success=F`, so only what the gateway refuses at its door is final. */
export function readUnsignedRefusal(code: string): Rejected | Unknown {
  return isFinalUnsignedCode(code)
    ? rejected(code, { signed: false })
    : undecided(`it is an unsigned ${code}`, code);
}
