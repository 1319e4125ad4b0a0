import { type ExecutionResult } from 'graphql';

import { type PayloadOf } from '../graphql/shared-payloads';

type Results = AsyncIterableIterator<ExecutionResult>;

/** One operation of one socket, by the id that its client gave it. */
export interface Delivery {
  readonly id: string;
  readonly payloadOf: PayloadOf;
  /** Resolves when the message has left. */
  readonly send: (message: Buffer) => Promise<void>;
}

const END = Buffer.from('}');

/**
 * Sends what a stream gives, each result wrapped into a message of this operation. What is handed back
 * gives nothing of its own, and ends as the stream does: the protocol's library, which would write
 * each message anew for each socket, only hears of the end.
 */
export function deliverStream(results: Results, { id, payloadOf, send }: Delivery): Results {
  const begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return {
    next: async () => {
      for (;;) {
        const next: IteratorResult<ExecutionResult, unknown> = await results.next();
        if (next.done === true) return { done: true, value: undefined };
        await send(Buffer.concat([begin, payloadOf(next.value), END]));
      }
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
