import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import { type Counts, createCounts } from './counts';
import type { Said, Unit } from './deep-run-program';
import { AT_A_PLACE } from './run-schedules';

export interface DeepRun {
  readonly seeds: readonly number[];
  /** For each seed. */
  readonly schedules: number;
  readonly processes: number;
  readonly log: (line: string) => void;
}

export interface DeepReport {
  readonly schedules: number;
  readonly findings: readonly string[];
  readonly counts: Counts;
}

const TELL_EVERY_MS = 60_000;

/** All schedules of all seeds, shared out among processes; each takes the next part when it is free. */
export async function runDeeply(run: DeepRun): Promise<DeepReport> {
  const units = run.seeds.flatMap((seed) => unitsOf(seed, run.schedules));
  const total = run.seeds.length * run.schedules;
  const counts = createCounts();
  const findings: string[] = [];
  const begun = Date.now();
  let done = 0;

  const progress = setInterval(() => {
    const minutes = (Date.now() - begun) / 60_000;
    run.log(
      `${done} of ${total} schedules in ${minutes.toFixed(0)} minutes, ${findings.length} differences`,
    );
  }, TELL_EVERY_MS);
  const worker = async (): Promise<void> => {
    for (let unit = units.shift(); unit !== undefined; unit = units.shift()) {
      const one = unit;
      await inProcess(one, ({ round, counted }) => {
        if (round !== undefined) {
          done += round.schedules;
          findings.push(...round.findings);
          round.findings.forEach(run.log);
        }
        for (const [what, times] of Object.entries(counted ?? {})) counts.happened(what, times);
      }).catch((error: unknown) => {
        findings.push(`the part ${JSON.stringify(one)} did not end: ${String(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: run.processes }, worker));
  clearInterval(progress);
  return { schedules: done, findings, counts };
}

function unitsOf(seed: number, schedules: number): Unit[] {
  return Array.from({ length: Math.ceil(schedules / AT_A_PLACE) }, (_, part) => ({
    seed,
    from: part * AT_A_PLACE,
    to: Math.min((part + 1) * AT_A_PLACE, schedules),
  }));
}

/** Each part in a process of its own: what it leaves behind, in memory or sockets, ends with it. */
function inProcess(unit: Unit, hear: (said: Said) => void): Promise<void> {
  const child: ChildProcess = fork(join(__dirname, 'deep-run-program.ts'), {
    execArgv: [
      '--conditions=@countersign/source',
      '--require',
      join(__dirname, '../register-sources.cjs'),
    ],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (said) => {
    hear(said as Said);
  });
  child.send(unit);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`it ended with ${code ?? signal ?? 'nothing'}`));
    });
  });
}
