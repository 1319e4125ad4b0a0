/** What a spell of bad weather can break: any answer of the product, or the gateway's alone. */
export type Reach = 'answers' | 'gateway';

/** When something was wrong that can reach any call: what it explains must overlap it. */
export interface Weather {
  /** From now on something is wrong; the answer ends it. */
  begin(kind: string, reach: Reach): () => void;
  wasRough(between: { readonly start: number; readonly end: number }, reach: Reach): boolean;
  /** Whether connections were broken at all since the last time that all was forgotten. */
  brokeConnections(): boolean;
  forget(): void;
}

/** A connection that broke may be noticed only at its next use. */
const AFTERMATH_MS = 3_000;

export function createWeather(count: (kind: string) => void): Weather {
  let spells: { readonly reach: Reach; readonly start: number; end: number }[] = [];
  return {
    begin: (kind, reach) => {
      count(kind);
      const spell = { reach, start: performance.now(), end: Infinity };
      spells.push(spell);
      return () => {
        spell.end = performance.now();
      };
    },
    wasRough: ({ start, end }, reach) =>
      spells.some(
        (spell) =>
          (spell.reach === reach || spell.reach === 'answers') &&
          spell.start <= end &&
          spell.end + AFTERMATH_MS >= start,
      ),
    brokeConnections: () => spells.some(({ reach }) => reach === 'answers'),
    forget: () => {
      spells = spells.filter((spell) => spell.end === Infinity);
    },
  };
}
