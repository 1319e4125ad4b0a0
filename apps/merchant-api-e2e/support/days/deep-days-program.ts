import { plantFaults } from './plant-faults';
import { runDays } from './run-days';

/** A part of a deep run: days of one world, or rounds of planted faults. */
export interface DaysUnit {
  readonly seed: number;
  readonly days?: number;
  readonly rounds?: number;
}

export interface DaysSaid {
  readonly days?: number;
  readonly planted?: number;
  readonly findings: readonly string[];
  readonly counted: Readonly<Record<string, number>>;
}

process.on('message', (unit: DaysUnit) => {
  void run(unit).then((said) => {
    process.send?.(said, () => process.exit(0));
  });
});
process.on('disconnect', () => process.exit(1)); // the test is gone

async function run({ seed, days = 0, rounds = 0 }: DaysUnit): Promise<DaysSaid> {
  if (rounds > 0) {
    const { planted, findings, counts } = await plantFaults(seed, rounds);
    return { planted, findings, counted: counts.all() };
  }
  const { findings, counts } = await runDays({ seed, days });
  return { days: counts.of('days'), findings, counted: counts.all() };
}
