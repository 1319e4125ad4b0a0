import { Forbidden } from '../src/access/access.rules';
import { type RegisterMerchant, registerMerchant } from '../src/merchant/register-merchant';
import { Merchant } from '../src/merchant/merchant.entity';
import { type RegisterStore, registerStore } from '../src/store/register-store';
import { Store } from '../src/store/store.entity';
import { aMerchant } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const DRAGON = { name: 'Dragon Tea', type: 'ENTERPRISE', industry: '5812' } as const;

function merchantCommand(own: Partial<RegisterMerchant> = {}): RegisterMerchant {
  return { caller: world.owner, alipayMerchantId: 'M_1', ...DRAGON, ...own };
}

function storeCommand(merchantId: string, own: Partial<RegisterStore> = {}): RegisterStore {
  return {
    caller: world.owner,
    merchantId,
    alipayStoreId: 'S-1',
    name: 'Dragon Tea Central',
    countryCode: 'HK',
    address: '1 Queen Road',
    ...own,
  };
}

describe('registering a merchant', () => {
  test.each(['MANAGER', 'CASHIER', 'AUDITOR'] as const)('is forbidden to a %s', async (role) => {
    const command = merchantCommand({ caller: callerOf(role) });

    await expect(registerMerchant(world.domain, command)).rejects.toThrow(Forbidden);
  });

  test.each([
    ['an id with a dash', { alipayMerchantId: 'M-1' }, 'alipayMerchantId', 'letters, digits and _'],
    ['an id of 33', { alipayMerchantId: 'x'.repeat(33) }, 'alipayMerchantId', '32 characters'],
    ['no id', { alipayMerchantId: '' }, 'alipayMerchantId', 'missing'],
    ['a name of 33', { name: 'x'.repeat(33) }, 'name', '32 characters'],
    ['a name with "', { name: '"Best" Tea' }, 'name', 'quotation mark'],
    ['a blank name', { name: '  ' }, 'name', 'blank'],
    ['a short industry', { industry: '581' }, 'industry', 'four digits'],
    ['a type of its own', { type: 'CHARITY' as 'ENTERPRISE' }, 'type', 'INDIVIDUAL or ENTERPRISE'],
  ])('refuses %s and says what to write', async (_what, own, field, remedy) => {
    const result = await registerMerchant(world.domain, merchantCommand(own));

    expect(result).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: [field],
      message: expect.stringContaining(remedy) as string,
    });
  });

  test.each([
    ['name', { name: 'Dragon Coffee' }],
    ['type', { type: 'INDIVIDUAL' as const }],
    ['industry', { industry: '5311' }],
  ])('refuses the same id with another %s', async (field, own) => {
    await registerMerchant(world.domain, merchantCommand({ alipayMerchantId: 'M_taken' }));

    const result = await registerMerchant(
      world.domain,
      merchantCommand({ alipayMerchantId: 'M_taken', ...own }),
    );

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field: [field] });
  });

  test('puts it on record, and answers the same again with the same', async () => {
    const command = merchantCommand({ alipayMerchantId: 'M_again' });

    const first = await registerMerchant(world.domain, command);
    const again = await registerMerchant(world.domain, command);

    expect(first).toEqual({
      merchant: expect.objectContaining({ ...DRAGON, alipayMerchantId: 'M_again' }) as Merchant,
    });
    expect(again).toEqual(first);
  });

  test('makes one record when ten ask at once', async () => {
    const command = merchantCommand({ alipayMerchantId: 'M_race' });

    const results = await Promise.all(
      Array.from({ length: 10 }, () => registerMerchant(world.domain, command)),
    );

    const ids = new Set(results.map((result) => 'merchant' in result && result.merchant.id));
    expect(ids.size).toBe(1);
    expect(ids).not.toContain(false);
    const count = await world.database.manager.countBy(Merchant, { alipayMerchantId: 'M_race' });
    expect(count).toBe(1);
  });
});

describe('registering a store', () => {
  test('is forbidden to a MANAGER', async () => {
    const command = storeCommand(world.domain.newId(), { caller: callerOf('MANAGER') });

    await expect(registerStore(world.domain, command)).rejects.toThrow(Forbidden);
  });

  test('refuses a merchant that does not exist', async () => {
    const result = await registerStore(world.domain, storeCommand(world.domain.newId()));

    expect(result).toMatchObject({ refusal: 'NOT_FOUND', field: ['merchantId'] });
  });

  test.each([
    ['an id with a dot', { alipayStoreId: 'S.1' }, 'alipayStoreId', 'letters, digits, _ and -'],
    ['an id of 33', { alipayStoreId: 'x'.repeat(33) }, 'alipayStoreId', '32 characters'],
    ['a name with "', { name: '"Central"' }, 'name', 'quotation mark'],
    ['a blank name', { name: ' ' }, 'name', 'blank'],
    ['a blank address', { address: '' }, 'address', 'blank'],
    ['an address with "', { address: '"The Peak"' }, 'address', 'quotation mark'],
    ['an endless address', { address: 'x'.repeat(2000) }, 'address', 'too long'],
    ['a country in words', { countryCode: 'Hong Kong' }, 'countryCode', 'ISO 3166'],
    ['a country that is none', { countryCode: 'XX' }, 'countryCode', 'HK'],
  ])('refuses %s and says what to write', async (_what, own, field, remedy) => {
    const merchant = await aMerchant(world);

    const result = await registerStore(world.domain, storeCommand(merchant.id, own));

    expect(result).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: [field],
      message: expect.stringContaining(remedy) as string,
    });
  });

  test.each([
    ['name', { name: 'Dragon Tea West' }],
    ['shop', { shop: 'The other shop' }],
    ['countryCode', { countryCode: 'MO' }],
    ['address', { address: '2 Queen Road' }],
  ])('refuses the same id of a merchant with another %s', async (field, own) => {
    const merchant = await aMerchant(world);
    await registerStore(world.domain, storeCommand(merchant.id));

    const result = await registerStore(world.domain, storeCommand(merchant.id, own));

    expect(result).toMatchObject({ refusal: 'INVALID_INPUT', field: [field] });
  });

  test('puts it on record unregistered, and answers the same again with the same', async () => {
    const merchant = await aMerchant(world);
    const command = storeCommand(merchant.id, { shop: 'Central' });

    const first = await registerStore(world.domain, { ...command, shop: ' Central ' });
    const again = await registerStore(world.domain, command);

    expect(first).toEqual({
      store: expect.objectContaining({
        merchantId: merchant.id,
        shop: 'Central',
        registration: 'UNREGISTERED',
      }) as Store,
    });
    expect(again).toEqual(first);
  });

  test('lets two merchants use the same store id', async () => {
    const one = await aMerchant(world);
    const other = await aMerchant(world);

    const results = [
      await registerStore(world.domain, storeCommand(one.id)),
      await registerStore(world.domain, storeCommand(other.id)),
    ];

    expect(results).toEqual([
      { store: expect.objectContaining({ merchantId: one.id }) as Store },
      { store: expect.objectContaining({ merchantId: other.id }) as Store },
    ]);
  });

  test('makes one record when ten ask at once', async () => {
    const merchant = await aMerchant(world);

    await Promise.all(
      Array.from({ length: 10 }, () => registerStore(world.domain, storeCommand(merchant.id))),
    );

    const count = await world.database.manager.countBy(Store, { merchantId: merchant.id });
    expect(count).toBe(1);
  });
});
