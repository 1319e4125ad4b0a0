import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process number alone is no identity: numbers are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the system's own words; empty where that cannot be learnt. */
  readonly began: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, began: beginningOf(pid) ?? '' };
}

/** True while that very process runs, and not merely one with its number. */
export function isRunning({ pid, began }: ProcessIdentity): boolean {
  return pid > 1 && beginningOf(pid) === began;
}

export function parseIdentity(text: string): ProcessIdentity | null {
  const found = /^(\d+) (.*)$/m.exec(text);
  return found === null ? null : { pid: Number(found[1]), began: found[2]?.trim() ?? '' };
}

export function formatIdentity({ pid, began }: ProcessIdentity): string {
  return `${pid} ${began}`;
}

function beginningOf(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? null : (rest[18] ?? null);
    } catch {
      return null; // no such process
    }
  }
  const asked = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const began = asked.stdout.trim();
  return began === '' ? null : began;
}
