import { Forbidden } from '../src/access/access.rules';
import { InvalidPaging, type Page, type PageRequest } from '../src/database/keyset-page';
import { type Caller } from '../src/domain';
import {
  countMerchants,
  findMerchant,
  merchantsByIds,
  merchantsPage,
} from '../src/merchant/merchant.queries';
import {
  countQrCodes,
  findQrCode,
  qrCodesByIds,
  qrCodesPage,
} from '../src/qr-code/qr-code.queries';
import { countStores, findStore, storesByIds, storesPage } from '../src/store/store.queries';
import { type Store } from '../src/store/store.entity';
import { aMerchant, aQrCode, aStore } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

function boundTo(...stores: readonly Store[]): Caller {
  return callerOf('CASHIER', { storeIds: stores.map(({ id }) => id) });
}

function idsOf(page: Page<{ readonly id: string }>): string[] {
  return page.edges.map(({ node }) => node.id);
}

describe('a page', () => {
  let merchantId: string;
  /** Newest first. */
  let ids: string[];

  beforeAll(async () => {
    ({ id: merchantId } = await aMerchant(world));
    const stores: Store[] = [];
    for (let n = 0; n < 9; n += 1) {
      // Three of each millisecond, so that the id has to decide between them.
      stores.push(
        await aStore(world, { merchantId, createdAt: new Date(1_750_000_000_000 + (n % 3)) }),
      );
    }
    ids = stores
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
  });

  function page(request: PageRequest): Promise<Page<Store>> {
    return storesPage(world.database, world.owner, { page: request, merchantId });
  }

  test.each([
    ['another text', { after: 'x' }],
    ['a cursor of events', { after: Buffer.from('event 3').toString('base64url') }],
    [
      'an impossible day',
      {
        after: Buffer.from(
          `2026-99-99T00:00:00.000Z ${'0'.repeat(8)}-0000-0000-0000-000000000000`,
        ).toString('base64url'),
      },
    ],
    ['more than a hundred', { first: 101 }],
    ['nothing', { last: 0 }],
    ['both ends', { first: 1, last: 1 }],
  ])('is refused for %s', async (_what, request) => {
    await expect(page(request)).rejects.toThrow(InvalidPaging);
  });

  test('walks forwards through rows of the same millisecond, each once', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < 5; pages += 1) {
      const next = await page({ first: 2, after });
      seen.push(...idsOf(next));
      expect(next.hasNextPage).toBe(pages < 4);
      expect(next.hasPreviousPage).toBe(pages > 0);
      after = next.edges.at(-1)?.cursor;
    }

    expect(seen).toEqual(ids);
    expect(idsOf(await page({ after }))).toEqual([]);
  });

  test('walks backwards from the oldest, and keeps newest first within a page', async () => {
    const seen: string[] = [];
    let before: string | undefined;
    for (let pages = 0; pages < 5; pages += 1) {
      const previous = await page({ last: 2, before });
      seen.unshift(...idsOf(previous));
      expect(previous.hasPreviousPage).toBe(pages < 4);
      expect(previous.hasNextPage).toBe(pages > 0);
      before = previous.edges[0]?.cursor;
    }

    expect(seen).toEqual(ids);
  });

  test('is empty before the first and after the last, and says what is on the other side', async () => {
    const all = await page({ first: 100 });

    const beyond = await page({ first: 5, after: all.edges.at(-1)?.cursor });
    const above = await page({ last: 5, before: all.edges[0]?.cursor });

    expect(beyond).toEqual({ edges: [], hasNextPage: false, hasPreviousPage: true });
    expect(above).toEqual({ edges: [], hasNextPage: true, hasPreviousPage: false });
  });

  test('can be bounded on both sides', async () => {
    const { edges } = await page({ first: 100 });

    const between = await page({ after: edges[1]?.cursor, before: edges[4]?.cursor });

    expect(idsOf(between)).toEqual(ids.slice(2, 4));
  });

  test('goes on where it was when newer rows arrive meanwhile', async () => {
    const first = await page({ first: 3 });
    const newer = await aStore(world, { merchantId, createdAt: new Date(1_760_000_000_000) });

    const second = await page({ first: 3, after: first.edges.at(-1)?.cursor });

    expect(idsOf(second)).toEqual(ids.slice(3, 6));
    expect(idsOf(second)).not.toContain(newer.id);
  });
});

describe('merchants', () => {
  test('are found by either key, and not without one', async () => {
    const merchant = await aMerchant(world);
    const find = (key: Parameters<typeof findMerchant>[2]) =>
      findMerchant(world.database, world.owner, key);

    expect(await find({})).toBeNull();
    expect(await find({ id: null, alipayMerchantId: null })).toBeNull();
    expect(await find({ id: world.domain.newId() })).toBeNull();
    expect(await find({ id: merchant.id })).toEqual(merchant);
    expect(await find({ alipayMerchantId: merchant.alipayMerchantId })).toEqual(merchant);
  });

  test('are those of the caller’s stores', async () => {
    const one = await aMerchant(world);
    const other = await aMerchant(world);
    const caller = boundTo(await aStore(world, { merchantId: one.id }));

    expect(await findMerchant(world.database, caller, { id: other.id })).toBeNull();
    expect(await merchantsByIds(world.database, caller, [other.id, one.id])).toEqual([null, one]);
    expect(idsOf(await merchantsPage(world.database, caller, { page: {} }))).toEqual([one.id]);
    expect(await countMerchants(world.database, caller)).toBe(1);
    expect(await countMerchants(world.database, boundTo())).toBe(0);
  });

  test('are searched by a part of name or id, in either case, where % means itself', async () => {
    const tea = await aMerchant(world, { name: 'Jade 100% Tea', alipayMerchantId: 'JADE_TEA' });
    const juice = await aMerchant(world, {
      name: 'Jade 1000 Juices',
      alipayMerchantId: 'JADEXTEA',
    });
    const search = async (typed: string) =>
      idsOf(await merchantsPage(world.database, world.owner, { page: {}, search: typed })).sort();

    expect(await search('jade 100%')).toEqual([tea.id]);
    expect(await search('jade_')).toEqual([tea.id]);
    expect(await search('JADE')).toEqual([tea.id, juice.id].sort());
    expect(await countMerchants(world.database, world.owner, { search: 'jade' })).toBe(2);
  });
});

describe('stores', () => {
  test('are found by id, by Alipay’s id in a merchant, and by that alone where it is the only one', async () => {
    const store = await aStore(world, { alipayStoreId: 'S-only' });
    const twin = await aStore(world, { alipayStoreId: 'S-twice' });
    await aStore(world, { alipayStoreId: 'S-twice' });
    const find = (key: Parameters<typeof findStore>[2]) =>
      findStore(world.database, world.owner, key);

    expect(await find({})).toBeNull();
    expect(await find({ merchantId: store.merchantId })).toBeNull();
    expect(await find({ alipayStoreId: 'S-twice' })).toBeNull();
    expect(await find({ alipayStoreId: 'S-only' })).toEqual(store);
    expect(await find({ merchantId: twin.merchantId, alipayStoreId: 'S-twice' })).toEqual(twin);
    expect(await find({ id: store.id })).toEqual(store);
  });

  test('are those of the caller', async () => {
    const mine = await aStore(world);
    const other = await aStore(world, { merchantId: mine.merchantId });
    const caller = boundTo(mine);

    expect(await findStore(world.database, caller, { id: other.id })).toBeNull();
    expect(await storesByIds(world.database, caller, [other.id, mine.id])).toEqual([null, mine]);
    expect(idsOf(await storesPage(world.database, caller, { page: {} }))).toEqual([mine.id]);
    expect(await countStores(world.database, caller)).toBe(1);
    expect(await countStores(world.database, boundTo())).toBe(0);
    expect(await countStores(world.database, boundTo(mine, other))).toBe(2);
  });

  test('are searched by name, shop and id', async () => {
    const store = await aStore(world, {
      name: 'Lotus Counter 1',
      shop: 'Lotus Mall',
      alipayStoreId: 'LOTUS-1',
    });
    const search = (typed: string) =>
      countStores(world.database, world.owner, { search: typed, merchantId: store.merchantId });

    expect(await search('mall')).toBe(1);
    expect(await search('counter 1')).toBe(1);
    expect(await search('lotus-1')).toBe(1);
    expect(await search('lotus_1')).toBe(0);
  });
});

describe('codes', () => {
  test('are found by id or by what the picture says', async () => {
    const qrCode = await aQrCode(world);

    expect(await findQrCode(world.database, world.owner, {})).toBeNull();
    expect(await findQrCode(world.database, world.owner, { id: qrCode.id })).toEqual(qrCode);
    expect(await findQrCode(world.database, world.owner, { code: qrCode.code })).toEqual(qrCode);
    expect(await findQrCode(world.database, boundTo(), { code: qrCode.code })).toBeNull();
  });

  test('are listed by store and status, within the caller’s stores', async () => {
    const store = await aStore(world);
    const other = await aStore(world);
    const active = await aQrCode(world, { storeId: store.id });
    const deleted = await aQrCode(world, { storeId: store.id, status: 'DELETED' });
    const elsewhere = await aQrCode(world, { storeId: other.id });
    const caller = boundTo(store);
    const list = async (filter: { storeId?: string; statuses?: ('ACTIVE' | 'DELETED')[] }) =>
      idsOf(await qrCodesPage(world.database, caller, { page: {}, ...filter })).sort();

    expect(await list({})).toEqual([active.id, deleted.id].sort());
    expect(await list({ statuses: ['DELETED'] })).toEqual([deleted.id]);
    expect(await list({ statuses: [] })).toEqual([]);
    expect(await list({ storeId: other.id })).toEqual([]);
    expect(await countQrCodes(world.database, caller, { storeId: store.id })).toBe(2);
    expect(await qrCodesByIds(world.database, caller, [elsewhere.id, active.id])).toEqual([
      null,
      active,
    ]);
  });
});

test('nobody reads without a role that may', async () => {
  const nobody = { ...callerOf('CASHIER'), role: 'GUEST' as 'CASHIER' };

  await expect(merchantsPage(world.database, nobody, { page: {} })).rejects.toThrow(Forbidden);
  await expect(storesPage(world.database, nobody, { page: {} })).rejects.toThrow(Forbidden);
  await expect(qrCodesPage(world.database, nobody, { page: {} })).rejects.toThrow(Forbidden);
});
