import { openSite, type Site } from '../support/acknowledged-site';
import { createChance } from '../support/chance';
import { crashBetweenRows, crashInBatch, HELD } from '../support/crash-in-batch';
import { CRASHES, crashInStream } from '../support/crash-in-stream';
import { spoilBits } from '../support/spoilt-bytes';
import { madeOfTheSame, openSpoiltSite, takenOf } from '../support/spoilt-site';

const chance = createChance();
const ROUNDS = 16;
const MESSAGES = 300;

describe('crashes', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(async () => {
    await site.close();
  });

  test(`whatever crashes at whatever moment, what was answered success is kept (E2E_SEED=${chance.seed})`, async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const name = chance.oneOf(Object.keys(CRASHES) as (keyof typeof CRASHES)[]);
      const survived = await crashInStream(site, CRASHES[name], { messages: MESSAGES, chance });

      process.stdout.write(`${round}. ${name} after ${survived.acknowledged} of ${MESSAGES}\n`);
      expect(survived.lost).toEqual([]);
      expect(survived.found).toEqual(survived.expected);
    }
  });

  test(`killed in a batch of any size, the API does nothing twice (E2E_SEED=${chance.seed})`, async () => {
    for (const held of [...Object.values(HELD), ...Object.values(HELD)]) {
      const { found, expected } = await crashInBatch(site, held, 1 + chance.below(250));
      expect(found).toEqual(expected);
    }
    for (let round = 0; round < 2; round += 1) {
      const { found, expected, bad } = await crashBetweenRows(site, 2 + chance.below(90));
      expect(found).toEqual(expected);
      expect(bad).toBe('QUARANTINED');
    }
  });
});

test('whichever bit of a message is another, it is answered fail and changes nothing', async () => {
  const site = await openSpoiltSite();
  try {
    const before = await site.hash();
    const spoilt = spoilBits(site.unposted, () => true);

    const { wrongly, posted } = await takenOf(site, spoilt);

    process.stdout.write(`${posted} spoilt messages of ${spoilt.length} bits were posted\n`);
    expect(wrongly).toEqual([]);
    expect(await site.hash()).toBe(before);
    expect(await madeOfTheSame(site, spoilt)).toMatchObject({ messages: 1, payments: 1 });
  } finally {
    await site.close();
  }
});
