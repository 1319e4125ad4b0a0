import { fork } from 'node:child_process';
import { extname, join } from 'node:path';

/** What some work took in a process that does nothing else. */
export interface Took<Result> {
  readonly result: Result;
  readonly seconds: number;
  /** Of the process, user and system. */
  readonly cpuSeconds: number;
  /** Resident, in MB: before the work, and at most until its end. */
  readonly restMb: number;
  readonly peakMb: number;
}

export interface Work<Result> {
  readonly work: () => Promise<Result>;
  readonly close: () => Promise<unknown>;
}

const MB = 1_048_576;

/** Of the program: prepares, then works, and tells its parent what that took. */
export function tellWhatItTook<Result>(prepare: () => Promise<Work<Result>>): void {
  const run = async (): Promise<void> => {
    const { work, close } = await prepare();
    try {
      const restMb = process.memoryUsage().rss / MB;
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      const result = await work();
      const seconds = (performance.now() - startedAt) / 1_000;
      const { user, system } = process.cpuUsage(cpuBefore);
      const took: Took<Result> = {
        result,
        seconds,
        cpuSeconds: (user + system) / 1e6,
        restMb,
        peakMb: process.resourceUsage().maxRSS / 1_024,
      };
      process.send?.(took);
    } finally {
      await close();
    }
  };
  run().then(
    () => {
      process.disconnect();
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      process.exit(1);
    },
  );
}

/** Of the parent: runs a program of this folder to its end, or until it is stopped. */
export async function runProgram<Result>(
  program: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Took<Result>> {
  const path = join(__dirname, `${program}${extname(__filename)}`);
  const child = fork(path, { env: { PATH: process.env['PATH'], ...env }, signal });
  return new Promise((resolve, reject) => {
    let took: Took<Result> | undefined;
    child.once('message', (message) => {
      took = message as Took<Result>;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0 && took !== undefined) resolve(took);
      else reject(new Error(`${program} ended with ${String(code)}.`));
    });
  });
}
