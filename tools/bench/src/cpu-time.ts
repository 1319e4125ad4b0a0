import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever its kernel's own clock. */
const MS_PER_TICK = 10;

/** CPU that a process has used so far, all its threads; null where the system does not say. */
export function cpuMsOf(pid: number): number | null {
  const stat = readStat(pid);
  return stat === null ? null : stat.ownMs;
}

/** The same of a process and its children, those included that have ended. */
export function cpuMsOfFamily(pid: number): number | null {
  const children = pidsOfAll()
    .map(readStat)
    .filter((stat) => stat?.parent === pid);
  const parent = readStat(pid);
  if (parent === null) return null;
  return children.reduce((sum, child) => sum + (child?.ownMs ?? 0), parent.ownMs + parent.endedMs);
}

interface Stat {
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended. */
  readonly endedMs: number;
}

function readStat(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null; // it has ended, or this is no Linux
  }
  // The name in parentheses may hold blanks; what follows is counted from the process state.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (index: number): number => Number(fields[index]) * MS_PER_TICK;
  return {
    parent: Number(fields[1]),
    ownMs: ticks(11) + ticks(12),
    endedMs: ticks(13) + ticks(14),
  };
}

function pidsOfAll(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
