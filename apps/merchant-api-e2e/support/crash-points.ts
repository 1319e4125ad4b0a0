import type { Chance } from './chance';
import type { Deed, Flow } from './crash-points-flows';
import type { CrashSite } from './crash-points-site';
import { type CrashPoint, keyOf, pointsOf, type Step } from './crash-points-statements';
import { within } from './wait-for';

/** What a run of crashes has come to. */
export interface CrashReport {
  readonly title: string;
  /** Points that were chosen. */
  readonly points: number;
  /** Points at which the process was killed; several deeds die together. */
  readonly reached: number;
  readonly kills: number;
  /** What is wrong; empty when the promises hold. */
  readonly findings: readonly string[];
}

export type Choice = (points: readonly CrashPoint[]) => readonly CrashPoint[];

export const everyPoint: Choice = (points) => points;

export function somePoints(count: number, { below }: Chance): Choice {
  return (points) => {
    const left = [...points];
    const chosen: CrashPoint[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(below(left.length), 1));
    }
    return chosen;
  };
}

/** Deeds that are prepared, killed and compared together: the worker settles them in one go. */
const PREPARED_TOGETHER = 15;
/** Deeds that stand still in one process: each has one of its pool's eight connections. */
const KILLED_TOGETHER = 5;
/** Reading on behalf of subscribers comes after the answer. */
const AFTER_THE_ANSWER_MS = 2_000;
const REACHED_WITHIN_MS = 30_000;

interface Doomed {
  readonly point: CrashPoint;
  readonly deed: Deed;
}

/**
 * Runs a flow undisturbed to learn its statements, then once for each chosen point: the process is
 * killed exactly there, comes back, whoever had no answer asks again, and the books are compared.
 */
export async function crash(
  site: CrashSite,
  flow: Flow,
  choose: Choice,
  { rehearsals = 2 } = {},
): Promise<CrashReport> {
  const findings: string[] = [];
  const points = choose(pointsOf(await rehearse(site, flow, rehearsals, findings)));
  let reached = 0;
  let kills = 0;
  for (const batch of chunks(points, PREPARED_TOGETHER)) {
    const deeds = await flow.prepare(site, batch.length);
    const doomed = batch.flatMap((point, index) => {
      const deed = deeds[index];
      return deed === undefined ? [] : [{ point, deed }];
    });
    // Alone, the API is disturbed by nothing; what it leaves open waits for the worker.
    if (flow.victim === 'api') await site.worker.kill();
    for (const group of groupsOf(doomed, flow)) {
      kills += 1;
      const missed = await killTogether(site, flow, group);
      reached += group.length - missed.length;
      findings.push(...missed.map(({ point }) => `not reached: ${describe(point)}`));
    }
    if (flow.victim === 'api') await site.worker.start();
    await site.settle();
    for (const { point, deed } of doomed) {
      const wrong = await deed.findings();
      findings.push(...wrong.map((finding) => `${describe(point)}: ${finding}`));
    }
  }
  const titled = findings.map((finding) => `${flow.title}: ${finding}`);
  return { title: flow.title, points: points.length, reached, kills, findings: titled };
}

/** The statements that every undisturbed run has, without those of a process with nothing to do. */
async function rehearse(
  site: CrashSite,
  flow: Flow,
  count: number,
  findings: string[],
): Promise<Step[]> {
  const victim = site[flow.victim];
  const deeds = await flow.prepare(site, count);
  const runs: (readonly Step[])[] = [];
  if (flow.victim === 'api') await site.worker.kill();
  for (const deed of deeds) {
    victim.watch.begin();
    await deed.run();
    runs.push(victim.watch.steps());
  }
  if (flow.victim === 'api') await site.worker.start();
  await site.settle();
  for (const deed of deeds) {
    findings.push(...(await deed.findings()).map((finding) => `undisturbed: ${finding}`));
  }
  const [first = [], ...others] = runs;
  const keys = others.map((run) => new Set(run.map(keyOf)));
  return first.filter(
    (step) => !victim.idle.has(step.statement) && keys.every((known) => known.has(keyOf(step))),
  );
}

/**
 * The worker does its kind of work in one turn after the other, so one deed at a time; the API
 * does them side by side, as long as the one that blocks the others comes last.
 */
function groupsOf(doomed: readonly Doomed[], { victim }: Flow): Doomed[][] {
  if (victim === 'worker') return doomed.map((alone) => [alone]);
  const blocking = doomed.filter(({ point }) => point.isBlocking);
  const free = doomed.filter(({ point }) => !point.isBlocking);
  const groups: Doomed[][] = [];
  while (free.length + blocking.length > 0) {
    const last = blocking.splice(0, 1);
    groups.push([...free.splice(0, KILLED_TOGETHER - last.length), ...last]);
  }
  return groups;
}

/** Brings each deed to its point in turn, where it stands still; answers those that never came. */
async function killTogether(
  site: CrashSite,
  flow: Flow,
  group: readonly Doomed[],
): Promise<Doomed[]> {
  const victim = site[flow.victim];
  const missed: Doomed[] = [];
  const ends: Promise<unknown>[] = [];
  let letGo: () => void = () => undefined;
  const isDead = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  for (const doomed of group) {
    const atPoint = new Promise<void>((resolve) => {
      victim.watch.begin(doomed.point, () => {
        resolve();
        return isDead;
      });
    });
    const end = doomed.deed.run().catch(() => undefined); // the crash takes its answer away
    ends.push(end);
    const tooLate = end.then(() => within('the point', AFTER_THE_ANSWER_MS, atPoint));
    const come = Promise.race([atPoint, tooLate]);
    await within('the point', REACHED_WITHIN_MS, come).catch(() => missed.push(doomed));
  }
  victim.watch.begin();
  await victim.kill();
  letGo();

  await site.world.gateway.endFaults();
  await victim.start();
  if (flow.victim === 'worker') await site.settle();
  await Promise.all([...ends, ...group.map(({ deed }) => deed.repeat())]);
  return missed;
}

function describe({ moment, statement, occurrence }: CrashPoint): string {
  return `${moment} ${statement.slice(0, 120)} #${occurrence}`;
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
