import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

import { type PostgresServer, serverProcesses } from '@countersign/postgres';

/**
 * A disk that is full, for PostgreSQL alone and without a privilege: its files may not grow past a
 * size. Whatever would make one longer fails, as it does on a full disk.
 */
export function letFilesGrowTo(server: PostgresServer, bytes: number | 'unlimited'): void {
  for (const pid of serverProcesses(server)) setLimit(pid, bytes);
}

/** The soft limit alone, which its owner may raise again: that user, and not even root, may do it. */
export function setLimit(pid: number, bytes: number | 'unlimited'): void {
  try {
    const { uid, gid } = statSync(`/proc/${pid}`);
    const limit = ['--pid', `${pid}`, `--fsize=${bytes}:`];
    execFileSync('prlimit', limit, { stdio: 'pipe', cwd: '/', uid, gid });
  } catch (error) {
    if (!/No such process|ENOENT/.test(String(error))) throw error; // it has ended meanwhile
  }
}

/** Why there is no full disk on this machine; undefined where there is one. */
export function whyNoFullDisk(): string | undefined {
  if (process.platform !== 'linux') return 'the size of files is limited by a call of Linux';
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'this machine has no prlimit (util-linux)';
  }
}
