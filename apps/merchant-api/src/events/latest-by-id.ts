/** What has changed and was not handed on yet: of each record the latest state only. */
export interface LatestById<Item> {
  push(item: Item): void;
  /** The next one, as soon as there is one; undefined once it is closed. */
  take(): Promise<Item | undefined>;
  close(): void;
}

/** It never holds more than there are records, however slow its subscriber is. */
export function createLatestById<Item extends { readonly id: string }>(): LatestById<Item> {
  const items = new Map<string, Item>();
  let isClosed = false;
  let wake: (() => void) | undefined;

  return {
    push: (item) => {
      if (isClosed) return;
      items.set(item.id, item);
      wake?.();
    },
    take: async () => {
      while (items.size === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      const [first] = items.values();
      if (first !== undefined) items.delete(first.id);
      return first;
    },
    close: () => {
      isClosed = true;
      items.clear();
      wake?.();
    },
  };
}
