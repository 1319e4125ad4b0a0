import { alignedRows } from './aligned-rows';
import { type Imported, type StatementsResult } from './measure-statements';
import { median } from './statistics';

export function reportStatements(result: StatementsResult): string {
  const { options, machine, product, bare, again, lacking } = result;
  const ratio = median(product.map(({ seconds }, round) => seconds / (bare[round]?.seconds ?? 0)));
  const row = (name: string, rounds: readonly Imported[]): string[] => {
    const seconds = median(rounds.map((round) => round.seconds));
    const postgres = rounds.map(({ postgresCpuSeconds }) => postgresCpuSeconds ?? Number.NaN);
    return [
      name,
      seconds.toFixed(1),
      (options.lines / seconds).toFixed(0),
      median(rounds.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1),
      median(postgres).toFixed(1),
      median(rounds.map(({ restMb }) => restMb)).toFixed(0),
      Math.max(...rounds.map(({ peakMb }) => peakMb)).toFixed(0),
    ];
  };
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `A file of ${options.lines} lines (${(result.fileBytes / 1e6).toFixed(1)} MB) against as many payments, ` +
      `${options.rounds} rounds in turn, medians; memory is resident, the peak the highest of all rounds`,
    '',
    ...alignedRows([
      ['', 'seconds', 'lines/s', 'CPU node s', 'CPU PostgreSQL s', 'at rest MB', 'peak MB'],
      row('bare loop', bare),
      row('product', product),
      row('product, the same file again', [again]),
      row('product, a file that lacks them all', [lacking]),
    ]),
    '',
    `The product takes ${ratio.toFixed(2)}× the time of the bare loop; the same file again changes nothing; ` +
      `${result.missing} payments that the last file lacks are each told of once`,
  ].join('\n');
}
