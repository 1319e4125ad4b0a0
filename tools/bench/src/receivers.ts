import { randomUUID } from 'node:crypto';

import { WebSocket } from 'ws';

// Subscribers in a process of their own, so that what they receive is not counted as the work of
// who sends. They count messages and look at none. Told over the channel what to open.

/** Asks the receivers for something; each is answered once. */
export type ReceiversAsked =
  | {
      readonly type: 'open';
      readonly graphqlUrl: string;
      readonly token: string;
      readonly query: string;
      readonly subscriptions: number;
      /** Dealt to the subscriptions one by one. */
      readonly storeIds: readonly string[];
      /** Stop reading as soon as the subscription is taken. */
      readonly areDeaf?: boolean;
    }
  /** Answered when as many messages have come since the start, `perEvent` for each event. */
  | { readonly type: 'expect'; readonly messages: number; readonly perEvent: number }
  /** Deaf ones read again, and say how they were closed. */
  | { readonly type: 'listen' }
  | { readonly type: 'leave' };

export interface ReceiversHeard {
  /** From the first to the last subscriber of the last event, in milliseconds. */
  readonly spreadMs: number;
  /** One message as it came. */
  readonly sample: string;
}

export interface ReceiversClosed {
  readonly codes: readonly number[];
  /** Messages that still came after they began to read again, and before. */
  readonly messages: number;
}

/** Connections that are opened at the same time. */
const OPENING_MAX = 50;
const CLOSED_NORMALLY = 1000;

let sockets: WebSocket[] = [];
let codes: number[] = [];
let messages = 0;
let perEvent = 1;
let firstAt = 0;
let lastAt = 0;
let sample = '';
let awaited: number | undefined;

process.on('message', (asked: ReceiversAsked) => {
  answer(asked).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
process.send?.({ type: 'ready', url: 'none' });

async function answer(asked: ReceiversAsked): Promise<void> {
  switch (asked.type) {
    case 'open':
      await openAll(asked);
      process.send?.({ type: 'opened' });
      break;
    case 'expect':
      ({ perEvent, messages: awaited } = asked);
      tellWhenAllCame();
      break;
    case 'listen':
      for (const socket of sockets) socket.resume();
      await Promise.all(sockets.map(whenClosed));
      process.send?.({ codes, messages } satisfies ReceiversClosed);
      break;
    case 'leave': {
      for (const socket of sockets) socket.close(CLOSED_NORMALLY);
      await Promise.all(sockets.map(whenClosed));
      sockets = [];
      codes = [];
      process.send?.({ type: 'left' });
      break;
    }
  }
}

async function openAll(asked: ReceiversAsked & { readonly type: 'open' }): Promise<void> {
  let next = 0;
  const open = async (): Promise<void> => {
    while (next < asked.subscriptions) {
      const storeId = asked.storeIds[next % asked.storeIds.length];
      next += 1;
      sockets.push(await openOne(asked, storeId));
    }
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, open));
}

function openOne(
  { graphqlUrl, token, query, areDeaf = false }: ReceiversAsked & { readonly type: 'open' },
  storeId: string | undefined,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(graphqlUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    socket.on('error', reject);
    socket.on('close', (code) => {
      codes.push(code);
      reject(new Error(`A subscriber was closed with ${code}.`));
    });
    socket.on('open', () => {
      say(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    });
    socket.on('message', (bytes: Buffer) => {
      if (bytes.includes('"type":"next"')) {
        hear(bytes);
        return;
      }
      const { type } = JSON.parse(bytes.toString('utf8')) as { readonly type: string };
      if (type === 'connection_ack') {
        const payload = { query, variables: { storeId } };
        say(socket, { type: 'subscribe', id: randomUUID(), payload });
        // By the time this is answered, the subscription before it is taken up.
        say(socket, { type: 'ping' });
      } else if (type === 'pong') {
        if (areDeaf) socket.pause();
        resolve(socket);
      } else if (type === 'ping') say(socket, { type: 'pong' });
      else reject(new Error(`A subscriber was answered ${bytes.toString('utf8')}`));
    });
  });
}

function say(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}

function hear(bytes: Buffer): void {
  const place = messages % perEvent;
  if (place === 0) firstAt = performance.now();
  messages += 1;
  if (place === perEvent - 1) lastAt = performance.now();
  if (sample === '') sample = bytes.toString('utf8');
  tellWhenAllCame();
}

function tellWhenAllCame(): void {
  if (awaited === undefined || messages < awaited) return;
  awaited = undefined;
  process.send?.({ spreadMs: lastAt - firstAt, sample } satisfies ReceiversHeard);
}

function whenClosed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) resolve();
    else {
      socket.once('close', () => {
        resolve();
      });
    }
  });
}
