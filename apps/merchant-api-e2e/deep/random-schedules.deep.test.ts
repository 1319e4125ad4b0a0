import { neverHappened } from '../support/model/coverage';
import { runDeeply } from '../support/model/deep-run';

/** `DEEP_SCHEDULES` for each of `DEEP_SEEDS`, shared out among `DEEP_PROCESSES`. */
const schedules = Number(process.env['DEEP_SCHEDULES'] ?? 10_000);
const seeds = (process.env['DEEP_SEEDS'] ?? '1,2,3').split(',').map(Number);
const processes = Number(process.env['DEEP_PROCESSES'] ?? 2);
/** Below it, something rare may be missing by chance. */
const THOROUGH = 5_000;

test(`${schedules} random schedules of each of the seeds ${seeds.join(', ')} end with books that agree`, async () => {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };

  const report = await runDeeply({ schedules, seeds, processes, log });

  log(JSON.stringify(report.counts.all(), null, 1));
  const how = schedules * seeds.length < THOROUGH ? 'short run' : 'deep run';
  const missing = neverHappened(report.counts, how);
  log(
    `${report.schedules} schedules, ${seeds.length} seeds, ${report.findings.length} differences`,
  );
  expect(report.findings).toEqual([]);
  expect(missing).toEqual([]);
  expect(report.schedules).toBe(schedules * seeds.length);
});
