import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { inOrderOf } from '../database/in-order-of';
import { keysetPage, type Page, type PageRequest } from '../database/keyset-page';
import { containing } from '../database/like-pattern';
import { type Database } from '../database/open-database';
import { type Caller } from '../domain';
import { Merchant } from './merchant.entity';

export interface MerchantKey {
  readonly id?: string | null | undefined;
  readonly alipayMerchantId?: string | null | undefined;
}

export interface MerchantSearch {
  /** Part of the name or of Alipay's id. */
  readonly search?: string | null | undefined;
}

export async function findMerchant(
  database: Database,
  caller: Caller,
  { id, alipayMerchantId }: MerchantKey,
): Promise<Merchant | null> {
  const query = merchantsOf(database, caller);
  if (id == null && alipayMerchantId == null) return null;
  if (id != null) query.andWhere('merchant.id = :id', { id });
  if (alipayMerchantId != null) {
    query.andWhere('merchant.alipayMerchantId = :alipayMerchantId', { alipayMerchantId });
  }
  return query.getOne();
}

export async function merchantsPage(
  database: Database,
  caller: Caller,
  { page, search }: MerchantSearch & { readonly page: PageRequest },
): Promise<Page<Merchant>> {
  return keysetPage(searching(merchantsOf(database, caller), search), NEWEST_FIRST, page);
}

export async function countMerchants(
  database: Database,
  caller: Caller,
  { search }: MerchantSearch = {},
): Promise<number> {
  return searching(merchantsOf(database, caller), search).getCount();
}

export async function merchantsByIds(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(Merchant | null)[]> {
  const query = merchantsOf(database, caller);
  const found = await query
    .andWhere('merchant.id = any(:ids::uuid[])', { ids: [...ids] })
    .getMany();
  return inOrderOf(ids, found);
}

const NEWEST_FIRST = {
  instant: 'merchant.createdAt',
  id: 'merchant.id',
  instantOf: (merchant: Merchant): Date => merchant.createdAt,
};

/** Whoever is bound to stores sees the merchants of those stores. */
function merchantsOf(database: Database, caller: Caller): SelectQueryBuilder<Merchant> {
  requireAction(caller, 'READ_SALES');
  const query = database.manager.createQueryBuilder(Merchant, 'merchant');
  if (caller.storeIds === null) return query;
  return query.andWhere(
    'exists (select from stores s where s.merchant_id = merchant.id and s.id = any(:scope::uuid[]))',
    { scope: [...caller.storeIds] },
  );
}

function searching(
  query: SelectQueryBuilder<Merchant>,
  search: string | null | undefined,
): SelectQueryBuilder<Merchant> {
  if (search == null || search.trim() === '') return query;
  return query.andWhere('(merchant.name ilike :part or merchant.alipayMerchantId ilike :part)', {
    part: containing(search),
  });
}
