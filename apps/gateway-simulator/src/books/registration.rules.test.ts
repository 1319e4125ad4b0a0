import type { RegistrationStatus, StoreRegistration } from './records';
import { hasPassed, statusAt, storeStatusAt } from './registration.rules';

const submitted: StoreRegistration = {
  merchantId: 'M_1',
  storeId: 'S-1',
  fields: {},
  submittedAt: 1_000,
  status: 'UNDER_REVIEW',
  rejectReason: '',
  decidesAt: 6_000,
  wasRegistered: false,
  isArchived: false,
};

test.each<[Partial<StoreRegistration>, number, RegistrationStatus]>([
  [{}, 5_999, 'UNDER_REVIEW'],
  [{}, 6_000, 'SUCCESS'],
  [{ status: 'MODIFICATION_REVIEW' }, 5_999, 'MODIFICATION_REVIEW'],
  [{ status: 'MODIFICATION_REVIEW' }, 6_000, 'SUCCESS'],
  [{ decidesAt: null }, 1e12, 'UNDER_REVIEW'],
  [{ status: 'FAILED' }, 1e12, 'FAILED'],
  [{ status: 'SUCCESS', decidesAt: 9e12 }, 0, 'SUCCESS'],
])('%j at %i is %s', (own, at, status) => {
  expect(statusAt({ ...submitted, ...own }, new Date(at))).toBe(status);
});

test.each<[Partial<StoreRegistration>, number, string, string]>([
  [{}, 0, 'INACTIVATE', 'INACTIVATE'],
  [{}, 6_000, 'ACTIVATED', 'ACTIVATED'],
  [{ status: 'MODIFICATION_REVIEW' }, 0, 'ACTIVATED', 'ACTIVATED'],
  [{ status: 'FAILED' }, 0, 'INACTIVATE', 'INACTIVATE'],
  [{ status: 'FAILED', wasRegistered: true }, 0, 'ACTIVATED', 'INACTIVATE'],
  [{ isArchived: true }, 6_000, 'ARCHIVED', 'ARCHIVED'],
])('the store of %j at %i is %s, or by the other reading %s', (own, at, usual, other) => {
  const registration = { ...submitted, ...own };

  expect([
    storeStatusAt(registration, new Date(at), 'stays-registered'),
    storeStatusAt(registration, new Date(at), 'unregisters'),
  ]).toEqual([usual, other]);
});

test('a store has passed once it did, also when a later update failed', () => {
  expect(hasPassed(undefined, new Date(0))).toBe(false);
  expect(hasPassed(submitted, new Date(5_999))).toBe(false);
  expect(hasPassed(submitted, new Date(6_000))).toBe(true);
  expect(hasPassed({ ...submitted, status: 'FAILED', wasRegistered: true }, new Date(0))).toBe(
    true,
  );
});
