import { Merchant } from '../merchant/merchant.entity';
import {
  decideSubmission,
  provesReceipt,
  refuseRegistration,
  registrationOf,
  registrationTold,
  reviewPauseMs,
  statusAfterSubmission,
} from './store-registration.rules';
import { type RegistrationStatus, Store } from './store.entity';

const merchant = Object.assign(new Merchant(), {
  alipayMerchantId: 'M_1',
  name: 'Noodle Shop',
  type: 'ENTERPRISE',
  industry: '5812',
});
const store = Object.assign(new Store(), {
  alipayStoreId: 'S-1',
  name: 'Noodle Shop Central',
  countryCode: 'HK',
  address: '1 Queen Road',
  registration: 'UNREGISTERED',
  pendingRegistration: null,
  registrationCheckAt: null,
});
const place = { store, merchant };
const asked = registrationOf(place, { representativeName: 'Ada', contactNo: ' +852 2345 ' });

test('a registration says what is on record, and of the details what there is to read', () => {
  const details = { registrationNo: null, representativeName: 'Ada', contactNo: '  ' };

  expect(registrationOf(place, details)).toEqual({
    secondaryMerchantName: 'Noodle Shop',
    secondaryMerchantId: 'M_1',
    secondaryMerchantType: 'ENTERPRISE',
    storeId: 'S-1',
    storeName: 'Noodle Shop Central',
    storeCountry: 'HK',
    storeAddress: '1 Queen Road',
    storeIndustry: '5812',
    registerCountry: 'HK',
    representativeName: 'Ada',
  });
  expect(asked.contactNo).toBe('+852 2345');
});

test.each<[string, Parameters<typeof refuseRegistration>[0], string, RegExp]>([
  [
    'an e-mail that is none',
    { ...asked, contactEmail: 'ada' },
    'contactEmail',
    /^The e-mail .*\.$/,
  ],
  ['an endless id', { ...asked, shareholderId: 'x'.repeat(129) }, 'shareholderId', /128 bytes\.$/],
  ['no address', { ...asked, storeAddress: '' }, 'storeId', /^The store's address is missing\.$/],
  [
    'a long name',
    { ...asked, secondaryMerchantName: '茶'.repeat(43) },
    'storeId',
    /merchant's name/,
  ],
  ['a taxi', { ...asked, storeIndustry: '4121' }, 'storeId', /taxi .* portal, then refresh/],
])('refuses %s of the right field', (_what, registration, field, says) => {
  expect(refuseRegistration(registration)).toMatchObject({
    refusal: 'INVALID_INPUT',
    field: [field],
    message: expect.stringMatching(says) as string,
  });
});

test('finds nothing wrong with a good one', () => {
  expect(refuseRegistration(asked)).toBeUndefined();
});

test('one submission at a time: the same again is the one under way, another has to wait', () => {
  const registrationCheckAt = new Date('2026-01-02T03:04:05Z');
  const pending = Object.assign(new Store(), {
    registrationCheckAt,
    pendingRegistration: asked,
  });

  expect(decideSubmission(store, asked)).toBe('ASK');
  expect(decideSubmission(pending, { ...asked })).toBe('NOTHING_TO_DO');
  expect(decideSubmission(pending, { ...asked, storeName: 'Other' })).toMatchObject({
    refusal: 'NOT_ALLOWED_IN_STATE',
    message: expect.stringContaining('2026-01-02T03:04:05') as string,
  });
});

test.each<[RegistrationStatus, RegistrationStatus]>([
  ['UNREGISTERED', 'UNDER_REVIEW'],
  ['UNDER_REVIEW', 'UNDER_REVIEW'],
  ['REJECTED', 'UNDER_REVIEW'],
  ['ARCHIVED', 'UNDER_REVIEW'],
  ['REGISTERED', 'MODIFICATION_REVIEW'],
  ['MODIFICATION_REVIEW', 'MODIFICATION_REVIEW'],
])('%s that was submitted is %s', (before, after) => {
  expect(statusAfterSubmission(before)).toBe(after);
});

test.each<[string, string | undefined, RegistrationStatus | undefined]>([
  ['SUCCESS', 'ACTIVATED', 'REGISTERED'],
  ['SUCCESS', undefined, 'REGISTERED'],
  ['SUCCESS', 'SOMETHING_NEW', 'REGISTERED'],
  ['SUCCESS', 'ARCHIVED', 'ARCHIVED'],
  ['UNDER_REVIEW', 'INACTIVATE', 'UNDER_REVIEW'],
  ['MODIFICATION_REVIEW', 'ACTIVATED', 'MODIFICATION_REVIEW'],
  ['FAILED', 'INACTIVATE', 'REJECTED'],
  ['FAILED', undefined, 'REJECTED'],
  ['FAILED', 'ACTIVATED', 'REGISTERED'],
  ['NOT_FOUND', undefined, undefined],
  ['SOMETHING_NEW', 'ACTIVATED', undefined],
])('Alipay says %s and %s: %s', (status, storeStatus, told) => {
  const answer = storeStatus === undefined ? { status } : { status, storeStatus };

  expect(registrationTold(answer)).toBe(told);
});

describe('whether a submission without an answer was received', () => {
  const pending = { registration: 'UNREGISTERED', pendingRegistration: asked } as const;

  test.each<[string, RegistrationStatus, RegistrationStatus]>([
    ['it is under review', 'UNREGISTERED', 'UNDER_REVIEW'],
    ['it is under review, as it was before', 'UNDER_REVIEW', 'UNDER_REVIEW'],
    ['it has passed', 'UNREGISTERED', 'REGISTERED'],
    ['it was refused', 'UNDER_REVIEW', 'REJECTED'],
  ])('%s, with the very content: it was', (_what, registration, told) => {
    expect(provesReceipt({ ...pending, registration }, told, asked)).toBe(true);
  });

  test.each<[string, RegistrationStatus, Parameters<typeof provesReceipt>[2]]>([
    ['the state of before', 'REGISTERED', asked],
    ['other content', 'UNREGISTERED', { ...asked, storeName: 'Other' }],
    ['more than was asked', 'UNREGISTERED', { ...asked, shareholderName: 'Bob' }],
    ['less than was asked', 'UNREGISTERED', { ...asked, representativeName: '' }],
    ['a content without the details', 'UNREGISTERED', { storeName: asked.storeName }],
    ['no content', 'UNREGISTERED', {}],
  ])('%s proves nothing', (_what, registration, content) => {
    expect(provesReceipt({ ...pending, registration }, 'REGISTERED', content)).toBe(false);
  });

  test('where nothing waits there is nothing to prove', () => {
    const done = { registration: 'UNREGISTERED', pendingRegistration: null } as const;

    expect(provesReceipt(done, 'UNDER_REVIEW', asked)).toBe(false);
  });
});

test('a review is asked about after 5 s, then after twice as long each time, up to an hour', () => {
  expect([0, 1, 2, 9, 10, 1_000].map((asked) => reviewPauseMs(asked) / 1_000)).toEqual([
    5, 10, 20, 2_560, 3_600, 3_600,
  ]);
});
