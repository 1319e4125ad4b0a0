import type { Chance } from './chance';
import type { Choose, Run } from './interleave';

/** As far as this step, but not into it; without one, as far as the session can go. */
export type Leg = readonly [session: string, until?: RegExp];

/** A scripted order: one leg after the other. Who has to wait lets the next leg go on. */
export function inThisOrder(legs: readonly Leg[]): Choose {
  const done = new Set<number>();
  return ({ open, current }, next) => {
    for (const [index, [session, until]] of legs.entries()) {
      if (done.has(index) || !open.includes(session)) continue;
      if (until?.test(next(session)) !== true) return session;
      done.add(index);
    }
    return current ?? open[0] ?? '';
  };
}

/** An order of chance: who goes goes on, and is interrupted now and then. */
export function atRandom({ below, oneOf }: Chance): Choose {
  const rarity = 2 + below(8);
  return ({ open, current, isQuiet }) =>
    current !== undefined && (isQuiet || below(rarity) > 0) ? current : oneOf(open);
}

/** The order of a run that was, by the sessions it took where it had a choice: `aabab…`. */
export function asBefore(taken: string): Choose {
  return ({ open, current }, _next, index) => {
    const wanted = taken[index];
    return wanted !== undefined && open.includes(wanted) ? wanted : (current ?? open[0] ?? '');
  };
}

export function takenIn({ choices }: Run): string {
  return choices.map(({ taken }) => taken).join('');
}

/**
 * Every order with at most so many interruptions, each once. A session that waits or has ended is
 * not interrupted. Races show with very few of them.
 */
export async function everyOrder(
  interruptionsMax: (sessions: number) => number,
  run: (choose: Choose) => Promise<Run>,
): Promise<number> {
  const ahead = [''];
  let runs = 0;
  for (let prefix = ahead.pop(); prefix !== undefined; prefix = ahead.pop()) {
    const { choices, results } = await run(asBefore(prefix));
    const most = interruptionsMax(Object.keys(results).length);
    runs += 1;
    let interruptions = 0;
    let taken = '';
    for (const [index, choice] of choices.entries()) {
      const isNew = index >= prefix.length && !choice.isQuiet;
      const cost = choice.current === undefined ? 0 : 1;
      if (isNew && interruptions + cost <= most) {
        const others = choice.open.filter((other) => other !== choice.taken);
        ahead.push(...others.map((other) => `${taken}${other}`));
      }
      if (choice.current !== undefined && choice.current !== choice.taken) interruptions += 1;
      taken += choice.taken;
    }
  }
  return runs;
}
