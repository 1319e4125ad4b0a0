import { expectedUnder, liveUnder, READINGS } from '../support/day-of-a-counter';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { startWorld, type World } from '../support/world';

let shop: World;
beforeAll(async () => {
  shop = await startWorld();
});
afterAll(endWorldsInAgreement);

test.each(READINGS.filter(({ isUsual }) => !isUsual))(
  'the main journey when $name is $value',
  async (reading) => {
    expect(await liveUnder(shop, reading)).toEqual(expectedUnder(reading));
  },
);
