import { type ExportsResult } from './measure-exports';

export function reportExports({ options, machine, ...export_ }: ExportsResult): string {
  const { bytes, seconds, memoryMb, peakMb, apiCpuSeconds, postgresCpuSeconds } = export_;
  const [rest = null, ...tenths] = memoryMb;
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `${options.rows} payments as ${options.format}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ` +
      `${(options.rows / seconds).toFixed(0)} rows a second; CPU of the API ${shown(apiCpuSeconds, 1)} s, of PostgreSQL ${shown(postgresCpuSeconds, 1)} s`,
    `Resident memory of the API: at rest ${shown(rest)} MB, after each tenth ` +
      `${tenths.map((mb) => shown(mb)).join(' ')}, at most ${shown(peakMb)} MB`,
  ].join('\n');
}

function shown(value: number | null, digits = 0): string {
  return value === null ? '–' : value.toFixed(digits);
}
