import { runDaysDeeply } from '../support/days/deep-days';

/** `DEEP_DAYS` over all of `DEEP_SEEDS`, and as many rounds of planted faults for each. */
const days = Number(process.env['DEEP_DAYS'] ?? 10_000);
const rounds = Number(process.env['DEEP_ROUNDS'] ?? 5);
const seeds = (process.env['DEEP_SEEDS'] ?? '1,2,3').split(',').map(Number);
const processes = Number(process.env['DEEP_PROCESSES'] ?? 2);

test(`${days} days of business of the seeds ${seeds.join(', ')} close without a person, and each planted fault is told`, async () => {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };

  const report = await runDaysDeeply({ days, rounds, seeds, processes, log });

  log(JSON.stringify(report.counts.all(), null, 1));
  expect(report.findings).toEqual([]);
  expect(report.days).toBe(days);
});
