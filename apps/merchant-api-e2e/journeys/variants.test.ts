import { createChance } from '../support/chance';
import {
  expectedUnder,
  live,
  liveUnder,
  OTHERWISE,
  READINGS,
  USUAL,
} from '../support/day-of-a-counter';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { startWorld, type World } from '../support/world';

const MINUTES = 4 * 60_000;

let shop: World;
beforeAll(async () => {
  shop = await startWorld();
});
afterAll(endWorldsInAgreement);

test(
  'the main journey under the usual reading of everything',
  async () => {
    expect(await live(shop, 'usual')).toEqual(USUAL);
  },
  MINUTES,
);

const { seed, below } = createChance();
const first = below(3);
const others = READINGS.filter(({ isUsual }) => !isUsual);
/** Those that users notice, and a third of the rest: all of them in the deep run. */
const chosen = others.filter(
  ({ name, value }, at) => `${name}=${value}` in OTHERWISE || (at + first) % 3 === 0,
);

test.each(chosen)(
  'the main journey when $name is $value',
  async (reading) => {
    const day = await liveUnder(shop, reading);

    expect({ seed, day }).toEqual({ seed, day: expectedUnder(reading) });
  },
  MINUTES,
);

test('every reading that changes something for users is one there is', () => {
  const known = READINGS.map(({ name, value }) => `${name}=${value}`);
  for (const reading of Object.keys(OTHERWISE)) expect(known).toContain(reading);
});
