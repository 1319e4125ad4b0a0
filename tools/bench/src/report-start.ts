import { alignedRows } from './aligned-rows';
import { type StartResult } from './measure-start';

/** The result as a person reads it. */
export function reportStart({ options, node, first, second }: StartResult): string {
  const row = (what: string, { postgresMs, productMs }: StartResult['first']): string[] => [
    what,
    `${postgresMs} ms`,
    `${productMs} ms`,
    `${((productMs - postgresMs) / 1_000).toFixed(1)} s more`,
  ];
  return [
    `npm start to its last ready line, modules installed, Node ${node}, ${options.rounds} rounds, interleaved, medians`,
    '',
    ...alignedRows([
      ['', 'PostgreSQL alone', 'the product', ''],
      row('first start, with a new database', first),
      row('second start', second),
    ]),
  ].join('\n');
}
