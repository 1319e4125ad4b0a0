export interface LiveQueue<Item> {
  push(item: Item): void;
  /** The next one, as soon as there is one; undefined once the queue is closed, or has dropped. */
  take(): Promise<Item | undefined>;
  /**
   * While `take` waits, what comes is handed to this reader instead, at once and one at a time: the
   * next when it has said that it is done. `take` answers nothing in between.
   */
  handTo(reader: Reader<Item>): void;
  /** True when something was dropped since the last `forget`. */
  readonly hasDropped: boolean;
  readonly isClosed: boolean;
  /** Empties the queue: whoever reads the rows again needs none of it. */
  forget(): void;
  close(): void;
}

/** Is done when it calls back, be it before it returns. */
export type Reader<Item> = (item: Item, done: () => void) => void;

/**
 * What waits for one subscriber, bounded. It drops when it is full, and tells: what was dropped is
 * in the database, and is read from there by a subscriber that falls behind.
 */
export function createLiveQueue<Item>(itemsMax: number): LiveQueue<Item> {
  let items: Item[] = [];
  let hasDropped = false;
  let isClosed = false;
  let wake: (() => void) | undefined;
  let reader: Reader<Item> | undefined;
  let isReading = false;
  let isHanding = false;

  const done = (): void => {
    isReading = false;
    if (!isHanding) goOn();
  };

  /** Hands on what waits for as long as somebody takes it; `take` looks after the rest. */
  const goOn = (): void => {
    if (reader !== undefined && wake !== undefined && !hasDropped && !isClosed) {
      isHanding = true;
      while (items.length > 0 && !isReading) {
        isReading = true;
        reader(items.shift() as Item, done);
      }
      isHanding = false;
    }
    if (!isReading && (items.length > 0 || hasDropped)) wake?.();
  };

  return {
    push: (item) => {
      if (isClosed || hasDropped) return;
      if (items.length < itemsMax) items.push(item);
      else {
        hasDropped = true;
        items = [];
      }
      if (!isReading) goOn();
    },
    take: async () => {
      while (!isClosed && (isReading || (items.length === 0 && !hasDropped))) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      return items.shift();
    },
    handTo: (given) => {
      reader = given;
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
