import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './errors';
import { waitUntil } from './wait-until';

/** What a running server writes into its lock file. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number | null;
  readonly status: string | null;
}

const PID_LINE = 0;
const PORT_LINE = 3;
const STATUS_LINE = 7;

/** What the lock file says, whether or not that process still lives; null without a usable one. */
export function readLockFile(clusterDir: string): Postmaster | null {
  let text: string;
  try {
    text = readFileSync(lockFile(clusterDir), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const lines = text.split('\n');
  const pid = Number(lines[PID_LINE]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  const port = Number(lines[PORT_LINE]);
  return {
    pid,
    port: Number.isInteger(port) && port > 0 ? port : null,
    status: lines[STATUS_LINE]?.trim() ?? null,
  };
}

/**
 * The live server of this cluster, if there is one. A lock file whose process is gone, or whose
 * number now belongs to another program, is removed: PostgreSQL itself refuses the latter.
 */
export function findLivePostmaster(clusterDir: string): Postmaster | null {
  const postmaster = readLockFile(clusterDir);
  if (postmaster !== null && isPostmasterOf(clusterDir, postmaster.pid)) return postmaster;
  rmSync(lockFile(clusterDir), { force: true });
  return null;
}

/** By its command line, which names the cluster: a process number alone proves nothing. */
export function isPostmasterOf(clusterDir: string, pid: number): boolean {
  const command = commandLine(pid);
  return /\bpostgres\b/.test(command[0] ?? '') && command.join(' ').includes(`-D ${clusterDir} `);
}

/** True while the process runs; a dead one that nobody has buried yet does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false; // it ended between the two questions
  }
}

export interface StopPatience {
  readonly fastMs: number;
  readonly immediateMs: number;
}

/** Fast shutdown; immediate shutdown and in the end SIGKILL when it takes too long. */
export async function stopPostmaster(
  clusterDir: string,
  pid: number,
  patience: StopPatience,
): Promise<void> {
  const steps: readonly (readonly [NodeJS.Signals, number])[] = [
    ['SIGINT', patience.fastMs],
    ['SIGQUIT', patience.immediateMs],
    ['SIGKILL', 5_000],
  ];
  for (const [signal, waitMs] of steps) {
    if (waitMs === 0) continue;
    if (!isAlive(pid) || !isPostmasterOf(clusterDir, pid)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
    if (await waitUntil(() => !isAlive(pid), waitMs)) return;
  }
}

function lockFile(clusterDir: string): string {
  return join(clusterDir, 'postmaster.pid');
}

function commandLine(pid: number): readonly string[] {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      return []; // no such process
    }
  }
  const asked = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const [program = '', ...rest] = asked.stdout.trim().split(' ');
  return [program, ...rest, ''];
}
