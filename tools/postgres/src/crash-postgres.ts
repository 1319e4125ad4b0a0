import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { errorCode } from './errors';
import { isAlive } from './postmaster';
import type { PostgresServer } from './start-postgres';
import { waitUntil } from './wait-until';

const ENDED_WITHIN_MS = 5_000;

/**
 * Ends a server as a test of crashes wants it: `immediately` as PostgreSQL calls a shutdown that
 * writes nothing more, `by force` with SIGKILL to it and to each of its processes.
 */
export async function crashPostgres(
  server: PostgresServer,
  how: 'immediately' | 'by force',
): Promise<void> {
  const processes = serverProcesses(server);
  if (how === 'immediately') process.kill(server.pid, 'SIGQUIT');
  else for (const pid of processes) killHard(pid);
  await server.exited;
  await waitUntil(() => !processes.some(isAlive), ENDED_WITHIN_MS);
}

/** The postmaster first, then its children. */
export function serverProcesses({ pid }: PostgresServer): readonly number[] {
  const children = parents().flatMap(([child, parent]) => (parent === pid ? [child] : []));
  return [pid, ...children];
}

/** Each process of this machine with the one that started it. */
function parents(): readonly (readonly [pid: number, parent: number])[] {
  if (process.platform === 'linux') return readdirSync('/proc').flatMap(parentInProc);
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || parent === undefined ? [] : [[pid, parent] as const];
  });
}

function parentInProc(entry: string): (readonly [number, number])[] {
  if (!/^\d+$/.test(entry)) return [];
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [[Number(entry), Number(parent)]];
  } catch {
    return []; // it has ended since
  }
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error; // it has ended by itself meanwhile
  }
}
