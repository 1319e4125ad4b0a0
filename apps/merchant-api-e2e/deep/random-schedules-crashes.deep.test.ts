import { CRASHING_GROUND } from '../support/model/crashing-ground';
import { runSchedules } from '../support/model/run-schedules';

/** `DEEP_CRASH_SCHEDULES` of one seed: each death and each start take seconds. */
const schedules = Number(process.env['DEEP_CRASH_SCHEDULES'] ?? 320);
const [seed = 4] = (process.env['DEEP_SEEDS'] ?? '4').split(',').map(Number);

test(`${schedules} random schedules on processes that are killed, and a PostgreSQL that is, end with books that agree`, async () => {
  let done = 0;

  const { findings, counts } = await runSchedules({
    ...{ seed, from: 0, to: schedules, ground: CRASHING_GROUND },
    tell: (round, found) => {
      done += round;
      process.stderr.write(`${done} of ${schedules} schedules\n${found.join('\n')}`);
    },
  });

  process.stderr.write(
    `${schedules} schedules, ${counts.of('kill')} kills, ${counts.of('sever')} crashes of PostgreSQL, ${findings.length} differences\n`,
  );
  expect(findings).toEqual([]);
  expect(counts.of('kill')).toBeGreaterThan(0);
  expect(counts.of('sever')).toBeGreaterThan(0);
});
