import { WebSocket } from 'ws';

import { untilTrue } from './until-true';

/** A till: hears of each payment as it is made, and remembers when. */
export interface Subscriber {
  /** When each payment was heard of, by Alipay's number. */
  readonly heardAt: Map<string, number>;
  /** How often it was sent away as too slow, and came back with the last cursor it had seen. */
  readonly comebacks: () => number;
  /** Resolves when all of these have been heard of; throws when the connection is lost for good. */
  hearAll(tradeNos: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What a till asks for. */
export const PAYMENTS = /* GraphQL */ `
  subscription Till($after: String, $storeId: ID) {
    paymentReceived(after: $after, storeId: $storeId) {
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

const CLOSED_NORMALLY = 1000;
/** "Try again later": more than the server keeps was waiting for this connection. */
const CLOSED_AS_TOO_SLOW = 1013;

/**
 * Subscribes in the graphql-transport-ws protocol, to one store's payments or to all, and resolves
 * when the server has taken it.
 */
export async function subscribe(
  graphqlUrl: string,
  token: string,
  storeId?: string,
): Promise<Subscriber> {
  const heardAt = new Map<string, number>();
  let cursor: string | undefined;
  let socket: WebSocket | undefined;
  let comebacks = 0;
  let lost: string | undefined;

  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const current = new WebSocket(graphqlUrl.replace(/^http/, 'ws'), 'graphql-transport-ws', {
        perMessageDeflate: false,
      });
      socket = current;
      const send = (message: unknown): void => {
        current.send(JSON.stringify(message));
      };
      const fail = (why: string): void => {
        lost = why;
        reject(new Error(why));
      };
      current.on('error', ({ message }) => {
        fail(message);
      });
      current.on('open', () => {
        send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      });
      current.on('close', (code) => {
        if (code === CLOSED_AS_TOO_SLOW) {
          comebacks += 1;
          connect().catch(() => undefined); // `lost` tells why
        } else if (code !== CLOSED_NORMALLY) fail(`The subscription was closed with ${code}.`);
      });
      current.on('message', (bytes: Buffer) => {
        const message: unknown = JSON.parse(bytes.toString('utf8'));
        switch (field(message, 'type')) {
          case 'connection_ack':
            send({
              type: 'subscribe',
              id: 'till',
              payload: { query: PAYMENTS, variables: { after: cursor, storeId } },
            });
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
            const payment = paymentIn(message);
            if (payment === undefined) fail(`This is no payment: ${bytes.toString('utf8')}`);
            else {
              ({ cursor } = payment);
              heardAt.set(payment.tradeNo, performance.now());
            }
            break;
          }
          case 'error':
            fail(`The subscription was refused: ${bytes.toString('utf8')}`);
            break;
          default:
            break;
        }
      });
    });

  await connect();
  return {
    heardAt,
    comebacks: () => comebacks,
    hearAll: (tradeNos, signal) =>
      untilTrue(
        () => {
          if (lost !== undefined) throw new Error(lost);
          return heardAt.size >= tradeNos.length && tradeNos.every((one) => heardAt.has(one));
        },
        { fact: 'a subscriber hears of every payment', lookEveryMs: 10, signal },
      ),
    close: () => {
      socket?.close(CLOSED_NORMALLY);
    },
  };
}

function paymentIn(
  message: unknown,
): { readonly tradeNo: string; readonly cursor: string } | undefined {
  const event = ['payload', 'data', 'paymentReceived'].reduce<unknown>(field, message);
  const tradeNo = field(field(event, 'transaction'), 'alipayTransId');
  const cursor = field(event, 'cursor');
  return typeof tradeNo === 'string' && typeof cursor === 'string'
    ? { tradeNo, cursor }
    : undefined;
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}
