import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { inOrderOf } from '../database/in-order-of';
import { keysetPage, type Page, type PageRequest, readCursor } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { pageLanes } from './page-lanes';
import { findsFew, outOfSearch } from './search-transactions';
import { filterTransactions, type TransactionFilter } from './transaction-filter';
import { Transaction } from './transaction.entity';

export interface TransactionKey {
  readonly id?: string | null | undefined;
  readonly alipayTransId?: string | null | undefined;
  readonly partnerTransId?: string | null | undefined;
}

/** Sums over paid trades of one currency; what was given back of them, whenever (decision 19). */
export interface TransactionTotals {
  readonly currency: string;
  readonly count: number;
  readonly grossMinor: bigint;
  readonly refundedMinor: bigint;
  readonly netMinor: bigint;
}

/** By any of its numbers; Alipay's order number is not ours to keep unique, the newest is meant. */
export async function findTransaction(
  database: Database,
  caller: Caller,
  { id, alipayTransId, partnerTransId }: TransactionKey,
): Promise<Transaction | null> {
  const query = transactionsOf(database, caller);
  if (id == null && alipayTransId == null && partnerTransId == null) return null;
  if (id != null) query.andWhere('trade.id = :id', { id });
  if (alipayTransId != null) {
    query.andWhere('trade.alipayTransId = :alipayTransId', { alipayTransId });
  }
  if (partnerTransId != null) {
    query.andWhere('trade.partnerTransId = :partnerTransId', { partnerTransId });
  }
  return query.orderBy('trade.listed_at', 'DESC').limit(1).getOne();
}

export async function transactionsPage(
  database: Database,
  caller: Caller,
  {
    page,
    filter: asked = {},
  }: { readonly page: PageRequest; readonly filter?: TransactionFilter | undefined },
): Promise<Page<Transaction>> {
  requireAction(caller, 'READ_SALES');
  const filter = beyondCursors(asked, page);
  const search = filter.search?.trim() ?? '';
  if (search !== '' && (await findsFew(database, search))) {
    const query = filterTransactions(transactionsOf(database, caller), { ...filter, search: null });
    return keysetPage(outOfSearch(query, search), NEWEST_FIRST, page);
  }
  const found = await pageLanes(database, caller, filter);
  if (found === undefined) {
    const query = filterTransactions(transactionsOf(database, caller), filter);
    return keysetPage(query, NEWEST_FIRST, page);
  }
  const inScope = found.saysStores ? allTransactions(database) : transactionsOf(database, caller);
  const query = filterTransactions(inScope, found.rest);
  return keysetPage(query, NEWEST_FIRST, page, found);
}

/**
 * The filter without a bound of time that the page's cursor is beyond anyway: of two bounds an index
 * begins at one, and reads from there to the other.
 */
function beyondCursors(filter: TransactionFilter, page: PageRequest): TransactionFilter {
  const { paidFrom, paidTo } = filter;
  if (paidFrom == null && paidTo == null) return filter;
  const after = readCursor(page.after);
  const before = readCursor(page.before);
  const isBefore = after !== undefined && paidTo != null && after.instant < paidTo;
  const isAfter = before !== undefined && paidFrom != null && before.instant >= paidFrom;
  return {
    ...filter,
    isPaid: true,
    paidFrom: isAfter ? null : paidFrom,
    paidTo: isBefore ? null : paidTo,
  };
}

/** Over the whole filter, not a page; one entry for each currency, in the order of their names. */
export async function transactionTotals(
  database: Database,
  caller: Caller,
  { filter }: { readonly filter?: TransactionFilter | undefined } = {},
): Promise<TransactionTotals[]> {
  const rows = await filterTransactions(transactionsOf(database, caller), filter ?? {})
    .andWhere('trade.paid_at is not null')
    .select('trade.currency', 'currency')
    .addSelect('count(*)', 'count')
    .addSelect('sum(trade.amount_minor)', 'gross')
    .addSelect(
      `sum(case when trade.status = 'CANCELLED' then trade.amount_minor else trade.refunded_minor end)`,
      'refunded',
    )
    .groupBy('trade.currency')
    .orderBy('trade.currency')
    .getRawMany<{ currency: string; count: string; gross: string; refunded: string }>();

  return rows.map(({ currency, count, gross, refunded }) => ({
    currency,
    count: Number(count),
    grossMinor: BigInt(gross),
    refundedMinor: BigInt(refunded),
    netMinor: BigInt(gross) - BigInt(refunded),
  }));
}

export async function transactionsByIds(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(Transaction | null)[]> {
  const query = transactionsOf(database, caller);
  const found = await query.andWhere('trade.id = any(:ids::uuid[])', { ids: [...ids] }).getMany();
  return inOrderOf(ids, found);
}

/** By the time of payment, or of creation while unpaid: a column that the database keeps. */
const NEWEST_FIRST = {
  instant: 'trade.listed_at',
  id: 'trade.id',
  instantOf: (trade: Transaction): Date => trade.paidAt ?? trade.createdAt,
};

function transactionsOf(database: Database, caller: Caller): SelectQueryBuilder<Transaction> {
  requireAction(caller, 'READ_SALES');
  return withinStores(allTransactions(database), caller, 'trade.storeId');
}

function allTransactions(database: Database): SelectQueryBuilder<Transaction> {
  return database.manager.createQueryBuilder(Transaction, 'trade');
}
