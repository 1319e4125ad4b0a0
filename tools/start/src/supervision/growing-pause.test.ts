import { inWords, nextPause, USUAL_PAUSES } from './growing-pause';

const policy = { firstMs: 500, maxMs: 3_000, steadyAfterMs: 60_000 };

test.each([
  // last     ran      next
  [null, 0, 500],
  [500, 10, 1_000],
  [1_000, 59_999, 2_000],
  [2_000, 10, 3_000],
  [3_000, 10, 3_000],
  [3_000, 60_000, 500],
])('after a pause of %s and a run of %s ms the pause is %s', (last, ran, next) => {
  expect(nextPause(last, ran, policy)).toBe(next);
});

test('the usual pauses end at half a minute', () => {
  expect(inWords(USUAL_PAUSES.maxMs)).toBe('30 s');
});
