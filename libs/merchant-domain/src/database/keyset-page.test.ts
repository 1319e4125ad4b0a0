import { cursorOf, InvalidPaging, readPageSize } from './keyset-page';

describe('the size of a page', () => {
  test.each([
    ['nothing', { first: 0 }],
    ['less than nothing', { last: -1 }],
    ['more than a hundred', { first: 101 }],
    ['a part of an entry', { first: 1.5 }],
    ['both ends at once', { first: 1, last: 1 }],
  ])('refuses %s', (_what, request) => {
    expect(() => readPageSize(request)).toThrow(InvalidPaging);
  });

  test.each([
    ['twenty by default', {}, 20, false],
    ['twenty for nulls', { first: null, last: null }, 20, false],
    ['what was asked for', { first: 100 }, 100, false],
    ['backwards with last', { last: 1 }, 1, true],
  ])('is %s', (_what, request, size, isBackwards) => {
    expect(readPageSize(request)).toEqual({ size, isBackwards });
  });
});

test('tells its callers what is wrong by a code', () => {
  expect(new InvalidPaging('so')).toMatchObject({ code: 'BAD_USER_INPUT', name: 'InvalidPaging' });
});

test('writes a cursor that fits into a URL', () => {
  const cursor = cursorOf(new Date(0), '018f0000-0000-7000-8000-000000000001');

  expect(cursor).toMatch(/^[\w-]+$/);
});
