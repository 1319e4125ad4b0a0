import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { whenAborted } from '../supervision/stop-signals';

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Ends the program, with everything it has started. */
  readonly stop: AbortSignal;
  /** Show its output as it comes, besides keeping the end of it. */
  readonly isShown?: boolean;
  /** Gives way to whatever else the machine has to do. */
  readonly isPatient?: boolean | undefined;
}

const OUTPUT_CHARACTERS_MAX = 200_000;
const STOP_WITHIN_MS = 5_000;

/** Runs a Node program to its end, in a process group of its own of which nothing is left behind. */
export async function runToEnd(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = spawn(process.execPath, args, {
    env: options.env,
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (options.isPatient === true) giveWay(child.pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARACTERS_MAX);
      if (options.isShown === true) process.stdout.write(text);
    });
  }
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  };
  void whenAborted(options.stop).then(() => {
    signalGroup('SIGTERM');
    setTimeout(() => {
      signalGroup('SIGKILL');
    }, STOP_WITHIN_MS).unref();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      signalGroup('SIGKILL'); // what it has left running
    });
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not allow it: then it takes its share.
  }
}
