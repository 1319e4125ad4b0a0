import { createChance } from '../support/chance';
import { crossings } from '../support/interleave-all';
import { openGatewayOfOneCode } from '../support/interleave-codes';
import { cross, storyOf, whatWasTold } from '../support/interleave-crossing';
import { atRandom, inThisOrder } from '../support/interleave-orders';
import { type Script, scripts, scriptsOfSharedCodes } from '../support/interleave-scripts';
import { openSite, type Site } from '../support/interleave-site';

// A replay goes on for longer: the machine may be slower than the one that failed.
const SAMPLE_MS = process.env['E2E_SEED'] === undefined ? 10_000 : 80_000;

async function play(site: Site, { at, legs }: Script) {
  const { run, findings } = await cross(site, at, inThisOrder(legs));
  const waits = run.turns.filter((turn) => turn.waits).map(({ session }) => session);
  const told = Object.keys(run.results)
    .sort()
    .map((name) => whatWasTold(run.results[name]));
  return { findings, told, waits: waits.join(''), story: storyOf(run) };
}

describe('sessions that meet in a scripted order', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test.each(Object.entries(scripts))('%s', async (_name, script) => {
    const { story, ...played } = await play(site, script);

    expect({ ...played, story }).toEqual({
      findings: [],
      told: script.told,
      waits: script.waits ?? '',
      story,
    });
  });

  test('in whatever order they meet, the books hold', async () => {
    const chance = createChance();
    const until = Date.now() + SAMPLE_MS;
    const names = Object.keys(crossings);
    const failures: string[] = [];
    let runs = 0;

    while (Date.now() < until && failures.length === 0) {
      const name = chance.oneOf(names);
      const crossing = crossings[name];
      if (crossing === undefined) throw new Error(`there is no crossing ${name}`);
      const { run, findings } = await cross(site, crossing, atRandom(chance));
      runs += 1;
      if (findings.length > 0) {
        failures.push([`E2E_SEED=${chance.seed}`, name, ...findings, storyOf(run)].join('\n'));
      }
    }

    expect(failures).toEqual([]);
    expect(runs).toBeGreaterThan(0);
  }, 120_000);
});

describe('stores that are given one code', () => {
  let site: Site;
  let gateway: Awaited<ReturnType<typeof openGatewayOfOneCode>>;
  beforeAll(async () => {
    gateway = await openGatewayOfOneCode();
    site = await openSite(gateway.url);
  });
  afterAll(async () => {
    await site.close();
    await gateway.close();
  });

  test.each(Object.entries(scriptsOfSharedCodes))('%s', async (_name, script) => {
    const { story, ...played } = await play(site, script);

    expect({ ...played, story }).toEqual({
      findings: [],
      told: script.told,
      waits: script.waits ?? '',
      story,
    });
  });
});
