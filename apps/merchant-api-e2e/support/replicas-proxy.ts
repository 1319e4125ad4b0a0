import {
  Agent,
  createServer,
  type IncomingMessage,
  request as ask,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What stands before replicas: it asks each whether it is ready, and gives those their turns. */
export interface ReplicasProxy {
  readonly url: string;
  add(port: number): void;
  /** Those that it sends requests to at this moment. */
  ready(): readonly number[];
  /** What it could not hide from a client, in words. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

interface Upstream {
  readonly port: number;
  readonly agent: Agent;
  isReady: boolean;
  checkedAt: number;
}

const CHECK_EVERY_MS = 100;
/** Refused is not ready; slow is only slow. */
const CHECK_TIMEOUT_MS = 5_000;
/** As proxies do by default: a connection that is refused is tried at the next one, and only that. */
const TRIES = 2;

export async function openReplicasProxy(): Promise<ReplicasProxy> {
  const upstreams: Upstream[] = [];
  const failures: string[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;
  let isClosed = false;

  const next = (tried: readonly Upstream[]): Upstream | undefined => {
    const left = upstreams.filter((one) => !tried.includes(one));
    // As load balancers do: where nobody is ready, which may be their own fault, all get their turns.
    const ready = left.filter((one) => one.isReady);
    const willing = ready.length > 0 ? ready : left;
    turn += 1;
    return willing[turn % Math.max(willing.length, 1)];
  };
  const check = async (upstream: Upstream): Promise<void> => {
    while (!closed()) {
      upstream.isReady = await isReady(upstream.port);
      upstream.checkedAt = performance.now();
      await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS).unref());
    }
  };
  const closed = (): boolean => isClosed;

  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      forward(request, response, body, []);
    });
  });
  const forward = (
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    tried: readonly Upstream[],
  ): void => {
    const upstream = next(tried);
    const fail = (status: number, why: string): void => {
      failures.push(`${request.method ?? ''} ${(request.url ?? '').slice(0, 22)}: ${why}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(status).end(JSON.stringify({ errors: [{ message: why }] }));
    };
    if (upstream === undefined) {
      fail(503, 'nobody is ready');
      return;
    }
    const checkedAgo = Math.round(performance.now() - upstream.checkedAt);
    const asked = ask({ ...optionsOf(request, upstream), agent: upstream.agent }, (answer) => {
      // What they say of their connection is between them; a stream that is cut is cut here as well.
      const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response);
      answer.on('close', () => {
        if (!answer.complete) response.destroy();
      });
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (response.destroyed) return;
      const mayTryAgain = error.code === 'ECONNREFUSED' && tried.length + 1 < TRIES;
      if (error.code === 'ECONNREFUSED') upstream.isReady = false;
      if (mayTryAgain) forward(request, response, body, [...tried, upstream]);
      else if (!response.headersSent) {
        fail(502, `${error.code ?? error.message}, its last check was ${checkedAgo} ms ago`);
      }
    });
    response.on('close', () => asked.destroy());
    asked.end(body);
  };
  server.on('upgrade', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const join = (tried: readonly Upstream[]): void => {
      const upstream = next(tried);
      if (upstream === undefined) {
        failures.push('a WebSocket: nobody is ready');
        client.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
        return;
      }
      const socket = connect(upstream.port, '127.0.0.1', () => {
        socket.write(headOf(request));
        socket.write(head);
        client.pipe(socket).pipe(client);
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED' && tried.length + 1 < TRIES) join([...tried, upstream]);
        else client.destroy();
      });
      socket.on('close', () => {
        if (!socket.connecting && socket.bytesRead > 0) client.destroy();
      });
      client.on('close', () => socket.destroy());
    };
    client.on('error', () => client.destroy());
    join([]);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (port) => {
      const upstream = {
        port,
        agent: new Agent({ keepAlive: true }),
        isReady: false,
        checkedAt: 0,
      };
      upstreams.push(upstream);
      void check(upstream);
    },
    ready: () => upstreams.filter((one) => one.isReady).map(({ port }) => port),
    failures,
    close: async () => {
      isClosed = true;
      for (const socket of sockets) socket.destroy();
      for (const { agent } of upstreams) agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { port, path: '/readyz', agent: false, timeout: CHECK_TIMEOUT_MS };
    const asked = ask(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => {
      resolve(false);
    });
    asked.end();
  });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => request.once('end', resolve).once('close', resolve));
  return Buffer.concat(chunks);
}

function optionsOf(request: IncomingMessage, { port }: Upstream): RequestOptions {
  const { connection: _, 'transfer-encoding': __, ...headers } = request.headers;
  return { port, method: request.method, path: request.url, headers };
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method ?? 'GET'} ${url ?? '/'} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index] ?? ''}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
