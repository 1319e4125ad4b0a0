import { type ExecutionResult } from 'graphql';

import { type PayloadOf } from '../graphql/shared-payloads';
import { StreamInterrupted } from '../graphql/stream-interrupted';

type Results = AsyncIterableIterator<ExecutionResult>;

/** One operation of one socket, by the id that its client gave it. */
export interface Delivery {
  readonly id: string;
  readonly payloadOf: PayloadOf;
  /** Resolves when the message has left. */
  readonly send: (message: Buffer) => Promise<void>;
  /** Sends its client away, to come back. */
  readonly interrupted: (why: StreamInterrupted) => void;
}

const END = Buffer.from('}');

/**
 * Sends what a stream gives, each result wrapped into a message of this operation. What is handed back
 * gives nothing of its own, and ends as the stream does: the protocol's library, which would write
 * each message anew for each socket, only hears of the end. Of an interruption it does not hear: it
 * would tell it as an error of the operation, after which clients do not come back.
 */
export function deliverStream(
  results: Results,
  { id, payloadOf, send, interrupted }: Delivery,
): Results {
  const begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return {
    next: async () => {
      try {
        for (;;) {
          const next: IteratorResult<ExecutionResult, unknown> = await results.next();
          if (next.done === true) break;
          await send(Buffer.concat([begin, payloadOf(next.value), END]));
        }
      } catch (error) {
        if (!(error instanceof StreamInterrupted)) throw error;
        interrupted(error);
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
