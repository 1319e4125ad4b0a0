import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

import { type Fields } from '@countersign/alipay-protocol';

export interface Received {
  readonly url: string;
  readonly contentType: string;
  /** Query and body merged, as a server of form posts reads them. */
  readonly fields: Fields;
  readonly body: string;
}

export interface GatewayDouble {
  readonly url: string;
  readonly received: Received[];
  /** How many connections were ever opened. */
  readonly connections: () => number;
  /** What the next calls get; the last one stays. */
  readonly answer: (...answers: readonly Answering[]) => void;
  readonly close: () => Promise<void>;
}

export type Answering = (response: ServerResponse, received: Received) => void;

/** A real HTTP server on loopback in the gateway's place. It knows no rule of Alipay's. */
export async function openGatewayDouble(): Promise<GatewayDouble> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  let queue: readonly Answering[] = [];

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const one = toReceived(request, body);
      received.push(one);
      const [next, ...rest] = queue;
      if (rest.length > 0) queue = rest;
      if (next === undefined) throw new Error('the test gave the gateway nothing to answer');
      next(response, one);
    });
  });
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/gateway.do`,
    received,
    connections: () => opened,
    answer: (...answers) => {
      queue = answers;
    },
    close: () =>
      new Promise((resolve) => {
        sockets.forEach((socket) => socket.destroy());
        server.close(() => {
          resolve();
        });
      }),
  };
}

export const xml =
  (bytes: Uint8Array, contentType = 'text/xml;charset=UTF-8'): Answering =>
  (response) => {
    response.writeHead(200, { 'content-type': contentType }).end(bytes);
  };

export const page =
  (status: number, contentType: string, text: string): Answering =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType }).end(text);
  };

export const cut: Answering = (response) => {
  response.socket?.destroy();
};

export const silence: Answering = () => undefined;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function toReceived(request: IncomingMessage, body: string): Received {
  const url = request.url ?? '';
  const query = new URL(url, 'http://gateway.test').searchParams;
  return {
    url,
    body,
    contentType: request.headers['content-type'] ?? '',
    fields: Object.fromEntries([...query, ...new URLSearchParams(body)]),
  };
}
