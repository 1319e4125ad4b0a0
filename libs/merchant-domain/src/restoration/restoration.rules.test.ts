import { inDoubt, isInDoubt } from './restoration.rules';

const before = new Date('2026-01-02T07:00:00Z');
const noticed = new Date('2026-01-02T08:00:00Z');
const after = new Date('2026-01-02T09:00:00Z');
const restoration = { noticedAt: noticed };

test.each<[string, Omit<Parameters<typeof isInDoubt>[0], 'paidAtGuessed'>, boolean]>([
  ['paid before', { paidAt: before, createdAt: before, confirmedAt: null }, true],
  ['paid at that instant', { paidAt: noticed, createdAt: before, confirmedAt: null }, true],
  ['paid after', { paidAt: after, createdAt: after, confirmedAt: null }, false],
  ['paid before, heard of after', { paidAt: before, createdAt: after, confirmedAt: null }, true],
  ['begun before, paid after', { paidAt: after, createdAt: before, confirmedAt: null }, false],
  ['unpaid, begun before', { paidAt: null, createdAt: before, confirmedAt: null }, true],
  ['unpaid, begun after', { paidAt: null, createdAt: after, confirmedAt: null }, false],
  ['confirmed since', { paidAt: before, createdAt: before, confirmedAt: after }, false],
  ['confirmed at that instant', { paidAt: before, createdAt: before, confirmedAt: noticed }, false],
  [
    'confirmed at an earlier restoration',
    { paidAt: before, createdAt: before, confirmedAt: before },
    true,
  ],
])('a payment %s: in doubt is %s', (_what, transaction, doubtful) => {
  const told = { ...transaction, paidAtGuessed: false };
  expect(isInDoubt(told, restoration)).toBe(doubtful);
  expect(isInDoubt(told, null)).toBe(false);
});

test('of a payment whose time nobody has told it is not known that it was made after', () => {
  const guessed = { paidAt: after, paidAtGuessed: true, createdAt: after, confirmedAt: null };
  expect(isInDoubt(guessed, restoration)).toBe(true);
  expect(isInDoubt({ ...guessed, confirmedAt: after }, restoration)).toBe(false);
  expect(isInDoubt(guessed, null)).toBe(false);
});

test('whoever asks to give back a payment in doubt is told what to do first', () => {
  expect(inDoubt()).toEqual({
    refusal: 'NOT_ALLOWED_IN_STATE',
    message: expect.stringMatching(/restored from a backup.*confirm the payment.*\.$/) as string,
  });
});
