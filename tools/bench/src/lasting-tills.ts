import { randomUUID } from 'node:crypto';

import { WebSocket } from 'ws';

import { PAYMENTS } from './subscriber';

// Tills for hours, a program of its own: whoever sends them away, they come back with the last cursor they
// saw, and remember what they heard.

export type TillsAsked =
  | {
      readonly type: 'open';
      readonly graphqlUrl: string;
      readonly token: string;
      readonly storeIds: readonly string[];
      readonly tills: number;
    }
  | { readonly type: 'sample' }
  /** Of each store, the numbers of its payments. */
  | { readonly type: 'judge'; readonly paid: readonly (readonly number[])[] };

export interface TillsSample {
  readonly connected: number;
  readonly comebacks: number;
  /** Streams that were refused or broken with an error, after which the till came back, too. */
  readonly errors: number;
  /** Numbers of payments and when a till heard of them, one after the other, since the last sample. */
  readonly heard: readonly number[];
}

export interface TillsVerdict {
  readonly missing: number;
  readonly doubled: number;
  /** Heard of, and paid at another store. */
  readonly foreign: number;
  /** Have no cursor yet to come back with. */
  readonly withoutCursor: number;
}

interface Till {
  readonly store: number;
  readonly seen: Set<number>;
  cursor?: string;
  doubled: number;
}

/** The number of a payment stands at the end of Alipay's. */
const NUMBER_DIGITS = 12;
const OPENING_MAX = 50;
const comebackMaxMs = 1_000;

const tills: Till[] = [];
let heard: number[] = [];
let connected = 0;
let comebacks = 0;
let errors = 0;

process.on('message', (asked: TillsAsked) => {
  switch (asked.type) {
    case 'open':
      openAll(asked).then(() => process.send?.({ type: 'opened' }), giveUp);
      break;
    case 'sample':
      process.send?.({ connected, comebacks, errors, heard } satisfies TillsSample);
      heard = [];
      break;
    case 'judge':
      process.send?.(judge(asked.paid));
      break;
  }
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
process.send?.({ type: 'ready', url: 'none' });

function giveUp(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

type Opening = TillsAsked & { readonly type: 'open' };

async function openAll(asked: Opening): Promise<void> {
  let next = 0;
  const open = async (): Promise<void> => {
    while (next < asked.tills) {
      const till = { store: next % asked.storeIds.length, seen: new Set<number>(), doubled: 0 };
      next += 1;
      tills.push(till);
      await connect(asked, till);
    }
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, open));
}

/** Resolves when the subscription is taken, and comes back for ever after. */
function connect(asked: Opening, till: Till): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(asked.graphqlUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    let isConnected = false;
    const say = (message: object): void => {
      socket.send(JSON.stringify(message));
    };
    socket.on('error', () => undefined); // it is closed, and comes back
    socket.on('open', () => {
      say({ type: 'connection_init', payload: { authorization: `Bearer ${asked.token}` } });
    });
    socket.on('close', () => {
      if (isConnected) connected -= 1;
      comebacks += 1;
      // Thousands that were sent away at once do not come back at once.
      setTimeout(() => void connect(asked, till).then(resolve), Math.random() * comebackMaxMs);
    });
    socket.on('message', (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString('utf8')) as Message;
      switch (message.type) {
        case 'connection_ack': {
          const variables = { storeId: asked.storeIds[till.store], after: till.cursor };
          say({ type: 'subscribe', id: randomUUID(), payload: { query: PAYMENTS, variables } });
          // By the time this is answered, the subscription before it is taken up.
          say({ type: 'ping' });
          break;
        }
        case 'ping':
          say({ type: 'pong' });
          break;
        case 'pong':
          connected += 1;
          isConnected = true;
          resolve();
          break;
        case 'next':
          if (message.payload?.data === undefined) giveUp(`A till was told ${String(bytes)}`);
          else if (message.payload.data === null) goAgain(socket, bytes);
          else hear(till, message.payload.data.paymentReceived);
          break;
        case 'error':
          goAgain(socket, bytes);
          break;
        default:
          giveUp(`A till was answered ${String(bytes)}`);
      }
    });
  });
}

interface Message {
  readonly type: string;
  readonly payload?: { readonly data?: { readonly paymentReceived: Payment } | null };
}

interface Payment {
  readonly cursor: string;
  readonly transaction: { readonly alipayTransId: string };
}

/** What was told with an error is told again to a till that comes back with the cursor before it. */
function goAgain(socket: WebSocket, bytes: Buffer): void {
  errors += 1;
  process.stderr.write(`A till was told ${String(bytes)}\n`);
  socket.removeAllListeners('message'); // a later cursor would pass over what it lacks
  socket.terminate();
}

function hear(till: Till, { cursor, transaction }: Payment): void {
  till.cursor = cursor;
  const number = Number(transaction.alipayTransId.slice(-NUMBER_DIGITS));
  if (till.seen.has(number)) till.doubled += 1;
  till.seen.add(number);
  heard.push(number, performance.timeOrigin + performance.now());
}

function judge(paid: readonly (readonly number[])[]): TillsVerdict {
  let missing = 0;
  let foreign = 0;
  for (const { store, seen } of tills) {
    const own = paid[store] ?? [];
    const lacks = own.filter((number) => !seen.has(number)).length;
    missing += lacks;
    foreign += seen.size - (own.length - lacks);
  }
  return {
    missing,
    foreign,
    doubled: tills.reduce((sum, till) => sum + till.doubled, 0),
    withoutCursor: tills.filter(({ cursor }) => cursor === undefined).length,
  };
}
