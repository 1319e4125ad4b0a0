import { alignedRows } from './aligned-rows';
import { type Flatness, flatnessOf } from './flatness';
import { type SoakResult, type SoakWindow } from './measure-soak';

interface Line {
  readonly title: string;
  readonly of: (window: SoakWindow) => number | null;
  readonly digits: number;
  /** A process that has just started is not at rest yet. */
  readonly fromShare?: number;
  /** As many must be there in every window, whatever chance would do. */
  readonly isConstant?: boolean;
}

const LINES: readonly Line[] = [
  {
    title: 'memory of the API that stays, MB',
    of: (window) => window.stayingMb,
    digits: 0,
    fromShare: 1 / 3,
  },
  { title: 'memory of all processes, MB', of: (window) => window.residentMb, digits: 0 },
  { title: 'tills connected', of: (window) => window.connectedTills, digits: 0, isConstant: true },
  { title: 'connections to PostgreSQL', of: (window) => window.databaseConnections, digits: 0 },
  { title: 'post to till, p50, ms', of: (window) => window.p50Ms, digits: 1 },
  { title: 'post to till, p99, ms', of: (window) => window.p99Ms, digits: 1 },
  { title: 'cores busy, product', of: (window) => window.nodeCores, digits: 2 },
  { title: 'cores busy, PostgreSQL', of: (window) => window.postgresCores, digits: 2 },
];

/** Windows without a restart, first and last, and whether the line through them rises. */
export function reportSoak(result: SoakResult): string {
  const { options, machine, windows, verdict } = result;
  const calm = windows.filter(({ isDisturbed }) => !isDisturbed);
  const restarted = windows.filter(({ isDisturbed }) => isDisturbed);
  const worst = Math.max(...restarted.map(({ p99Ms }) => p99Ms));
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, fsync ${machine.fsync}, load before ${machine.loadBefore.toFixed(1)}`,
    `${result.seconds} s, ${options.tills} tills of ${options.stores} stores, ${result.payments} payments at ${options.rate} a second, ` +
      `${result.rollingRestarts} rolling restarts (${result.restartedProcesses} processes)`,
    '',
    ...alignedRows([
      [`${calm.length} windows without a restart`, 'mean', 'rises by', 'chance alone', 'flat'],
      ...LINES.map((line) => rowOf(line, calm)),
    ]),
    ...(restarted.length === 0
      ? []
      : [`p99 from post to till in windows with a restart: at most ${worst.toFixed(0)} ms`]),
    `Posts that had to be repeated: ${result.refused}; tills that came back: ${result.comebacks}, of them after an error: ${result.streamErrors}`,
    `Not heard: ${verdict.missing}; heard twice: ${verdict.doubled}; heard of another store's: ${verdict.foreign}; wrong in the books: ${result.booksWrong}`,
  ].join('\n');
}

/** Undefined when every till saw every payment once, and the books agree. */
export function whatWasMissed({ verdict, booksWrong }: SoakResult): string | undefined {
  const { missing, doubled, foreign } = verdict;
  if (missing + doubled + foreign + booksWrong === 0) return undefined;
  return `${missing} payments were not heard, ${doubled} twice, ${foreign} at another store's till; ${booksWrong} are wrong in the books.`;
}

function rowOf(line: Line, calm: readonly SoakWindow[]): string[] {
  const { title, of, digits, fromShare = 0, isConstant = false } = line;
  const values = calm
    .slice(Math.floor(calm.length * fromShare))
    .map(of)
    .filter((value) => value !== null);
  if (values.length < 2) return [title, '–', '–', '–', '–'];
  const { mean, drift, noise, isFlat }: Flatness = flatnessOf(values);
  const isSo = isConstant ? Math.min(...values) === Math.max(...values) : isFlat;
  const verdict = isSo === null ? 'too short' : isSo ? 'yes' : 'NO';
  return [title, ...[mean, drift, noise].map((value) => value.toFixed(digits)), verdict];
}
