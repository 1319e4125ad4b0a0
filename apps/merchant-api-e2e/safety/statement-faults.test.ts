import { createChance } from '../support/chance';
import { plantFaults } from '../support/days/plant-faults';
import { PLANTS } from '../support/days/plants';
import { PLANTS_ELSEWHERE } from '../support/days/plants-elsewhere';

const TIMEOUT_MS = 20 * 60_000;

const { seed } = createChance();

test(
  `one fault of each kind in a day’s files is told exactly, and nothing else (E2E_SEED=${seed})`,
  async () => {
    const { findings, planted } = await plantFaults(seed);

    expect(findings).toEqual([]);
    expect(planted).toBe(PLANTS.length + PLANTS_ELSEWHERE.length);
  },
  TIMEOUT_MS,
);
