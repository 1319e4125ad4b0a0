import { openSite, type Site } from '../support/acknowledged-site';
import { createChance } from '../support/chance';
import { crashBetweenRows, crashInBatch, HELD } from '../support/crash-in-batch';
import { CRASHES, crashInStream } from '../support/crash-in-stream';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site.close();
});

const MESSAGES = 160;
const chance = createChance();

test.each([
  'kill -9 of the API',
  'an immediate stop of PostgreSQL',
  'kill -9 of PostgreSQL with all its processes',
] as const)(`what was answered success survives %s (E2E_SEED=${chance.seed})`, async (name) => {
  const survived = await crashInStream(site, CRASHES[name], { messages: MESSAGES, chance });

  expect(survived.acknowledged).toBeLessThan(MESSAGES);
  expect(survived.lost).toEqual([]);
  expect(survived.found).toEqual(survived.expected);
  expect(site.api.isRunning()).toBe(true);
});

test.each(Object.entries(HELD))(
  'killed %s, the API does nothing twice and leaves nothing behind',
  async (_name, held) => {
    const { found, expected } = await crashInBatch(site, held, 60);

    expect(found).toEqual(expected);
  },
);

test('killed between two rows of a batch that goes one by one, the API does nothing twice', async () => {
  const { found, expected, bad } = await crashBetweenRows(site, 60);

  expect(found).toEqual(expected);
  expect(bad).toBe('QUARANTINED');
});
