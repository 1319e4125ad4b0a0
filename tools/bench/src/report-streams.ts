import { alignedRows } from './aligned-rows';
import { type FanOutSide, type ScatteredSide, type StreamsResult } from './measure-streams';
import { median, spread } from './statistics';
import { type StreamRound } from './stream-sides';

const FAN_OUT: Readonly<Record<FanOutSide, string>> = {
  bare: 'one Buffer to all',
  bareAgain: 'again',
  product: 'product',
  stock: 'graphql-ws as it comes',
};
const SCATTERED: Readonly<Record<ScatteredSide, string>> = {
  one: 'one subscription',
  oneAgain: 'again',
  many: 'as many as stores',
};

/** Medians of each side, with the median of the rounds' own ratios to the first. */
export function reportStreams(result: StreamsResult): string {
  const { options, machine, fanOut, scattered, slow } = result;
  const { one, many } = scattered.idleMs;
  const shownMs = (value: number | null): string => value?.toFixed(1) ?? '–';
  const shownMb = (value: number | null): string => value?.toFixed(0) ?? '–';
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `${options.rounds} rounds, interleaved; CPU of the server's process for one event, medians and the median of the ratios to the first column of the same round`,
    ...fanOut.flatMap(({ subscriptions, messageBytes, sides }) => [
      '',
      ...table(
        `${subscriptions} equal subscriptions, ${messageBytes} bytes each`,
        FAN_OUT,
        sides,
        () => 0,
      ),
      `product beside ${FAN_OUT.stock}: CPU ${shown(ratioOf(sides.product, sides.stock, cpuMs))}`,
    ]),
    '',
    ...table(
      `one event, ${options.subscriptions} stores, a subscription each`,
      SCATTERED,
      scattered.sides,
      (side, { seconds, events }) =>
        ((side === 'many' ? (many ?? 0) : (one ?? 0)) * seconds) / events,
    ),
    `Without events: one subscription ${shownMs(one)} ms of CPU a second, ${options.subscriptions} ${shownMs(many)} ms (pings, looking after sockets)`,
    '',
    `${slow.slow} subscribers that do not read, ${slow.messageBytes} bytes a message, ${slow.events} events: ` +
      (slow.closedAfterSeconds === null
        ? 'not all were closed'
        : `all closed after ${slow.closedAfterSeconds.toFixed(1)} s, with ${Object.entries(
            slow.codes,
          )
            .map(([code, count]) => `${count} × ${code}`)
            .join(', ')}`),
    `Resident memory of the server: ${shownMb(slow.restMb)} MB before, at most ${shownMb(slow.peakMb)} MB, ${shownMb(slow.afterMb)} MB after`,
  ].join('\n');
}

type Reading = (round: StreamRound) => number | null;
type IdleMs<Name> = (side: Name, round: StreamRound) => number;

const cpuMs: Reading = (round) => round.cpuMs;

function table<Name extends string>(
  title: string,
  names: Readonly<Record<Name, string>>,
  sides: Readonly<Record<Name, readonly StreamRound[]>>,
  idleMs: IdleMs<Name>,
): string[] {
  const columns = Object.keys(names) as Name[];
  const [first] = columns;
  if (first === undefined) return [];
  const line = (
    label: string,
    digits: number,
    of: (side: Name) => (round: StreamRound) => number | null,
  ): string[] => [
    label,
    ...columns.map((side) => {
      const values = sides[side].map(of(side)).filter((value) => value !== null);
      if (values.length < sides[side].length) return '–';
      const text = `${median(values).toFixed(digits)} ±${(spread(values) * 50).toFixed(0)} %`;
      if (side === first) return text;
      const ratio = median(
        sides[side].map((round, index) => {
          const base = sides[first][index];
          return (
            (of(side)(round) ?? Number.NaN) /
            ((base === undefined ? null : of(first)(base)) ?? Number.NaN)
          );
        }),
      );
      return `${text} (${shown(ratio)})`;
    }),
  ];
  const withoutIdle =
    (side: Name): Reading =>
    (round) =>
      round.cpuMs === null ? null : round.cpuMs - idleMs(side, round);
  const hasIdle = sides[first].some((round) => idleMs(first, round) > 0);
  return alignedRows([
    [title, ...columns.map((side) => names[side])],
    line('CPU, ms an event', 2, () => cpuMs),
    ...(hasIdle ? [line('the same without what it takes when idle', 2, withoutIdle)] : []),
    line('from the first to the last, ms', 1, () => (round) => round.spreadMs),
    line('until the last has it, p50, ms', 1, () => (round) => round.p50Ms),
    line('until the last has it, p99, ms', 1, () => (round) => round.p99Ms),
  ]);
}

function ratioOf(
  rounds: readonly StreamRound[],
  base: readonly StreamRound[],
  of: Reading,
): number {
  return median(
    rounds.map((round, index) => {
      const other = base[index];
      return (of(round) ?? Number.NaN) / ((other === undefined ? null : of(other)) ?? Number.NaN);
    }),
  );
}

function shown(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–';
}
