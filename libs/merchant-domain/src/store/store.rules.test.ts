import { Merchant } from '../merchant/merchant.entity';
import { Store } from './store.entity';
import { checkStore, decideNewQrCode } from './store.rules';

const merchant = Object.assign(new Merchant(), {
  alipayMerchantId: 'M_1',
  name: 'Noodle Shop',
  type: 'ENTERPRISE',
  industry: '5812',
});
const good = {
  alipayStoreId: 'S-1',
  name: 'Noodle Shop Central',
  countryCode: 'HK',
  address: '1 Queen Road',
} as const;

test.each(['HK', 'AD', 'ZW', 'BS', 'BT'])(
  'finds nothing wrong with a store in %s',
  (countryCode) => {
    expect(checkStore({ ...good, countryCode }, merchant)).toBeUndefined();
  },
);

test.each<[string, Partial<Parameters<typeof checkStore>[0]>, string, RegExp]>([
  ['a country that is none', { countryCode: 'XX' }, 'countryCode', /^"XX" is no ISO 3166 .* HK\.$/],
  ['a country in small letters', { countryCode: 'hk' }, 'countryCode', /^"hk" is no ISO 3166/],
  ['no country', { countryCode: '' }, 'countryCode', /^"" is no ISO 3166/],
  ['two countries', { countryCode: 'HK MO' }, 'countryCode', /^"HK MO" is no ISO 3166/],
  ['an id with a blank', { alipayStoreId: 'S 1' }, 'alipayStoreId', /^The store id .*\.$/],
  ['half a character of a shop', { shop: 'half \ud800' }, 'shop', /^This shop cannot be kept: /],
  ['a shop of many letters', { shop: '店'.repeat(257) }, 'shop', / at most 256\.$/],
  ['a blank name', { name: ' ' }, 'name', /^The store's name is blank: .*\.$/],
  ['a blank address', { address: ' ' }, 'address', /^The store's address is blank: .*\.$/],
])('refuses %s', (_what, change, field, message) => {
  expect(checkStore({ ...good, ...change }, merchant)).toEqual({
    refusal: 'INVALID_INPUT',
    message: expect.stringMatching(message) as string,
    field: [field],
  });
});

test('names the merchant where the fault is the merchant', () => {
  const faulty = Object.assign(new Merchant(), merchant, { industry: 'food' });

  expect(checkStore(good, faulty)).toMatchObject({ field: ['merchantId'] });
});

function registered(registration: Store['registration'], rejectReason: string | null): Store {
  return Object.assign(new Store(), { registration, rejectReason });
}

test.each(['UNREGISTERED', 'UNDER_REVIEW', 'REGISTERED', 'MODIFICATION_REVIEW'] as const)(
  'a store that is %s may have a code (decision 8)',
  (registration) => {
    expect(decideNewQrCode(registered(registration, null))).toBeUndefined();
  },
);

test('a rejected store may have none, and is told why', () => {
  expect(decideNewQrCode(registered('REJECTED', 'no licence'))).toEqual({
    refusal: 'NOT_ALLOWED_IN_STATE',
    message:
      'Alipay rejected the registration of this store (no licence): correct and submit it again before asking for a code.',
  });
  expect(decideNewQrCode(registered('REJECTED', null))?.message).toMatch(/of this store: correct/);
});
