import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { inOrderOf } from '../database/in-order-of';
import { keysetPage, type Page, type PageRequest } from '../database/keyset-page';
import { containing } from '../database/like-pattern';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { Store } from './store.entity';

export interface StoreKey {
  readonly id?: string | null | undefined;
  readonly merchantId?: string | null | undefined;
  readonly alipayStoreId?: string | null | undefined;
}

export interface StoreFilter {
  /** Part of the name, of the shop or of Alipay's id. */
  readonly search?: string | null | undefined;
  readonly merchantId?: string | null | undefined;
}

/** By our id, or by Alipay's: unique within a merchant, so that alone it has to be the only one. */
export async function findStore(
  database: Database,
  caller: Caller,
  { id, merchantId, alipayStoreId }: StoreKey,
): Promise<Store | null> {
  const query = storesOf(database, caller);
  if (id == null && alipayStoreId == null) return null;
  if (id != null) query.andWhere('store.id = :id', { id });
  if (merchantId != null) query.andWhere('store.merchantId = :merchantId', { merchantId });
  if (alipayStoreId != null) {
    query.andWhere('store.alipayStoreId = :alipayStoreId', { alipayStoreId });
  }
  const [store, another] = await query.limit(2).getMany();
  return store !== undefined && another === undefined ? store : null;
}

export async function storesPage(
  database: Database,
  caller: Caller,
  { page, ...filter }: StoreFilter & { readonly page: PageRequest },
): Promise<Page<Store>> {
  return keysetPage(filtered(storesOf(database, caller), filter), NEWEST_FIRST, page);
}

export async function countStores(
  database: Database,
  caller: Caller,
  filter: StoreFilter = {},
): Promise<number> {
  return filtered(storesOf(database, caller), filter).getCount();
}

export async function storesByIds(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(Store | null)[]> {
  const query = storesOf(database, caller);
  const found = await query.andWhere('store.id = any(:ids::uuid[])', { ids: [...ids] }).getMany();
  return inOrderOf(ids, found);
}

const NEWEST_FIRST = {
  instant: 'store.createdAt',
  id: 'store.id',
  instantOf: (store: Store): Date => store.createdAt,
};

function storesOf(database: Database, caller: Caller): SelectQueryBuilder<Store> {
  requireAction(caller, 'READ_SALES');
  return withinStores(database.manager.createQueryBuilder(Store, 'store'), caller, 'store.id');
}

function filtered(
  query: SelectQueryBuilder<Store>,
  { search, merchantId }: StoreFilter,
): SelectQueryBuilder<Store> {
  if (merchantId != null) query.andWhere('store.merchantId = :merchantId', { merchantId });
  if (search == null || search.trim() === '') return query;
  return query.andWhere(
    '(store.name ilike :part or store.alipayStoreId ilike :part or store.shop ilike :part)',
    { part: containing(search) },
  );
}
