import { setMaxListeners } from 'node:events';

import { type EncodedRequest } from '@countersign/alipay-protocol';
import { type Dispatcher } from 'undici';

import { AlipayServiceError } from './errors';

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** The `Date` header: the other side's clock, unsigned. */
  readonly date: string | undefined;
  readonly body: Buffer;
}

export interface PostLimits {
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** The part of it in which the request must begin to leave. */
  readonly connectTimeoutMs: number;
  readonly answerBytesMax: number;
  /** Any of them gives the call up. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Sends one request once and reads the whole answer; follows no redirect and repeats nothing.
 * The only network towards Alipay.
 *
 * A failure says whether anything can have reached Alipay: ALIPAY_UNREACHABLE means that not one
 * byte has left, and only then may the same request go to another address.
 */
export function postForm(
  dispatcher: Dispatcher,
  request: EncodedRequest,
  limits: PostLimits,
): Promise<HttpAnswer> {
  const { origin, pathname, search } = new URL(request.url);
  const connectTimeoutMs = Math.min(limits.connectTimeoutMs, limits.timeoutMs);
  const startedTick = performance.now();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let contentType: string | undefined;
    let date: string | undefined;
    let connection: Dispatcher.DispatchController | undefined;
    let isOver = false;

    const connectTimer = setTimeout(() => {
      fail(notConnected(connectTimeoutMs));
    }, connectTimeoutMs);
    const answerTimer = setTimeout(() => {
      fail(tooSlow(limits.timeoutMs));
    }, limits.timeoutMs);
    limits.signals.forEach((signal) => {
      // Many calls at once may share a signal; each takes its listener away again.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abandon);
    });

    function finish(): void {
      isOver = true;
      clearTimeout(connectTimer);
      clearTimeout(answerTimer);
      limits.signals.forEach((signal) => {
        signal.removeEventListener('abort', abandon);
      });
    }

    function fail(error: AlipayServiceError): void {
      if (isOver) return;
      finish();
      reject(error);
      connection?.abort(error);
    }

    function broke(cause: unknown): void {
      fail(connection === undefined ? unreachable(cause) : cutOff(cause));
    }

    function abandon(): void {
      fail(new AlipayServiceError('ALIPAY_CALL_ABANDONED', 'the call was given up by its caller'));
    }

    if (limits.signals.some((signal) => signal.aborted)) {
      abandon();
      return;
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        // Called on a live connection, just before the first byte is written. A second time would
        // be a repeat by the pool or by a host's dispatcher; and when we have given up already, or would
        // have if the process had not been frozen, nothing may leave any more.
        const isLate = performance.now() - startedTick > connectTimeoutMs;
        if (isOver || isLate || connection !== undefined) {
          controller.abort(new AlipayServiceError('ALIPAY_NO_ANSWER', 'this call is sent once'));
          return;
        }
        connection = controller;
        clearTimeout(connectTimer);
      },
      onResponseStart(_controller, statusCode, headers) {
        status = statusCode;
        contentType = firstOf(headers['content-type']);
        date = firstOf(headers['date']);
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > limits.answerBytesMax) fail(tooLarge(limits.answerBytesMax));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        if (isOver) return;
        finish();
        resolve({ status, contentType, date, body: Buffer.concat(chunks, bytes) });
      },
      onResponseError(_controller, cause) {
        broke(cause);
      },
    };

    try {
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          // Said although they are the defaults: a refund that was sent twice would be no accident.
          idempotent: false,
          // One timer bounds the whole answer; undici's own would start anew with every chunk.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        handler,
      );
    } catch (cause) {
      broke(cause);
    }
  });
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function notConnected(connectTimeoutMs: number): AlipayServiceError {
  return new AlipayServiceError(
    'ALIPAY_UNREACHABLE',
    `no connection to the gateway within ${connectTimeoutMs} ms; nothing was sent`,
  );
}

function unreachable(cause: unknown): AlipayServiceError {
  return new AlipayServiceError(
    'ALIPAY_UNREACHABLE',
    `no connection to the gateway (${wordsOf(cause)}); nothing was sent`,
    { cause },
  );
}

function tooSlow(timeoutMs: number): AlipayServiceError {
  return new AlipayServiceError(
    'ALIPAY_NO_ANSWER',
    `the gateway gave no whole answer within ${timeoutMs} ms`,
  );
}

function cutOff(cause: unknown): AlipayServiceError {
  return new AlipayServiceError(
    'ALIPAY_NO_ANSWER',
    `the connection broke before the answer was whole (${wordsOf(cause)})`,
    { cause },
  );
}

function tooLarge(answerBytesMax: number): AlipayServiceError {
  return new AlipayServiceError(
    'ALIPAY_ANSWER_UNREADABLE',
    `the gateway's answer is larger than ${answerBytesMax} bytes`,
  );
}

/** Node leaves the message empty when it tried several addresses; then the code is all there is. */
function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message !== '') return cause.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
