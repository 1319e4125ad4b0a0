export interface LiveQueue<Item> {
  push(item: Item): void;
  /** The next one, as soon as there is one; undefined once the queue is closed. */
  take(): Promise<Item | undefined>;
  /** True when items were dropped since the last `forget`. */
  readonly hasDropped: boolean;
  /** Empties the queue: whoever reads the rows again needs none of it. */
  forget(): void;
  /** From now on a full queue closes instead of dropping. */
  keepAll(onFull: () => void): void;
  close(): void;
}

/**
 * What waits for one subscriber. It is bounded: while rows are still read from the database a full
 * queue may drop, since the rows are read again; later it closes, and tells.
 */
export function createLiveQueue<Item>(itemsMax: number): LiveQueue<Item> {
  let items: Item[] = [];
  let hasDropped = false;
  let isClosed = false;
  let onFull: (() => void) | undefined;
  let wake: (() => void) | undefined;

  const close = (): void => {
    isClosed = true;
    items = [];
    wake?.();
  };

  return {
    push: (item) => {
      if (isClosed) return;
      if (items.length >= itemsMax) {
        hasDropped = true;
        if (onFull === undefined) return;
        close();
        onFull();
        return;
      }
      items.push(item);
      wake?.();
    },
    take: async () => {
      while (items.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      return items.shift();
    },
    get hasDropped() {
      return hasDropped;
    },
    forget: () => {
      items = [];
      hasDropped = false;
    },
    keepAll: (full) => {
      onFull = full;
    },
    close,
  };
}
