import type { SignType } from '@countersign/alipay-protocol';
import fc from 'fast-check';

import { type Schedule, schedules } from './commands';
import { type Counts, createCounts } from './counts';
import { AT_ONCE, type Finding, type Numbered, runRound } from './run-round';
import { type Ground, openSite, type Site, USUAL_GROUND } from './site';
import { openSubscriber, type Subscriber } from './subscriber';

export interface Run {
  readonly seed: number;
  /** The first, and one past the last. */
  readonly from: number;
  readonly to: number;
  readonly ground?: Ground;
  /** After each round: how many schedules it had, and what was wrong. */
  readonly tell?: (schedules: number, findings: readonly string[]) => void;
}

export interface Report {
  readonly schedules: number;
  readonly findings: readonly string[];
  readonly counts: Counts;
}

/** Before its tables grow long a place is left for a new one, which signs in another way. */
export const AT_A_PLACE = 20 * AT_ONCE;
const SIGN_TYPES: readonly SignType[] = ['RSA2', 'MD5', 'RSA'];

/** The same seed and number is the same schedule, for ever. */
export function scheduleOf(seed: number, index: number): Schedule {
  const [schedule] = fc.sample(schedules, { seed: mixed(seed, index), numRuns: 1 });
  if (schedule === undefined) throw new Error('nothing was drawn');
  return schedule;
}

/** Runs schedules one round after the other, and goes on where something was wrong. */
export async function runSchedules({ seed, from, to, ground, tell }: Run): Promise<Report> {
  const counts = createCounts();
  const findings: string[] = [];
  let place: Place | undefined;
  for (let first = from; first < to; first += AT_ONCE) {
    const last = Math.min(first + AT_ONCE, to);
    place ??= await openPlace(counts, signTypeOf(first), ground);
    const round = Array.from({ length: last - first }, (_, number) => ({
      index: first + number,
      schedule: scheduleOf(seed, first + number),
    }));
    const found = (await runIn(place, round, counts)).map((finding) =>
      inWords(seed, [first, last], finding),
    );
    findings.push(...found);
    tell?.(round.length, found);
    if (found.length > 0 || last % AT_A_PLACE === 0) {
      await place.close();
      place = undefined;
    }
  }
  await place?.close();
  return { schedules: to - from, findings, counts };
}

/** One schedule alone, and if it fails so, the smallest part of it that does. */
export async function shrinkSchedule(
  seed: number,
  index: number,
  withinMs: number,
): Promise<{ readonly fails: boolean; readonly smallest: Schedule; readonly why: string }> {
  let why = '';
  const property = fc.asyncProperty(schedules, async (schedule) => {
    const counts = createCounts();
    const place = await openPlace(counts, signTypeOf(index));
    const found = await runIn(place, [{ index, schedule }], counts);
    await place.close();
    if (found.length > 0) why = found.map(({ what }) => what).join('\n');
    return found.length === 0;
  });
  const result = await fc.check(property, {
    seed: mixed(seed, index),
    numRuns: 1,
    plugins: [fc.interruptAfterTimeLimit(withinMs)],
  });
  // Beside a plugin the library's types forget what was generated.
  const counterexample = result.counterexample as [Schedule] | null;
  const [smallest] = counterexample ?? [scheduleOf(seed, index)];
  return { fails: counterexample !== null, smallest, why };
}

function signTypeOf(index: number): SignType {
  return SIGN_TYPES[Math.floor(index / AT_A_PLACE) % SIGN_TYPES.length] ?? 'RSA2';
}

/** With what a person needs to see it again. */
function inWords(seed: number, [from, to]: readonly [number, number], finding: Finding): string {
  const { index, what } = finding;
  const alone = index === null ? '' : `E2E_SEED=${seed} E2E_SCHEDULE=${index} (alone), `;
  return `${what}\n  again: ${alone}E2E_SEED=${seed} E2E_ROUND=${from}-${to} (all that ran at once)`;
}

interface Place {
  readonly site: Site;
  readonly subscriber: Subscriber;
  close(): Promise<void>;
}

async function openPlace(
  counts: Counts,
  signType: SignType,
  ground = USUAL_GROUND,
): Promise<Place> {
  const site = await openSite(counts, signType, ground);
  const subscriber = openSubscriber(site);
  return {
    site,
    subscriber,
    close: async () => {
      await subscriber.close();
      await site.close();
    },
  };
}

/** A round that cannot be brought to its end is a finding too. */
async function runIn(
  { site, subscriber }: Place,
  round: readonly Numbered[],
  counts: Counts,
): Promise<Finding[]> {
  try {
    return await runRound(site, subscriber, round, counts);
  } catch (error) {
    return [{ index: null, what: error instanceof Error ? (error.stack ?? '') : String(error) }];
  }
}

function mixed(seed: number, index: number): number {
  return (Math.imul(seed, 1_000_003) + index) | 0;
}
