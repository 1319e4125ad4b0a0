import {
  decodeAnswer,
  encodeRequest,
  type EncodedRequest,
  type Fields,
  type Signer,
  type Verifier,
} from '@countersign/alipay-protocol';
import { type Dispatcher } from 'undici';

import { bindAnswer } from './bound-answer';
import { AlipayRequestInvalid, AlipayServiceError } from './errors';
import { isFinalUnsignedCode } from './final-codes';
import { maskFields, maskNotificationTokens } from './masking';
import { type Operation } from './operation';
import { type Outcome, type Rejected, rejected, type Unknown, unknown } from './outcome';
import { type HttpAnswer, postForm } from './post-form';
import { undecided } from './verdict';

/** Everything a call needs to know about the other side. */
export interface Gateway {
  readonly gatewayUrl: string;
  readonly backupGatewayUrl: string | undefined;
  readonly partnerId: string;
  readonly keys: ServiceKeys;
  readonly keysByService: Readonly<Record<string, ServiceKeys>>;
  readonly now: () => Date;
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly answerBytesMax: number;
  readonly signal: AbortSignal | undefined;
  readonly onCall: ((report: GatewayCallReport) => void | Promise<void>) | undefined;
}

export interface ServiceKeys {
  readonly signer: Signer;
  readonly verifier: Verifier;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One call, as it may be kept and shown: secrets and buyers are masked. */
export interface GatewayCallReport {
  readonly service: string;
  readonly outcome: Outcome<unknown>['kind'];
  readonly alipayCode?: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly request: Record<string, string>;
  /** Undefined when nothing came back that can be believed. */
  readonly response: Record<string, string> | undefined;
  /** Why the outcome is unknown. */
  readonly cause?: string;
}

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

  const startedTick = performance.now();
  const { outcome, response } = await attempt(async () => {
    const answer = await send(gateway, encoded, encode, options);
    return readAnswer(operation, request, answer, verifier);
  });
  await report(gateway, {
    service: operation.service,
    startedAt,
    durationMs: Math.round(performance.now() - startedTick),
    request: maskFields(fields),
    response: response && maskFields(response),
    ...reportedOutcome(outcome),
  });
  return outcome;
}

interface Attempt<Answer> {
  readonly outcome: Outcome<Answer>;
  readonly response?: Fields;
}

async function attempt<Answer>(call: () => Promise<Attempt<Answer>>): Promise<Attempt<Answer>> {
  try {
    return await call();
  } catch (cause) {
    return { outcome: unknown(cause) };
  }
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

/**
 * The backup address is for a gateway that cannot be reached. Once a byte has left for the first
 * address the second is never tried: the first may have acted (decision 7).
 */
async function send(
  gateway: Gateway,
  encoded: EncodedRequest,
  encode: (gatewayUrl: string) => EncodedRequest,
  { signal }: CallOptions,
): Promise<HttpAnswer> {
  const startedTick = performance.now();
  const limits = {
    ...gateway,
    signals: [gateway.signal, signal].filter((one) => one !== undefined),
  };
  try {
    return await postForm(gateway.dispatcher, encoded, limits);
  } catch (error) {
    const timeoutMs = gateway.timeoutMs - (performance.now() - startedTick);
    const mayMove = error instanceof AlipayServiceError && error.code === 'ALIPAY_UNREACHABLE';
    if (!mayMove || gateway.backupGatewayUrl === undefined || timeoutMs < 1) throw error;

    return postForm(gateway.dispatcher, encode(gateway.backupGatewayUrl), {
      ...limits,
      timeoutMs: Math.floor(timeoutMs),
    });
  }
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
function readUnsignedRefusal(code: string): Rejected | Unknown {
  return isFinalUnsignedCode(code)
    ? rejected(code, { signed: false })
    : undecided(`it is an unsigned ${code}`, code);
}

function reportedOutcome(
  outcome: Outcome<unknown>,
): Pick<GatewayCallReport, 'outcome' | 'alipayCode' | 'cause'> {
  switch (outcome.kind) {
    case 'SUCCEEDED':
      return { outcome: outcome.kind };
    case 'REJECTED':
      return { outcome: outcome.kind, alipayCode: outcome.alipayCode };
    case 'UNKNOWN':
      return {
        outcome: outcome.kind,
        cause: describeCause(outcome.cause),
        ...(outcome.alipayCode === undefined ? {} : { alipayCode: outcome.alipayCode }),
      };
  }
}

const causeLengthMax = 300;

function describeCause(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return maskNotificationTokens(text).slice(0, causeLengthMax);
}

/** A record that cannot be kept must not change what Alipay said, and must not vanish either. */
async function report(gateway: Gateway, call: GatewayCallReport): Promise<void> {
  try {
    await gateway.onCall?.(call);
  } catch (error) {
    process.emitWarning(
      `the record of a call to ${call.service} was not kept: ${describeCause(error)}`,
      { code: 'ALIPAY_CALL_NOT_RECORDED' },
    );
  }
}
