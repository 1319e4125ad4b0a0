import { type ExecutionResult } from 'graphql';

import { type PayloadOf } from '../graphql/shared-payloads';
import { StreamInterrupted } from '../graphql/stream-interrupted';
import { type Results } from '../graphql/subscribe-together';

/** Sends one result, and calls back when it has left. */
type Send = (result: ExecutionResult, done: () => void) => void;

/** Sends what a stream gives, until it ends. Each result waits until the one before has left. */
export function sendAll(results: Results, send: Send): Promise<void> {
  const inTurn = async (): Promise<void> => {
    for (;;) {
      const next: IteratorResult<ExecutionResult, unknown> = await results.next();
      if (next.done === true) return;
      await new Promise<void>((done) => {
        send(next.value, done);
      });
    }
  };
  return new Promise((resolve, reject) => {
    results.handTo?.({
      tell: send,
      failed: (error) => {
        void results.return?.();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    });
    inTurn().then(resolve, reject);
  });
}

/** One operation of one socket, by the id that its client gave it. */
export interface Delivery {
  readonly id: string;
  readonly payloadOf: PayloadOf;
  /** Calls back when the message has left. */
  readonly send: (message: Buffer, done: () => void) => void;
  /** Sends its client away, to come back; resolves when it is gone. */
  readonly interrupted: (why: StreamInterrupted) => Promise<unknown>;
}

const END = Buffer.from('}');

/**
 * Sends what a stream gives, each result wrapped into a message of this operation. What is handed back
 * gives nothing of its own, and ends as the stream does: the protocol's library, which would write
 * each message anew for each socket, only hears of the end. Of an interruption it does not hear before
 * the client is gone: it would tell it as an error of the operation, or as its end, after either of
 * which clients do not come back.
 */
export function deliverStream(
  results: Results,
  { id, payloadOf, send, interrupted }: Delivery,
): AsyncIterableIterator<ExecutionResult> {
  const begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return {
    next: async () => {
      try {
        await sendAll(results, (result, done) => {
          send(Buffer.concat([begin, payloadOf(result), END]), done);
        });
      } catch (error) {
        if (!(error instanceof StreamInterrupted)) throw error;
        await interrupted(error);
      }
      return { done: true, value: undefined };
    },
    return: async () => {
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
