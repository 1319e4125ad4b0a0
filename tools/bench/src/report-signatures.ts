import { alignedRows } from './aligned-rows';
import { type Cost, type SignaturesResult } from './measure-signatures';

/** The result as a person reads it. */
export function reportSignatures(result: SignaturesResult): string {
  const { options, node, verifying, signing, forms, answers } = result;
  return [
    `RSA2 with 2048 bits, Node ${node}, ${options.rounds} rounds, interleaved; CPU of one call, medians, and the ratio to the first line`,
    '',
    ...alignedRows(rowsOf(verifying)),
    '',
    ...alignedRows(rowsOf(signing)),
    '',
    ...alignedRows(rowsOf(forms)),
    '',
    ...alignedRows(rowsOf(answers)),
  ].join('\n');
}

function rowsOf(costs: readonly Cost[]): string[][] {
  const base = costs[0]?.cpuUs ?? Number.NaN;
  return costs.map(({ what, cpuUs }, index) => [
    what,
    `${cpuUs.toFixed(1)} µs`,
    index === 0 ? '' : `${(cpuUs / base).toFixed(3)}×`,
  ]);
}
