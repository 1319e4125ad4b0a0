import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import type { Fields } from '@countersign/alipay-protocol';

import { fieldsOf, headLength, MessageReader, shortened } from './cutting-proxy-messages';

/**
 * How an exchange ends before its time: the connection is reset, ends cleanly, or says no more;
 * `short` is an answer that is whole for HTTP and ends too early for its reader.
 */
export type Manner = 'reset' | 'end' | 'silence' | 'short';

export interface Cut {
  /** A torn request is what the gateway sees; a torn answer is what we see. */
  readonly direction: 'request' | 'answer';
  readonly manner: Manner;
  /** How many bytes of the message still pass; all of them, and then the cut, where it has no more. */
  readonly bytesOf: (message: Buffer) => number;
}

export interface Exchange {
  /** Counts the proxy's connections from 0. */
  readonly connection: number;
  /** What is asked, by Alipay's names; what stands in `biz_data` among it. */
  readonly fields: Fields;
  /** It came on a connection that the proxy had ended already: nobody hears of it. */
  readonly isTooLate: boolean;
}

export interface CuttingProxy {
  /** Like the gateway's URL, but through the proxy. */
  readonly url: string;
  /** All whole requests that reached the proxy, in order. */
  readonly exchanges: readonly Exchange[];
  forget(): void;
  close(): Promise<void>;
}

export interface CuttingRules {
  /** Where this exchange is to be cut, if at all. */
  readonly cutOf: (exchange: Exchange, request: Buffer) => Cut | undefined;
  /** Hears of every whole answer of the gateway. */
  readonly heard?: (exchange: Exchange, answer: Buffer) => void;
}

/** A place between the API and the gateway where a test cuts each exchange as it likes. */
export async function openCuttingProxy(
  gatewayUrl: string,
  rules: CuttingRules,
): Promise<CuttingProxy> {
  const { hostname: host, port } = new URL(gatewayUrl);
  const url = new URL(gatewayUrl);
  const exchanges: Exchange[] = [];
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];
  let connections = 0;

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({
      host,
      port: Number(port),
      noDelay: true,
      allowHalfOpen: true,
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined); // its reader hears of it
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    const connection = connections;
    connections += 1;
    passOn({ client, upstream, rules, connection, exchanges })
      .catch((error: unknown) => failures.push(error))
      .finally(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.port = `${(server.address() as AddressInfo).port}`;

  return {
    url: url.href,
    exchanges,
    forget: () => {
      exchanges.length = 0;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (failures.length > 0) throw failures[0];
    },
  };
}

interface Line {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly rules: CuttingRules;
  readonly connection: number;
  readonly exchanges: Exchange[];
}

/** Passes requests and answers on, one after the other, until one of them is cut. */
async function passOn({ client, upstream, rules, connection, exchanges }: Line): Promise<void> {
  const requests = new MessageReader(client);
  const answers = new MessageReader(upstream);
  let isTooLate = false;
  let following = requests.next();
  for (;;) {
    const request = await following;
    if (request?.isWhole !== true) return;
    following = requests.next();
    // Read ahead, so that a client which gives up is noticed while its answer is waited for.
    void following.then((next) => {
      if (next === undefined) upstream.destroy();
    });
    const exchange = { connection, fields: fieldsOf(request.bytes), isTooLate };
    exchanges.push(exchange);
    if (isTooLate) continue;

    const cut = rules.cutOf(exchange, request.bytes);
    if (cut?.direction === 'request') {
      isTooLate = await tearRequest({ client, upstream, answers }, request.bytes, cut);
      continue;
    }
    upstream.write(request.bytes);
    const answer = await answers.next();
    if (answer === undefined) {
      client.resetAndDestroy();
      return;
    }
    if (!answer.isWhole) {
      client.end(answer.bytes);
      return;
    }
    rules.heard?.(exchange, answer.bytes);
    if (cut === undefined) client.write(answer.bytes);
    else isTooLate = tearAnswer(client, answer.bytes, cut);
  }
}

type Ends = Pick<Line, 'client' | 'upstream'> & { readonly answers: MessageReader };

/** Whether the connection is over for the client, who may not know it yet. */
async function tearRequest(
  { client, upstream, answers }: Ends,
  request: Buffer,
  { manner, bytesOf }: Cut,
): Promise<boolean> {
  const passing = request.subarray(0, bytesOf(request));
  if (manner === 'end') {
    // Only the way there ends: what the gateway makes of the torso is heard.
    upstream.end(passing);
    const answer = await answers.next();
    client.end(answer?.bytes ?? '');
  } else if (manner === 'reset') {
    await written(upstream, passing);
    upstream.resetAndDestroy();
    client.resetAndDestroy();
  } else {
    upstream.write(passing);
  }
  return true;
}

function tearAnswer(client: Socket, answer: Buffer, { manner, bytesOf }: Cut): boolean {
  const bytes = Math.min(bytesOf(answer), answer.length);
  const passing = answer.subarray(0, bytes);
  switch (manner) {
    case 'reset':
      void written(client, passing).then(() => client.resetAndDestroy());
      return true;
    case 'end':
      client.end(passing);
      return true;
    case 'silence':
      client.write(passing);
      return bytes < answer.length;
    case 'short':
      client.write(shortened(answer, bytes));
      return bytes < (headLength(answer) ?? 0);
  }
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.write(bytes, () => {
      resolve();
    });
  });
}
