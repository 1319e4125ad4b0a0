import { runSchedules } from './run-schedules';

/** A part of a deep run. */
export interface Unit {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** What is told of it: each round, and in the end how often each thing happened. */
export interface Said {
  readonly round?: { readonly schedules: number; readonly findings: readonly string[] };
  readonly counted?: Readonly<Record<string, number>>;
}

process.on('message', (unit: Unit) => {
  void run(unit);
});
process.on('disconnect', () => process.exit(1)); // the test is gone

async function run(unit: Unit): Promise<void> {
  const say = (said: Said): void => {
    process.send?.(said);
  };
  const { counts } = await runSchedules({
    ...unit,
    tell: (schedules, findings) => {
      say({ round: { schedules, findings } });
    },
  });
  process.send?.({ counted: counts.all() } satisfies Said, () => process.exit(0));
}
