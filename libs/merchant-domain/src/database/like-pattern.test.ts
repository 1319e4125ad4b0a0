import { containing, startingWith } from './like-pattern';

test.each([
  ['100%', '%100\\%%'],
  ['a_b', '%a\\_b%'],
  ['back\\slash', '%back\\\\slash%'],
  [' noodles ', '%noodles%'],
])('takes %j for what it says', (typed, pattern) => {
  expect(containing(typed)).toBe(pattern);
});

test('finds beginnings', () => {
  expect(startingWith('2026_')).toBe('2026\\_%');
});
