import { inspect } from 'node:util';

import { chanceOf } from '../chance';
import { type Counts, createCounts } from '../model/counts';
import { addDays, instantOf } from './calendar';
import { openDayWorld } from './day-world';
import { doSomething, type Scene } from './deeds';
import { createPost, deliver, deliverAll, deliverEarly, type Post } from './deliver';
import { judgeDays, judgeOpen } from './judge-days';
import { createLedger } from './ledger';

export interface DaysRun {
  readonly seed: number;
  readonly days: number;
  /** After each day. */
  readonly tell?: (day: string) => void;
}

export interface DaysReport {
  readonly days: number;
  readonly findings: readonly string[];
  readonly counts: Counts;
}

const FIRST_DAY = '2026-01-05'; // a Monday
/** Where days meet, and where a file may be wrong by a second. */
const EDGES = ['00:00:00', '00:00:01', '00:14:59', '23:44:59', '23:50:00', '23:59:58', '23:59:59'];
/** Weekend and all, until the last payment is settled. */
const DAYS_AFTER = 5;

/** Days of business in one world, then the reckoning. One day that goes wrong ends it. */
export async function runDays({ seed, days, tell }: DaysRun): Promise<DaysReport> {
  const counts = createCounts();
  const chance = chanceOf(seed);
  const world = await openDayWorld(instantOf(FIRST_DAY, '00:00:00'));
  const scene: Scene = { world, chance, ledger: createLedger(counts) };
  const post = createPost();
  const findings: string[] = [];
  let day = FIRST_DAY;
  try {
    for (let lived = 0; lived < days && findings.length === 0; lived += 1) {
      await liveDay(scene, post, day);
      findings.push(...(await judgeOpen(world)), ...world.takeComplaints().filter(isUnordered));
      tell?.(day);
      day = addDays(day, 1);
    }
    if (findings.length === 0) findings.push(...(await reckon(scene, post, day)));
  } catch (error) {
    findings.push(inspect(error));
    findings.push(...world.takeComplaints().filter(isUnordered));
  } finally {
    await world.close();
  }
  const again = `E2E_SEED=${seed}, ${days} days, on ${day}`;
  return { days, counts, findings: findings.map((what) => `${what}\n  again: ${again}`) };
}

/** What happens before the files of yesterday come, the files, and what happens afterwards. */
async function liveDay(scene: Scene, post: Post, day: string): Promise<void> {
  const { world, chance, ledger } = scene;
  const times = Array.from({ length: 2 + chance.below(6) }, () => timeOf(chance)).sort();
  for (const time of times.filter((one) => one < '09:31')) {
    world.setTime(instantOf(day, time));
    await doSomething(scene);
  }
  world.setTime(instantOf(day, '09:31:00'));
  await deliver(scene, post, addDays(day, -1));
  if (chance.below(3) === 0) {
    await world.gateway.endFaults();
    await world.turn();
  }
  for (const time of times.filter((one) => one >= '09:31')) {
    world.setTime(instantOf(day, time));
    await doSomething(scene);
    if (chance.below(40) === 0) await deliverEarly(scene, post, day);
  }
  ledger.counts.happened('days');
}

function timeOf(chance: Scene['chance']): string {
  if (chance.below(3) === 0) return chance.oneOf(EDGES);
  const two = (bound: number): string => `${chance.below(bound)}`.padStart(2, '0');
  return `${two(24)}:${two(60)}:${two(60)}`;
}

/** Nothing goes wrong any more: what is late arrives, what is open is settled, and all files come. */
async function reckon(scene: Scene, post: Post, end: string): Promise<string[]> {
  const { world, ledger } = scene;
  await world.gateway.endFaults();
  let day = end;
  for (let after = 0; after < DAYS_AFTER; after += 1) {
    world.setTime(instantOf(day, '09:31:00'));
    await world.turn();
    for (const id of ledger.held.splice(0)) {
      await world.gateway.call(`POST /refunds/${id}/settle`, { status: 'SUCCESS' });
    }
    post.waiting.push(addDays(day, -1));
    await deliverAll(scene, post);
    for (const { no } of ledger.late.splice(0)) await world.gateway.resend(no);
    for (let turn = 0; turn < 6; turn += 1) {
      world.setTime(instantOf(day, `${10 + turn}:00:00`));
      await world.turn();
    }
    day = addDays(day, 1);
  }
  return [...(await judgeDays(world)), ...world.takeComplaints().filter(isUnordered)];
}

/** That calls fail and the database goes away is ordered here, and complained of rightly. */
const ORDERED = [
  'ECONNRESET',
  'Alipay does not take our calls',
  'Connection terminated',
  'timeout exceeded when trying to connect',
];

function isUnordered(complaint: string): boolean {
  return ORDERED.every((part) => !complaint.includes(part));
}
