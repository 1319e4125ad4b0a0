import { crash, everyPoint } from '../support/crash-points';
import { FLOWS } from '../support/crash-points-flows';
import { type CrashSite, openCrashSite } from '../support/crash-points-site';

let site: CrashSite;

beforeEach(async () => {
  site = await openCrashSite();
});
afterEach(async () => {
  await site.close();
});

test.each(FLOWS)(
  'killed before and after every statement while $title, the API loses and doubles nothing',
  async (flow) => {
    const { findings, points, reached, kills } = await crash(site, flow, everyPoint);

    process.stdout.write(`${flow.title}: ${reached} of ${points} points, ${kills} kills\n`);
    expect(findings).toEqual([]);
    expect(points).toBeGreaterThan(0);
    expect(reached).toBe(points);
  },
);
