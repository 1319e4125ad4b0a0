import { createChance } from '../support/chance';
import { crash, somePoints } from '../support/crash-points';
import { FLOWS } from '../support/crash-points-flows';
import { type CrashSite, openCrashSite } from '../support/crash-points-site';

jest.setTimeout(180_000); // starting programs takes its time where much else is running

let site: CrashSite;

beforeAll(async () => {
  site = await openCrashSite();
});
afterAll(async () => {
  await site.close();
});

/** One of two kinds: every run of the tests tries other statements, and the deep run all of them. */
const chance = createChance();
const FAMILIES = [/notification/, /refund/, /cancel/, /code|modify|stop/];
const left = [...FAMILIES];
const chosen = [0, 1].map(() => {
  const [family = /./] = left.splice(chance.below(left.length), 1);
  return chance.oneOf(FLOWS.filter(({ title }) => family.test(title)));
});

test(`killed at any statement, the API loses and doubles nothing (E2E_SEED=${chance.seed})`, async () => {
  for (const flow of chosen) {
    const { findings, reached } = await crash(site, flow, somePoints(2, chance), { rehearsals: 1 });

    expect(findings).toEqual([]);
    expect(reached).toBe(2);
  }
});
