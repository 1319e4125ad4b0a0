import { alignedRows } from './aligned-rows';
import { type OperationRound, type OperationsResult, type SideName } from './measure-operations';
import { median, spread } from './statistics';

const SIDES: Readonly<Record<SideName, string>> = {
  stock: 'stock',
  stockAgain: 'stock again',
  product: 'product',
};
const LINES = [
  { title: 'answers a second', of: (round: OperationRound) => round.answersPerSecond, digits: 0 },
  { title: 'CPU node, µs each', of: (round: OperationRound) => round.nodeCpuUs, digits: 0 },
  {
    title: 'CPU PostgreSQL, µs each',
    of: (round: OperationRound) => round.postgresCpuUs,
    digits: 0,
  },
  { title: 'CPU both, µs each', of: cpuOfBoth, digits: 0 },
  { title: 'p50, ms', of: (round: OperationRound) => round.p50Ms, digits: 1 },
  { title: 'p99, ms', of: (round: OperationRound) => round.p99Ms, digits: 1 },
] as const;

/** To what one side hardly does at all there is no ratio. */
const RATIO_MAX = 100;

type Line = (typeof LINES)[number];
type Sides = Readonly<Record<SideName, readonly OperationRound[]>>;

/** Medians of each side, with the median of the rounds' own ratios to the stock server. */
export function reportOperations({ options, machine, operations }: OperationsResult): string {
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `${options.rounds} rounds of ${options.seconds} s, ${options.connections} connections, ${options.transactions} payments`,
    ...Object.entries(operations).flatMap(([name, sides]) => ['', ...table(name, sides)]),
  ].join('\n');
}

function table(name: string, sides: Sides): string[] {
  const names = Object.keys(SIDES) as SideName[];
  return alignedRows([
    [name, ...names.map((side) => SIDES[side])],
    ...LINES.map((line) => [line.title, ...names.map((side) => cell(line, sides, side))]),
  ]);
}

function cell({ of, digits }: Line, sides: Sides, side: SideName): string {
  const values = sides[side].map(of).filter((value) => value !== null);
  if (values.length < sides[side].length || !values.every(Number.isFinite)) return '–';
  const shown = `${median(values).toFixed(digits)} ±${(spread(values) * 50).toFixed(0)} %`;
  if (side === 'stock') return shown;
  const ratio = median(values.map((value, round) => value / ratioBase(of, sides, round)));
  return ratio < RATIO_MAX ? `${shown} (${ratio.toFixed(2)}×)` : shown;
}

function ratioBase(of: Line['of'], sides: Sides, round: number): number {
  const base = sides.stock[round];
  return (base === undefined ? null : of(base)) ?? Number.NaN;
}

function cpuOfBoth({ nodeCpuUs, postgresCpuUs }: OperationRound): number | null {
  return nodeCpuUs === null || postgresCpuUs === null ? null : nodeCpuUs + postgresCpuUs;
}
