/** Hands what happened to those who listen to its topic. */
export interface EventHub<Item> {
  /** Returns how to stop listening. */
  listen(topics: readonly string[], hear: (item: Item) => void): () => void;
  publish(topics: readonly string[], item: Item): void;
  readonly listeners: number;
}

/**
 * A topic per store, code and payment: an event costs nothing to those it does not concern,
 * however many they are.
 */
export function createEventHub<Item>(): EventHub<Item> {
  const listenersOf = new Map<string, Set<(item: Item) => void>>();
  let listeners = 0;

  return {
    listen: (topics, hear) => {
      const mine = (item: Item): void => {
        hear(item);
      };
      for (const topic of topics) {
        listenersOf.set(topic, (listenersOf.get(topic) ?? new Set()).add(mine));
      }
      listeners += 1;
      let isListening = true;
      return () => {
        if (!isListening) return;
        isListening = false;
        listeners -= 1;
        for (const topic of topics) {
          const others = listenersOf.get(topic);
          others?.delete(mine);
          if (others?.size === 0) listenersOf.delete(topic);
        }
      };
    },
    publish: (topics, item) => {
      for (const topic of topics) {
        // One that comes or goes meanwhile does no harm: whoever comes has its own position.
        for (const hear of listenersOf.get(topic) ?? []) hear(item);
      }
    },
    get listeners() {
      return listeners;
    },
  };
}
