import { alignedRows } from './aligned-rows';
import { type Memory, type MemoryResult } from './measure-memory';

export function reportMemory({ options, machine, rest, runs }: MemoryResult): string {
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `Resident memory of the API's process (and what JavaScript held of it), MB, after it came to rest`,
    '',
    ...alignedRows([
      ['', ...runs.map((_, index) => `run ${index + 1}`)],
      ['at rest, just started', shown(rest), ...runs.slice(1).map(() => '')],
      [`after ${options.count} notifications`, ...runs.map(({ notified }) => shown(notified))],
      [
        `with ${options.subscribers} idle subscribers`,
        ...runs.map(({ subscribed }) => shown(subscribed)),
      ],
      ['after they have left', ...runs.map(({ left }) => shown(left))],
      [
        'on disk for each payment, kB',
        ...runs.map(({ diskBytesEach }) => (diskBytesEach / 1_024).toFixed(1)),
      ],
      ['notifications, seconds', ...runs.map(({ seconds }) => seconds.toFixed(0))],
    ]),
  ].join('\n');
}

function shown({ residentMb, heapMb }: Memory): string {
  return `${residentMb?.toFixed(0) ?? '–'} (${heapMb.toFixed(0)})`;
}
