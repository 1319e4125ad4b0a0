export interface LiveQueue<Item> {
  push(item: Item): void;
  /** The next one, as soon as there is one; undefined once the queue is closed, or has dropped. */
  take(): Promise<Item | undefined>;
  /** True when something was dropped since the last `forget`. */
  readonly hasDropped: boolean;
  readonly isClosed: boolean;
  /** Empties the queue: whoever reads the rows again needs none of it. */
  forget(): void;
  close(): void;
}

/**
 * What waits for one subscriber, bounded. It drops when it is full, and tells: what was dropped is
 * in the database, and is read from there by a subscriber that falls behind.
 */
export function createLiveQueue<Item>(itemsMax: number): LiveQueue<Item> {
  let items: Item[] = [];
  let hasDropped = false;
  let isClosed = false;
  let wake: (() => void) | undefined;

  return {
    push: (item) => {
      if (isClosed || hasDropped) return;
      if (items.length < itemsMax) items.push(item);
      else {
        hasDropped = true;
        items = [];
      }
      wake?.();
    },
    take: async () => {
      while (items.length === 0 && !isClosed && !hasDropped) {
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
    get isClosed() {
      return isClosed;
    },
    forget: () => {
      items = [];
      hasDropped = false;
    },
    close: () => {
      isClosed = true;
      items = [];
      wake?.();
    },
  };
}
