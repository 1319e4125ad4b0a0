import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Duplex } from 'node:stream';

import { SECURITY_HEADERS } from './security-headers';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const uploadGraceMs = 1_000;

/** On every answer. Nothing here may be kept by a cache between us and the caller. */
export const ALWAYS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'cache-control': 'no-store',
};

export function respond(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const isWhole = request.complete || !hasBody(request);
  response.writeHead(reply.status, {
    ...ALWAYS,
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    // What is still on its way up belongs to this request: no other may follow it.
    ...(isWhole ? {} : { connection: 'close' }),
    ...reply.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
  if (!isWhole) letTheRestPass(request);
}

/** One without is answered before it counts as complete, and its connection may stay all the same. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** Runs once, when nothing more can be said: also when the caller has left already. */
export function whenOver(response: ServerResponse, leave: () => void): void {
  if (response.destroyed) leave();
  else response.once('close', leave);
}

/** Says no to a connection that wanted to become another, and lets go of it, whatever its client does. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

export function json(status: number, content: unknown, headers?: Reply['headers']): Reply {
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(content),
    ...(headers === undefined ? {} : { headers }),
  };
}

export function text(status: number, body: string, headers?: Reply['headers']): Reply {
  return {
    status,
    contentType: 'text/plain; charset=utf-8',
    body,
    ...(headers === undefined ? {} : { headers }),
  };
}

/** An error in the shape that GraphQL clients read. */
export function graphqlError(
  status: number,
  code: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  return json(
    status,
    { errors: [{ message, extensions: { code, ...more } }] },
    status === 401 ? { 'www-authenticate': 'Bearer' } : undefined,
  );
}

/**
 * A sender whose connection is cut while it is still sending never reads the answer, so for a
 * moment the rest is taken and thrown away.
 */
function letTheRestPass(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), uploadGraceMs);
  request.once('close', () => {
    clearTimeout(timer);
  });
  request.resume();
}
