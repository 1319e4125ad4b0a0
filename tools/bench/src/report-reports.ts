import { alignedRows } from './aligned-rows';
import { type ReportsResult } from './measure-reports';

export function reportReports({ options, machine, sizes, sums }: ReportsResult): string {
  const heads = sizes.map((size) => size.toLocaleString('en'));
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, load before ${machine.loadBefore.toFixed(1)}`,
    `Sums over growing numbers of payments of ${options.stores} stores in 396 days, ${options.rounds} rounds or fewer`,
    '',
    'p50 / p95 in ms',
    ...alignedRows([
      ['', ...heads],
      ...sums.map(({ what, at }) => [
        what,
        ...at.map(({ p50Ms, p95Ms }) => `${p50Ms.toFixed(1)} / ${p95Ms.toFixed(1)}`),
      ]),
    ]),
    '',
    'buffers of 8 kB, and what the largest is read by',
    ...alignedRows([
      ['', ...heads, ''],
      ...sums.map(({ what, at }) => [
        what,
        ...at.map(({ buffers }) => buffers.toLocaleString('en')),
        at.at(-1)?.scans.join(' ') ?? '',
      ]),
    ]),
  ].join('\n');
}
