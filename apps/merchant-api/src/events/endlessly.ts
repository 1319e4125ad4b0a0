/**
 * An iterator that ends when its reader leaves, also while it waits: a plain generator would hold
 * on to its subscriber until the next event.
 */
export function endlessly<Item>(
  queue: { close(): void },
  stopListening: () => void,
  next: () => Promise<Item | undefined>,
): AsyncIterableIterator<Item> {
  let isOver = false;
  const end = (): IteratorResult<Item> => {
    isOver = true;
    stopListening();
    queue.close();
    return { done: true, value: undefined };
  };

  return {
    next: async () => {
      if (isOver) return end();
      try {
        const item = await next();
        return item === undefined ? end() : { done: false, value: item };
      } catch (error) {
        end();
        throw error;
      }
    },
    return: () => Promise.resolve(end()),
    throw: (error: unknown) => {
      end();
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
