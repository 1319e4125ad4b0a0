import { readFileSync } from 'node:fs';

/** Resident memory of a process in MB; null where the system does not say. */
export function residentMbOf(pid: number): number | null {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? null : Number(kb) / 1_024;
  } catch {
    return null; // it has ended, or this is no Linux
  }
}
