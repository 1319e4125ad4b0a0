/** Work that many may do at once, and a moment in which nobody does it. */
export interface Turnstile {
  together<Result>(work: () => Promise<Result>): Promise<Result>;
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createTurnstile(): Turnstile {
  const underWay = new Set<Promise<unknown>>();
  let alone: Promise<unknown> = Promise.resolve();
  return {
    together: async (work) => {
      let seen;
      do {
        seen = alone;
        await seen;
      } while (seen !== alone);
      const working = work();
      const settled = working.catch(() => undefined);
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      return working;
    },
    alone: async (work) => {
      const before = alone;
      const working = before.then(async () => {
        await Promise.all(underWay);
        return work();
      });
      alone = working.catch(() => undefined);
      return working;
    },
  };
}
