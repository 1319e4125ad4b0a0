import { type Caller, ownerCaller, type Role } from '../domain';
import { type ApiKeyWish, callerOfKey, checkApiKey, isInForce, seesApiKey } from './api-key.rules';

const NOW = new Date('2026-01-02T07:04:05.000Z');
const OWNER = ownerCaller('owner@shop.example');
const OF_TWO_STORES: Caller = { ...OWNER, storeIds: ['s1', 's2'] };
const LIMITED: Caller = { ...OWNER, refundLimit: { minor: 10_000n, currency: 'HKD' } };

function wish(own: Partial<ApiKeyWish> = {}): ApiKeyWish {
  return { name: 'Till 3', role: 'CASHIER', storeIds: ['s1'], ...own };
}

test.each<[string, Caller, Partial<ApiKeyWish>, string, string[]]>([
  ['no name', OWNER, { name: '  ' }, 'INVALID_INPUT', ['name']],
  ['a name of two lines', OWNER, { name: 'a\nb' }, 'INVALID_INPUT', ['name']],
  ['too long a name', OWNER, { name: 'x'.repeat(101) }, 'INVALID_INPUT', ['name']],
  ['no such role', OWNER, { role: 'KING' as Role }, 'INVALID_INPUT', ['role']],
  ['an empty list for a cashier', OWNER, { storeIds: [] }, 'INVALID_INPUT', ['storeIds']],
  [
    'no amount',
    OWNER,
    { refundLimit: { amount: '-1', currency: 'HKD' } },
    'INVALID_INPUT',
    ['refundLimit', 'amount'],
  ],
  ['a time that is over', OWNER, { expiresAt: NOW }, 'INVALID_INPUT', ['expiresAt']],
  [
    'a store that the caller does not see',
    OF_TWO_STORES,
    { storeIds: ['s1', 's3'] },
    'NOT_FOUND',
    ['storeIds'],
  ],
  ['no limit, by one who has a limit', LIMITED, {}, 'INVALID_INPUT', ['refundLimit']],
  [
    'a higher limit',
    LIMITED,
    { refundLimit: { amount: '100.01', currency: 'HKD' } },
    'INVALID_INPUT',
    ['refundLimit'],
  ],
  [
    'a limit in another currency',
    LIMITED,
    { refundLimit: { amount: '1', currency: 'USD' } },
    'INVALID_INPUT',
    ['refundLimit'],
  ],
])('%s: refused with the value at fault', (_, caller, own, refusal, field) => {
  expect(checkApiKey(caller, wish(own), NOW)).toMatchObject({ refusal, field });
});

test.each<Role>(['MANAGER', 'CASHIER'])('a key of a %s names its stores', (role) => {
  const { storeIds: _, ...all } = wish({ role });

  expect(checkApiKey(OWNER, all, NOW)).toMatchObject({
    refusal: 'INVALID_INPUT',
    field: ['storeIds'],
  });
});

test('nobody who is bound to stores makes a key for all of them', () => {
  const { storeIds: _, ...all } = wish({ role: 'AUDITOR' });

  expect(checkApiKey(OF_TWO_STORES, all, NOW)).toMatchObject({ field: ['storeIds'] });
  expect(checkApiKey(OWNER, all, NOW)).toEqual({
    name: 'Till 3',
    storeIds: null,
    refundLimit: null,
  });
});

test('a name loses the blanks around it, a store that stands twice counts once', () => {
  const granted = checkApiKey(
    LIMITED,
    wish({
      name: ' Till 3 ',
      storeIds: ['s1', 's1'],
      refundLimit: { amount: '100', currency: 'HKD' },
    }),
    NOW,
  );

  expect(granted).toEqual({
    name: 'Till 3',
    storeIds: ['s1'],
    refundLimit: { minor: 10_000n, currency: 'HKD' },
  });
});

test.each<[string, Caller, string[] | null, boolean]>([
  ['of all stores, a key of all', OWNER, null, true],
  ['of all stores, a key of one', OWNER, ['s9'], true],
  ['of two stores, a key of one of them', OF_TWO_STORES, ['s2'], true],
  ['of two stores, a key that reaches further', OF_TWO_STORES, ['s2', 's3'], false],
  ['of two stores, a key of all', OF_TWO_STORES, null, false],
])('a caller %s: seen or not', (_, caller, storeIds, sees) => {
  expect(seesApiKey(caller, { storeIds })).toBe(sees);
});

test.each<[string, Date | null, Date | null, boolean]>([
  ['for ever', null, null, true],
  ['until later', new Date(NOW.getTime() + 1), null, true],
  ['until now', NOW, null, false],
  ['revoked', null, NOW, false],
])('a key %s is in force or not', (_, expiresAt, revokedAt, inForce) => {
  expect(isInForce({ expiresAt, revokedAt }, NOW)).toBe(inForce);
});

test('whoever comes by a key is named by its prefix, as names may repeat', () => {
  const key = {
    ...{ name: 'Till 3', prefix: 'cs_AbCdEfGh', role: 'CASHIER' as const, storeIds: ['s1'] },
    ...{ refundLimitMinor: 5_000n, refundLimitCurrency: 'HKD' },
  };

  expect(callerOfKey(key)).toEqual({
    subject: 'api-key:cs_AbCdEfGh (Till 3)',
    role: 'CASHIER',
    storeIds: ['s1'],
    refundLimit: { minor: 5_000n, currency: 'HKD' },
  });
  expect(callerOfKey({ ...key, refundLimitMinor: null }).refundLimit).toBeNull();
});
