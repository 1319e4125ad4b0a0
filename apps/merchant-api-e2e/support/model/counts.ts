/** How often each thing really happened: a generator that never does something has a blind spot. */
export interface Counts {
  readonly happened: (what: string, times?: number) => void;
  of(what: string): number;
  all(): Readonly<Record<string, number>>;
}

export function createCounts(): Counts {
  const counted = new Map<string, number>();
  return {
    happened: (what, times = 1) => {
      counted.set(what, (counted.get(what) ?? 0) + times);
    },
    of: (what) => counted.get(what) ?? 0,
    all: () => Object.fromEntries([...counted].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
