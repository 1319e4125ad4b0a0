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
    const failed = (error: unknown): void => {
      void results.return?.(); // nobody asks for more
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    results.handTo?.({ tell: send, failed });
    inTurn().then(resolve, failed);
  });
}

/** One operation of one socket, by the id that its client gave it. */
export interface Delivery {
  readonly id: string;
  /** Aborts when its client is gone. */
  readonly gone: AbortSignal;
  /** Whether its client has completed it, and has used its id for something else since. */
  readonly isReplaced: () => boolean;
  readonly payloadOf: PayloadOf;
  /** Calls back when the message has left. */
  readonly send: (message: Buffer, done: () => void) => void;
  /** Sends its client away, to come back; resolves when it is gone. */
  readonly interrupted: (why: StreamInterrupted) => Promise<unknown>;
}

const END = Buffer.from('}');

/** What is not said: the library would take it for what the id stands for by now. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/**
 * Sends what a stream gives, each result wrapped into a message of this operation. What is handed back
 * gives nothing of its own, and ends as the stream does: the protocol's library, which would write
 * each message anew for each socket, only hears of the end. Of an interruption it does not hear before
 * the client is gone: it would tell it as an error of the operation, or as its end, after either of
 * which clients do not come back.
 */
export function deliverStream(
  results: Results,
  { id, gone, isReplaced, payloadOf, send, interrupted }: Delivery,
): AsyncIterableIterator<ExecutionResult> {
  const begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  const END_OF_STREAM = { done: true, value: undefined } as const;
  let isOver = false;
  let over = (): void => undefined;
  // At once: by the time a last read has come back, its client may use the same id for something else.
  const whenOver = new Promise<void>((resolve) => {
    over = resolve;
  });
  const sendEach = async (): Promise<void> => {
    try {
      await sendAll(results, (result, done) => {
        if (isOver) done();
        else send(Buffer.concat([begin, payloadOf(result), END]), done);
      });
    } catch (error) {
      if (!(error instanceof StreamInterrupted)) throw error;
      await interrupted(error);
    }
  };
  const stop = (): void => {
    isOver = true;
    over();
    void results.return?.();
  };
  return {
    next: async () => {
      gone.addEventListener('abort', stop);
      if (gone.aborted) stop();
      try {
        await Promise.race([sendEach(), whenOver]);
      } finally {
        gone.removeEventListener('abort', stop);
      }
      return isReplaced() ? never() : END_OF_STREAM;
    },
    return: () => {
      stop();
      return Promise.resolve(END_OF_STREAM);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
