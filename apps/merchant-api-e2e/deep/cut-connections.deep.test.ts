import { createChance } from '../support/chance';
import { probe, randomTrial, runTrials, type Trial, trialsAt } from '../support/cut-connections';
import type { DeedName } from '../support/cut-connections-deeds';
import { boundaries, DIRECTIONS, everyByte } from '../support/cut-connections-places';
import { REFUSAL_WAYS } from '../support/cut-connections-repeats';
import { type CutSite, openCutSite } from '../support/cut-connections-site';

const MONEY: readonly DeedName[] = ['refund', 'cancel'];
const CODES: readonly DeedName[] = ['create', 'modify', 'stop'];
const RANDOM_OF_EACH = 400;
/** `E2E_EVERY=7` takes each seventh cut alone, for a look that is quicker; `E2E_FIRST` says from which on. */
const EVERY = Number(process.env['E2E_EVERY'] ?? 1);
const FIRST = Number(process.env['E2E_FIRST'] ?? 0);

let site: CutSite;

beforeEach(async () => {
  site = await openCutSite();
});
afterEach(async () => {
  await site.close();
});

async function tryAll(title: string, all: readonly Trial[], isUntold = true): Promise<string[]> {
  const trials = all.filter((_trial, index) => index % EVERY === FIRST % EVERY);
  const startedAt = Date.now();
  const { findings } = await runTrials(site, trials, {
    isUntold,
    tell: (so) => {
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      process.stdout.write(
        `${title}: ${so.trials} of ${trials.length} cuts, ${so.open} left it open, ${so.findings.length} findings, ${seconds} s\n`,
      );
    },
  });
  return findings;
}

const everyPair = MONEY.flatMap((kind) =>
  DIRECTIONS.map((direction) => [kind, direction] as const),
);

test.each(everyPair)(
  'a %s whose %s is cut after each of its bytes, in each manner, is done once',
  async (kind, direction) => {
    const probed = await probe(site, kind);
    const places = everyByte(probed).filter((place) => place.direction === direction);
    const trials = trialsAt(kind, places, { manners: 'all', first: 0 });

    expect(await tryAll(`${kind}, ${direction}`, trials)).toEqual([]);
    const wide = trials.filter(({ place }) => /head|body|signature/.test(place.part));
    const pairs = new Set(wide.map(({ place, repeat }) => `${place.part}, ${repeat.way}`));
    const parts = new Set(wide.map(({ place }) => place.part));
    expect(pairs.size).toBe(parts.size * REFUSAL_WAYS.length);
  },
);

test.each(CODES)('a %s that is cut at any boundary, in each manner, is not lost', async (kind) => {
  const places = boundaries(await probe(site, kind));
  const trials = trialsAt(kind, places, { manners: 'all', first: 0 });

  expect(await tryAll(kind, trials)).toEqual([]);
});

test('deeds of all kinds that are cut anywhere, their repeats too, are done once', async () => {
  const chance = createChance();
  const trials: Trial[] = [];
  for (const kind of [...MONEY, ...CODES]) {
    const probed = await probe(site, kind);
    for (let n = 0; n < RANDOM_OF_EACH; n += 1) trials.push(randomTrial(kind, probed, chance));
  }
  const shuffled = trials
    .map((trial) => ({ trial, at: chance.below(2 ** 31) }))
    .sort((a, b) => a.at - b.at);

  const findings = await tryAll(
    'at random',
    shuffled.map(({ trial }) => trial),
    false,
  );

  expect({ seed: chance.seed, findings }).toEqual({ seed: chance.seed, findings: [] });
});
