import { alignedRows } from './aligned-rows';
import { type Contestant, CONTESTANTS, type Rounds } from './contestants';
import { type NotificationsResult } from './measure-notifications';
import { type Round } from './run-round';
import { median, spread } from './statistics';

/** What is compared, and how a person reads it. */
const LINES = [
  { title: 'accepted a second', of: (round: Round) => round.acceptedPerSecond, digits: 0 },
  { title: 'pushed a second', of: (round: Round) => round.pushedPerSecond, digits: 0 },
  { title: 'subscriber came back', of: comebacksOf, digits: 0 },
  { title: 'CPU node, µs each', of: (round: Round) => round.nodeCpuUs, digits: 0 },
  { title: 'CPU PostgreSQL, µs each', of: (round: Round) => round.postgresCpuUs, digits: 0 },
  { title: 'CPU both, µs each', of: cpuOfBoth, digits: 0 },
  { title: 'p50, ms', of: (round: Round) => round.p50Ms, digits: 1 },
  { title: 'p99, ms', of: (round: Round) => round.p99Ms, digits: 1 },
] as const;

/** The result as a person reads it. */
export function reportNotifications(result: NotificationsResult): string {
  const { options, machine, eventDelay, noise } = result;
  const { rounds, seconds, connections, signType } = options;
  const all = [result.noise, result.manyConnections, result.oneConnection].flatMap((part) =>
    Object.values(part).flat(),
  );
  const refused = all.reduce((sum, round) => sum + round.refused, eventDelay.refused);
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    ...(machine.diskIsMemory
      ? ['The database lies in memory here: a durable commit costs nothing, so trust no figure.']
      : []),
    `${signType}, ${rounds} rounds of ${seconds} s, interleaved; medians, and the median of the ratios to the first column of the same round`,
    '',
    `Noise: the bare loop beside itself, ${noise.bare?.length ?? 0} rounds`,
    ...tableOf(noise),
    '',
    `${connections} connections`,
    ...tableOf(result.manyConnections),
    '',
    '1 connection',
    ...tableOf(result.oneConnection),
    '',
    ...besideTypical(result.manyConnections),
    `Flushes to the disk for one notification, ${connections} connections: bare loop ` +
      `${result.flushes.bare.each.toFixed(3)}, API, route alone ${result.flushes.route.each.toFixed(3)}`,
    `From Alipay's post to a subscriber, ${eventDelay.payments} payments, ${eventDelay.perSecond} a second, wallet asked for: ` +
      `p50 ${eventDelay.p50Ms.toFixed(1)} ms, p99 ${eventDelay.p99Ms.toFixed(1)} ms, longest ${eventDelay.maxMs.toFixed(1)} ms`,
    `Not acknowledged: ${refused}`,
  ].join('\n');
}

function tableOf(rounds: Rounds): string[] {
  const lanes = Object.entries(rounds) as [Contestant, readonly Round[]][];
  const [first] = lanes;
  if (first === undefined) return [];
  const rows = [
    ['', ...lanes.map(([name]) => CONTESTANTS[name])],
    ...LINES.map((line) => [
      line.title,
      ...lanes.map(([name, lane]) => {
        const value = medianOf(lane, line.of);
        if (value === null) return '–';
        const ratio = name === first[0] ? null : ratioOf(lane, first[1], line.of);
        return `${value.toFixed(line.digits)}${ratio === null ? '' : `  ${ratio.toFixed(2)}×`}`;
      }),
    ]),
    [
      'rounds apart by',
      ...lanes.map(
        ([, lane]) =>
          `${(spread(lane.map((round) => round.acceptedPerSecond)) * 100).toFixed(0)} %`,
      ),
    ],
  ];
  return alignedRows(rows);
}

/** The comparison that the tables do not make: their ratios are to the first column. */
function besideTypical({ typical, route, whole }: Rounds): string[] {
  if (typical === undefined) return [];
  const beside = (name: string, rounds: readonly Round[] = []): string =>
    `${name} beside ${CONTESTANTS.typical}: throughput ` +
    `${shown(ratioOf(rounds, typical, (round) => round.acceptedPerSecond))}, CPU of both ` +
    shown(ratioOf(rounds, typical, cpuOfBoth));
  return [beside(CONTESTANTS.route, route), beside(CONTESTANTS.whole, whole)];
}

function shown(ratio: number | null): string {
  return ratio === null ? '–' : `${ratio.toFixed(2)}×`;
}

type Reading = (round: Round) => number | null;

/** Null when any round lacks the value. */
function medianOf(rounds: readonly Round[], of: Reading): number | null {
  return medianOfAll(rounds.map(of));
}

/** Of each round to the base's in the same turn, which shared the machine's weather; the median. */
function ratioOf(rounds: readonly Round[], base: readonly Round[], of: Reading): number | null {
  return medianOfAll(
    rounds.map((round, index) => {
      const value = of(round);
      const other = base[index];
      const beside = other === undefined ? null : of(other);
      return value === null || beside === null || beside === 0 ? null : value / beside;
    }),
  );
}

function medianOfAll(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length ? null : median(known);
}

/** How often a round, where there is a subscriber at all. */
function comebacksOf({ comebacks, pushedPerSecond }: Round): number | null {
  return pushedPerSecond === null ? null : comebacks;
}

function cpuOfBoth({ nodeCpuUs, postgresCpuUs }: Round): number | null {
  return nodeCpuUs === null || postgresCpuUs === null ? null : nodeCpuUs + postgresCpuUs;
}
