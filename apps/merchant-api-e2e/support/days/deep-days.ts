import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import { type Counts, createCounts } from '../model/counts';
import type { DaysSaid, DaysUnit } from './deep-days-program';

export interface DeepDays {
  readonly seeds: readonly number[];
  /** Over all seeds. */
  readonly days: number;
  /** How often each fault is planted, for each seed. */
  readonly rounds: number;
  readonly processes: number;
  readonly log: (line: string) => void;
}

export interface DeepDaysReport {
  readonly days: number;
  readonly planted: number;
  readonly findings: readonly string[];
  readonly counts: Counts;
}

/** Before its tables grow long a world is left for a new one. */
const DAYS_IN_A_WORLD = 50;

/** All days of all seeds, shared out among processes; each takes the next part when it is free. */
export async function runDaysDeeply(run: DeepDays): Promise<DeepDaysReport> {
  const units = unitsOf(run);
  const counts = createCounts();
  const findings: string[] = [];
  const begun = Date.now();
  let days = 0;
  let planted = 0;
  const worker = async (): Promise<void> => {
    for (let unit = units.shift(); unit !== undefined; unit = units.shift()) {
      const said = await inProcess(unit);
      days += said.days ?? 0;
      planted += said.planted ?? 0;
      findings.push(...said.findings);
      said.findings.forEach(run.log);
      for (const [what, times] of Object.entries(said.counted)) counts.happened(what, times);
      const minutes = ((Date.now() - begun) / 60_000).toFixed(1);
      run.log(
        `${days} days and ${planted} planted faults in ${minutes} minutes, ${findings.length} differences`,
      );
    }
  };
  await Promise.all(Array.from({ length: run.processes }, worker));
  return { days, planted, findings, counts };
}

/** The seeds take turns, so that a run that is ended early has seen something of each. */
function unitsOf({ seeds, days, rounds }: DeepDays): DaysUnit[] {
  const worlds = Math.ceil(days / DAYS_IN_A_WORLD);
  const lived = Array.from({ length: worlds }, (_, number): DaysUnit => {
    const seed = seeds[number % seeds.length] ?? 1;
    const left = days - number * DAYS_IN_A_WORLD;
    return { seed: 1_000 * seed + number, days: Math.min(DAYS_IN_A_WORLD, left) };
  });
  return [...(rounds > 0 ? seeds.map((seed) => ({ seed, rounds })) : []), ...lived];
}

/** Each part in a process of its own: what it leaves behind, in memory or sockets, ends with it. */
function inProcess(unit: DaysUnit): Promise<DaysSaid> {
  const child: ChildProcess = fork(join(__dirname, 'deep-days-program.ts'), {
    execArgv: [
      '--conditions=@countersign/source',
      '--require',
      join(__dirname, '../register-sources.cjs'),
    ],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let said: DaysSaid | undefined;
  child.on('message', (report) => {
    said = report as DaysSaid;
  });
  child.send(unit);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (said !== undefined) resolve(said);
      else reject(new Error(`it ended with ${code ?? signal ?? 'nothing'}`));
    });
  });
}
