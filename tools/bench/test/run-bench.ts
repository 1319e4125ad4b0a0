import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** Runs the command from its sources in a process of its own; answers what it printed. */
export async function runBench(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@countersign/source',
    '--require',
    resolve(__dirname, 'run-typescript.cjs'),
    resolve(__dirname, '../src/main.ts'),
    ...args,
  ]);
  return stdout;
}
