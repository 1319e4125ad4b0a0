import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AlipayProtocolError,
  decodeRequest,
  encodeAnswer,
  type Charset,
  type Fields,
} from '@countersign/alipay-protocol';
import type { SignTypeName } from './books/records';
import { checkRequest, type RequestChecks } from './check-request';
import type { Faults, ServiceFault } from './faults';
import { BodyTooLarge, readBody } from './http-body';
import type { Log } from './log';
import { damaged, errorPage, otherThan, resultAtRoot, unsigned } from './spoilt-answers';
import { NOTIFY_VERIFY, notifyVerify, spoiltWord } from './services/notify-verify';
import { secmerchantOfflineMaintain } from './services/secmerchant-offline-maintain';
import type { Service, ServiceContext } from './services/service';

export interface Gateway extends RequestChecks, ServiceContext {
  readonly faults: Faults;
  readonly log: Log;
  /** Ends the pauses of slow answers when the simulator closes. */
  readonly closing: AbortSignal;
}

interface Answer {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly httpStatus: number;
}

const BODY_BYTES_MAX = 128 * 1024;

/** One call of `gateway.do`: check, carry out, put on disk, answer; and whatever fault was ordered. */
export async function answerGatewayCall(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const charset = answerCharset(gateway, request.url ?? '');
  const read = await readFields(request);
  if ('error' in read) {
    gateway.log('gateway call refused', { ...read });
    send(response, refusal(read.error, charset));
    return;
  }
  const { fields } = read;
  const fault = gateway.faults.takeForService(fields);
  if (fault) gateway.log('fault', { service: fields.service, kind: fault.kind });

  if (fault?.kind === 'timeout') return; // the socket stays open until the caller or close() ends it
  if (fault?.kind === 'reset') {
    cut(request);
    return;
  }
  const withoutEffect = fault ? plainFault(fault, charset) : null;
  if (withoutEffect) {
    send(response, withoutEffect);
    return;
  }

  const answer = await carryOut(gateway, fields, fault, charset);
  if (fault?.kind === 'timeout-after-effect') return;
  if (fault?.kind === 'reset-after-effect') {
    cut(request);
    return;
  }
  if (fault?.kind === 'cut') {
    cutWithin(response, answer, fault.afterBytes);
    return;
  }
  if (fault?.kind === 'slow') await pause(fault.ms, undefined, { signal: gateway.closing });
  send(
    response,
    fault?.kind === 'system-error-after-effect' ? refusal('SYSTEM_ERROR', charset) : answer,
  );
}

/** The parameter in the URL decides; without it the gateway speaks GBK (as captured, and as HK's pages say). */
function answerCharset(gateway: Gateway, url: string): Charset {
  if (gateway.variants().answerCharset === 'GBK') return 'GBK';
  const asked = new URL(url, 'http://gateway').searchParams.get('_input_charset');
  return asked !== null && /^utf-?8$/i.test(asked) ? 'UTF-8' : 'GBK';
}

async function readFields(
  request: IncomingMessage,
): Promise<{ fields: Fields } | { error: string; why: string }> {
  try {
    const body = await readBody(request, BODY_BYTES_MAX);
    const contentType = request.headers['content-type'];
    return {
      fields: decodeRequest({
        url: request.url ?? '',
        ...(contentType === undefined ? {} : { contentType }),
        body,
        defaultCharset: 'GBK', // as HK's pages say
      }),
    };
  } catch (error) {
    if (error instanceof BodyTooLarge || error instanceof AlipayProtocolError) {
      return { error: 'ILLEGAL_ARGUMENT', why: error.message };
    }
    throw error;
  }
}

/** The faults that answer something, and change nothing. */
function plainFault(fault: ServiceFault, charset: Charset): Answer | null {
  if (fault.kind === 'system-error') return refusal('SYSTEM_ERROR', charset);
  if (fault.kind === 'refuse-unsigned') return refusal(fault.code, charset);
  if (fault.kind === 'http-500') return htmlAnswer(500, '500 Internal Server Error');
  return fault.kind === 'html' ? htmlAnswer(200, 'The page you are looking for') : null;
}

function htmlAnswer(httpStatus: number, title: string): Answer {
  return { bytes: errorPage(title), contentType: 'text/html;charset=UTF-8', httpStatus };
}

async function carryOut(
  gateway: Gateway,
  fields: Fields,
  fault: ServiceFault | null,
  usualCharset: Charset,
): Promise<Answer> {
  if (fields.service === NOTIFY_VERIFY) {
    const word = spoiltWord(fault, notifyVerify(gateway, gateway.partnerId, fields));
    const bytes = Buffer.from(word);
    return { bytes, contentType: 'text/plain;charset=UTF-8', httpStatus: 200 };
  }
  const charset = fault?.kind === 'gbk' ? 'GBK' : usualCharset;
  const checked = checkRequest(gateway, fields);
  if ('error' in checked) {
    gateway.log('gateway call refused', { service: fields.service, ...checked });
    return refusal(checked.error, charset);
  }
  const { service, signType } = checked;
  const signed = (content: Fields): Answer =>
    signedAnswer(gateway, { service, signType, charset, fields, content });
  if (fault?.kind === 'unknown-result') return signed(service.sayUnknown(gateway, fields));
  if (fault?.kind === 'refuse') return signed(service.sayNo(gateway, fields, fault.code));

  const outcome = service.run(gateway, fields);
  await gateway.world.flushed();
  if (outcome.kind === 'refused') {
    gateway.log('gateway call refused', {
      service: service.name,
      error: outcome.error,
      why: outcome.why,
    });
    return refusal(outcome.error, charset);
  }
  gateway.log('gateway call answered', { service: service.name, ...resultOf(outcome.fields) });
  const answer = signed(
    fault?.kind === 'other-answer' ? otherThan(outcome.fields) : outcome.fields,
  );
  if (fault?.kind === 'bad-signature') return { ...answer, bytes: damaged(answer.bytes) };
  if (fault?.kind === 'unsigned') return { ...answer, bytes: unsigned(answer.bytes) };
  if (
    service === secmerchantOfflineMaintain &&
    gateway.variants().registrationResult === 'root' &&
    outcome.fields.result_code === undefined
  ) {
    return { ...answer, bytes: resultAtRoot(answer.bytes) };
  }
  return answer;
}

/** What a log may hold of an answer: its result and numbers, and nothing of the buyer. */
function resultOf(content: Fields): Fields {
  return Object.fromEntries(Object.entries(content).filter(([name]) => LOGGED.test(name)));
}

const LOGGED = /_code$|^error$|^status$|_status$|^action$|_no$|_trans_id$|_refund_id$|^qrcode$/;

interface Said {
  readonly service: Service;
  readonly signType: SignTypeName;
  readonly charset: Charset;
  readonly fields: Fields;
  readonly content: Fields;
}

/** A signed answer, its children in alphabetical order as in the captured ones, with the request repeated. */
function signedAnswer(
  gateway: Gateway,
  { service, signType, charset, fields, content }: Said,
): Answer {
  const signer = gateway.keys.signer(signType, charset);
  const sorted = Object.fromEntries(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
  const encode = (request: Fields): Buffer =>
    Buffer.from(encodeAnswer(sorted, signer, { element: service.element, request, charset }));
  return {
    bytes: encodeOrDropRequest(encode, fields),
    contentType: `text/xml;charset=${charset}`,
    httpStatus: 200,
  };
}

/** A request in UTF-8 may hold text that GBK lacks; the answer is then given without repeating the request. */
function encodeOrDropRequest(encode: (request: Fields) => Buffer, request: Fields): Buffer {
  try {
    return encode(request);
  } catch (error) {
    if (error instanceof AlipayProtocolError && error.code === 'ALIPAY_UNENCODABLE_TEXT')
      return encode({});
    throw error;
  }
}

/** `is_success=F` with a code, unsigned, as every captured refusal was. */
function refusal(error: string, charset: Charset): Answer {
  return {
    bytes: Buffer.from(encodeAnswer({ error })),
    contentType: `text/xml;charset=${charset}`,
    httpStatus: 200,
  };
}

function send(response: ServerResponse, { bytes, contentType, httpStatus }: Answer): void {
  response.writeHead(httpStatus, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  response.end(bytes);
}

/** A connection that breaks in the middle of an answer. */
function cutWithin(response: ServerResponse, answer: Answer, afterBytes: number): void {
  const { bytes, contentType, httpStatus } = answer;
  response.writeHead(httpStatus, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  response.write(bytes.subarray(0, afterBytes), () => {
    response.destroy();
  });
}

/** A connection that breaks: a TCP reset where the system can send one. */
function cut(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}
