import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import {
  createSigner,
  createVerifier,
  decodeRequest,
  encodeAnswer,
  type Fields,
  verifyFields,
} from '@countersign/alipay-protocol';

/** What the gateway does with one request. */
export type Reply =
  | { readonly kind: 'SIGNED'; readonly fields: Fields }
  | { readonly kind: 'UNSIGNED_REFUSAL'; readonly code: string }
  | { readonly kind: 'PAGE'; readonly status: number; readonly text: string }
  | { readonly kind: 'CUT' }
  | { readonly kind: 'SILENCE' };

/** A reply, or how it is made of the request that it answers. */
export type Answering = Reply | ((request: Fields) => Reply | Promise<Reply>);

/** A real HTTP server that answers as a test scripts it, with answers signed like Alipay's. */
export interface ScriptedGateway {
  readonly url: string;
  /** Every request so far, its signature checked, in the order of arrival. */
  readonly requests: readonly Fields[];
  /** The requests so far to one service, by its full name. */
  requestsTo(service: string): readonly Fields[];
  /** Answers for the next requests, one each, before any that `always` gives. */
  next(...answers: readonly Answering[]): void;
  /** What a service answers whenever nothing else is next. Without it: a page with status 500. */
  always(service: string, answer: Answering): void;
  /** Forgets what was scripted and what was asked. */
  forget(): void;
  close(): Promise<void>;
}

export const GATEWAY_MD5_KEY = '10000000000000000000000000000000';
export const gatewaySigner = createSigner({ signType: 'MD5', md5Key: GATEWAY_MD5_KEY });
export const gatewayVerifier = createVerifier({ signType: 'MD5', md5Key: GATEWAY_MD5_KEY });

export function signed(fields: Fields): Reply {
  return { kind: 'SIGNED', fields };
}

/** A signed business no, with the code where either family of services puts it. */
export function refusal(code: string, more: Fields = {}): Reply {
  return signed({ result_code: 'FAIL', error: code, detail_error_code: code, ...more });
}

/** The gateway's own no: `is_success=F`, which is never signed. */
export function unsignedRefusal(code: string): Reply {
  return { kind: 'UNSIGNED_REFUSAL', code };
}

/** The answer to a query of a trade: what it is, and how much was paid. */
export function tradeIs(status: string, amount = '10.00'): Answering {
  return (request) =>
    signed({
      result_code: 'SUCCESS',
      alipay_trans_status: status,
      alipay_trans_id: request['alipay_trans_id'] ?? '',
      partner_trans_id: request['partner_trans_id'] ?? '',
      trans_amount: amount,
      currency: 'HKD',
    });
}

export const cut: Reply = { kind: 'CUT' };
/** Never answers: the client's time-out ends it. */
export const silence: Reply = { kind: 'SILENCE' };
export const brokenPage: Reply = { kind: 'PAGE', status: 200, text: '<html>busy</html>' };

export interface HeldAnswer {
  readonly answer: Answering;
  /** Resolves with the request once it has arrived. */
  readonly arrived: Promise<Fields>;
  /** Lets the call go on. */
  release(reply: Reply): void;
}

/** An answer that waits for the test: the call is in flight between `arrived` and `release`. */
export function held(): HeldAnswer {
  const arrival = deferred<Fields>();
  const reply = deferred<Reply>();
  return {
    answer: (request) => {
      arrival.resolve(request);
      return reply.promise;
    },
    arrived: arrival.promise,
    release: reply.resolve,
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export async function startGateway(): Promise<ScriptedGateway> {
  const requests: Fields[] = [];
  const queue: Answering[] = [];
  const standing = new Map<string, Answering>();

  const server = createServer((message, response) => {
    void readRequest(message).then(async (request) => {
      requests.push(request);
      const answering = queue.shift() ?? standing.get(request['service'] ?? '') ?? UNSCRIPTED;
      const reply = typeof answering === 'function' ? await answering(request) : answering;
      send(reply, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/gateway.do`,
    requests,
    requestsTo: (service) => requests.filter((request) => request['service'] === service),
    next: (...answers) => {
      queue.push(...answers);
    },
    always: (service, answer) => {
      standing.set(service, answer);
    },
    forget: () => {
      requests.length = 0;
      queue.length = 0;
      standing.clear();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const UNSCRIPTED: Reply = { kind: 'PAGE', status: 500, text: 'this call was not scripted' };

async function readRequest(message: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const fields = decodeRequest({
    url: message.url ?? '',
    contentType: message.headers['content-type'],
    body: Buffer.concat(chunks),
  });
  return verifyFields(fields, gatewayVerifier);
}

function send(reply: Reply, request: Fields, response: ServerResponse): void {
  switch (reply.kind) {
    case 'SIGNED':
      response.setHeader('Content-Type', 'text/xml;charset=UTF-8');
      response.end(encodeAnswer(reply.fields, gatewaySigner, { request }));
      return;
    case 'UNSIGNED_REFUSAL':
      response.setHeader('Content-Type', 'text/xml;charset=UTF-8');
      response.end(encodeAnswer({ error: reply.code }));
      return;
    case 'PAGE':
      response.writeHead(reply.status, { 'Content-Type': 'text/html' }).end(reply.text);
      return;
    case 'CUT':
      response.destroy();
      return;
    case 'SILENCE':
  }
}
