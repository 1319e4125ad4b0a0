import { createChance } from '../support/chance';
import { neverHappened } from '../support/model/coverage';
import { AT_A_PLACE, runSchedules, shrinkSchedule } from '../support/model/run-schedules';

const SCHEDULES = 80;
const SHRINK_WITHIN_MS = 10 * 60_000;
const TIMEOUT_MS = 20 * 60_000;

const { seed } = createChance();
const again = {
  schedule: process.env['E2E_SCHEDULE'],
  round: process.env['E2E_ROUND']?.split('-').map(Number),
};

if (again.schedule === undefined && again.round === undefined) {
  test(
    `whatever is done and goes wrong in whatever order, the books agree in the end (E2E_SEED=${seed})`,
    async () => {
      const from = AT_A_PLACE * (seed % 3); // each signs in another way

      const { findings, counts } = await runSchedules({ seed, from, to: from + SCHEDULES });

      expect(findings).toEqual([]);
      expect(neverHappened(counts, 'short run')).toEqual([]);
    },
    TIMEOUT_MS,
  );
}

if (again.round !== undefined) {
  test(
    'a round of schedules again',
    async () => {
      const [from = 0, to = 0] = again.round ?? [];

      const { findings } = await runSchedules({ seed, from, to });

      expect(findings).toEqual([]);
    },
    TIMEOUT_MS,
  );
}

if (again.schedule !== undefined) {
  test(
    'one schedule again, made as small as it fails',
    async () => {
      const found = await shrinkSchedule(seed, Number(again.schedule), SHRINK_WITHIN_MS);

      expect(found).toEqual({ ...found, fails: false });
    },
    TIMEOUT_MS,
  );
}
