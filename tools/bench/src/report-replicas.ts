import { alignedRows } from './aligned-rows';
import { type ReplicaRound, type ReplicasResult, type ReplicasSide } from './measure-replicas';
import { median, spread } from './statistics';

const SIDES: Readonly<Record<ReplicasSide, string>> = {
  together: 'one process',
  togetherAgain: 'again',
  apart: 'two API, a worker',
  apartWithRedis: 'and Redis',
};
const LINES = [
  { title: 'accepted a second', of: (round: ReplicaRound) => round.acceptedPerSecond, digits: 0 },
  { title: 'pushed a second', of: (round: ReplicaRound) => round.pushedPerSecond, digits: 0 },
  { title: 'CPU node, µs each', of: (round: ReplicaRound) => round.nodeCpuUs, digits: 0 },
  {
    title: 'CPU PostgreSQL, µs each',
    of: (round: ReplicaRound) => round.postgresCpuUs,
    digits: 0,
  },
  { title: 'transactions each', of: (round: ReplicaRound) => round.commits, digits: 3 },
  { title: 'p50, ms', of: (round: ReplicaRound) => round.p50Ms, digits: 1 },
  { title: 'p99, ms', of: (round: ReplicaRound) => round.p99Ms, digits: 1 },
] as const;

/** Medians of each side, with the median of the rounds' own ratios to the one process. */
export function reportReplicas({ options, machine, sides }: ReplicasResult): string {
  const names = (Object.keys(SIDES) as ReplicasSide[]).filter((name) => sides[name] !== undefined);
  const all = names.flatMap((name) => sides[name] ?? []);
  const sum = (of: (round: ReplicaRound) => number): number =>
    all.reduce((total, round) => total + of(round), 0);
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `${options.rounds} rounds of ${options.seconds} s, interleaved, ${options.connections} connections; a subscriber at each API process hears of every payment`,
    '',
    ...alignedRows([
      ['', ...names.map((name) => SIDES[name])],
      ...LINES.map(({ title, of, digits }) => [
        title,
        ...names.map((name) => cell(of, digits, sides[name] ?? [], sides.together ?? [])),
      ]),
    ]),
    `Not acknowledged: ${sum((round) => round.refused)}; subscribers that came back: ${sum((round) => round.comebacks)}`,
  ].join('\n');
}

function cell(
  of: (round: ReplicaRound) => number | null,
  digits: number,
  rounds: readonly ReplicaRound[],
  base: readonly ReplicaRound[],
): string {
  const values = rounds.map(of).filter((value) => value !== null);
  if (values.length < rounds.length || values.length === 0) return '–';
  const shown = `${median(values).toFixed(digits)} ±${(spread(values) * 50).toFixed(0)} %`;
  if (rounds === base) return shown;
  const ratio = median(
    values.map((value, round) => {
      const other = base[round];
      return value / ((other === undefined ? null : of(other)) ?? Number.NaN);
    }),
  );
  return `${shown} (${ratio.toFixed(2)}×)`;
}
