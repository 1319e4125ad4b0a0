import { createChance } from '../support/chance';
import { runDays } from '../support/days/run-days';

const DAYS = 12;
const TIMEOUT_MS = 20 * 60_000;

const { seed } = createChance();

test(
  `twelve days of business close without a person, and the books equal Alipay’s (E2E_SEED=${seed})`,
  async () => {
    const { findings, counts } = await runDays({ seed, days: DAYS });

    expect(findings).toEqual([]);
    expect(counts.of('days')).toBe(DAYS);
  },
  TIMEOUT_MS,
);
