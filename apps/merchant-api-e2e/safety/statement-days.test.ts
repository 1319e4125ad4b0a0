import { createChance } from '../support/chance';
import { runDays } from '../support/days/run-days';

const DAYS = 30;

const { seed } = createChance();

test(`thirty days of business close without a person, and the books equal Alipay’s (E2E_SEED=${seed})`, async () => {
  const { findings, counts } = await runDays({ seed, days: DAYS });

  if (process.env['E2E_LOG'] !== undefined)
    process.stderr.write(JSON.stringify(counts.all(), null, 1));
  expect(findings).toEqual([]);
}, 120_000);
