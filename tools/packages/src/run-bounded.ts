import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Bounds {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node than the one that runs us. */
  readonly program?: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

/** Runs a Node program to its end, and answers what it printed; throws with all of it when it fails. */
export async function runBounded(
  args: readonly string[],
  { cwd, env = {}, program = process.execPath, timeoutMs = TIMEOUT_MS }: Bounds,
): Promise<string> {
  try {
    const { stdout } = await run(program, args, {
      cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '', killed = false } = error as Failure;
    const why = killed ? `did not end within ${timeoutMs} ms` : 'failed';
    throw new Error(`${args.join(' ')} ${why}:\n${stdout}${stderr}`, { cause: error });
  }
}

interface Failure {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly killed?: boolean;
}
