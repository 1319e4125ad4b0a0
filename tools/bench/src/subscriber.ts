import { WebSocket } from 'ws';

import { untilTrue } from './until-true';

/** A till: hears of each payment as it is made, and remembers when. */
export interface Subscriber {
  /** When each payment was heard of, by Alipay's number. */
  readonly heardAt: Map<string, number>;
  /** Resolves when all of these have been heard of; throws when the connection is lost before. */
  hearAll(tradeNos: readonly string[]): Promise<void>;
  close(): void;
}

const PAYMENTS = /* GraphQL */ `
  subscription Till {
    paymentReceived {
      cursor
      occurredAt
      amount {
        amount
        currency
      }
      transaction {
        id
        alipayTransId
        status
      }
    }
  }
`;

/** Subscribes in the graphql-transport-ws protocol, and resolves when the server has taken it. */
export async function subscribe(graphqlUrl: string, token: string): Promise<Subscriber> {
  const heardAt = new Map<string, number>();
  let lost: string | undefined;
  const socket = new WebSocket(graphqlUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  const send = (message: unknown): void => {
    socket.send(JSON.stringify(message));
  };

  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => {
      lost = `The subscription was closed with ${code}.`;
      reject(new Error(lost));
    });
    socket.on('open', () => {
      send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    });
    socket.on('message', (bytes: Buffer) => {
      const message: unknown = JSON.parse(bytes.toString('utf8'));
      switch (field(message, 'type')) {
        case 'connection_ack':
          send({ type: 'subscribe', id: 'till', payload: { query: PAYMENTS } });
          // By the time this is answered, the subscription before it is taken up.
          send({ type: 'ping' });
          break;
        case 'ping':
          send({ type: 'pong' });
          break;
        case 'pong':
          resolve();
          break;
        case 'next': {
          const tradeNo = tradeNoIn(message);
          if (tradeNo === undefined) reject(new Error(`No payment: ${bytes.toString('utf8')}`));
          else heardAt.set(tradeNo, performance.now());
          break;
        }
        case 'error':
          reject(new Error(`The subscription was refused: ${bytes.toString('utf8')}`));
          break;
        default:
          break;
      }
    });
  });
  return {
    heardAt,
    hearAll: (tradeNos) =>
      untilTrue(() => {
        if (lost !== undefined) throw new Error(lost);
        return tradeNos.every((tradeNo) => heardAt.has(tradeNo));
      }, 'a subscriber hears of every payment'),
    close: () => {
      socket.close();
    },
  };
}

function tradeNoIn(message: unknown): string | undefined {
  const path = ['payload', 'data', 'paymentReceived', 'transaction', 'alipayTransId'];
  const value = path.reduce<unknown>(field, message);
  return typeof value === 'string' ? value : undefined;
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}
