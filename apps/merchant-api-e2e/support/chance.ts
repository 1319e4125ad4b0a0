/** Numbers that a seed gives again (mulberry32), so that a failure can be repeated. */
export interface Chance {
  readonly seed: number;
  /** A whole number from 0 to one below the bound. */
  readonly below: (bound: number) => number;
  readonly oneOf: <Item>(items: readonly Item[]) => Item;
}

/** `E2E_SEED` repeats a run; without it each run is another. */
export function createChance(): Chance {
  return chanceOf(Number(process.env['E2E_SEED'] ?? Math.floor(Math.random() * 2 ** 31)));
}

/** The chance of one seed, which is the same for ever. */
export function chanceOf(seed: number): Chance {
  let state = seed;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  return {
    seed,
    below,
    oneOf: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('there is nothing to choose from');
      return item;
    },
  };
}
