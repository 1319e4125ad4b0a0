import { settlePauseMs } from './settle-pause';

test.each([
  [0, 2],
  [1, 2],
  [2, 4],
  [3, 8],
  [8, 256],
  [9, 300],
  [10_000, 300],
])('after call %i it waits %i s', (attempts, seconds) => {
  expect(settlePauseMs(attempts)).toBe(seconds * 1000);
});

test.each([
  [9, 512],
  [12, 3_600],
])('where nobody waits, after call %i it waits %i s', (attempts, seconds) => {
  expect(settlePauseMs(attempts, 3_600_000)).toBe(seconds * 1000);
});
