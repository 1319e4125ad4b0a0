import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { inOrderOf } from '../database/in-order-of';
import { keysetPage, type Page, type PageRequest } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { UNSETTLED } from '../transaction/transaction-filter';
import { Discrepancy, type DiscrepancyStatus } from './discrepancy.entity';
import { Statement, type StatementKind } from './statement.entity';

export interface StatementFilter {
  readonly kind?: StatementKind | null | undefined;
  /** Beijing days, both inclusive, `yyyy-MM-dd`. */
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

export async function statementsPage(
  database: Database,
  caller: Caller,
  { page, kind, from, to }: StatementFilter & { readonly page: PageRequest },
): Promise<Page<Statement>> {
  const query = statementsOf(database, caller);
  if (kind != null) query.andWhere('statement.kind = :kind', { kind });
  if (from != null) query.andWhere('statement.date >= :from', { from: storable(from) });
  if (to != null) query.andWhere('statement.date <= :to', { to: storable(to) });
  return keysetPage(query, BY_DATE, page);
}

export async function findStatement(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Statement | null> {
  return statementsOf(database, caller).andWhere('statement.id = :id', { id }).getOne();
}

export async function statementsByIds(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(Statement | null)[]> {
  const query = statementsOf(database, caller);
  const found = await query
    .andWhere('statement.id = any(:ids::uuid[])', { ids: [...ids] })
    .getMany();
  return inOrderOf(ids, found);
}

export interface DiscrepancyFilter {
  readonly statuses?: readonly DiscrepancyStatus[] | null | undefined;
  readonly statementId?: string | null | undefined;
}

export async function discrepanciesPage(
  database: Database,
  caller: Caller,
  { page, ...filter }: DiscrepancyFilter & { readonly page: PageRequest },
): Promise<Page<Discrepancy>> {
  return keysetPage(filtered(discrepanciesOf(database, caller), filter), NEWEST_FIRST, page);
}

export async function countDiscrepancies(
  database: Database,
  caller: Caller,
  filter: DiscrepancyFilter,
): Promise<number> {
  return filtered(discrepanciesOf(database, caller), filter).getCount();
}

export async function findDiscrepancy(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Discrepancy | null> {
  return discrepanciesOf(database, caller).andWhere('difference.id = :id', { id }).getOne();
}

/** What customers have paid and Alipay has not settled yet, per currency. */
export interface Unsettled {
  readonly currency: string;
  readonly count: number;
  readonly amountMinor: bigint;
  readonly oldestPaidAt: Date;
}

export async function unsettledPayments(database: Database, caller: Caller): Promise<Unsettled[]> {
  requireAction(caller, 'READ_OPERATIONS');
  const rows: { currency: string; count: number; amount: string; oldest: Date }[] =
    await database.manager.query(
      `select currency, count(*)::int as count, sum(amount_minor - refunded_minor) as amount, min(paid_at) as oldest
       from transactions trade
       where ${UNSETTLED} and ($1::uuid[] is null or store_id = any($1))
       group by currency order by currency`,
      [caller.storeIds],
    );
  return rows.map(({ currency, count, amount, oldest }) => ({
    currency,
    count,
    amountMinor: BigInt(amount),
    oldestPaidAt: oldest,
  }));
}

/** There is no year 0 in PostgreSQL, and no statement of the year 1 anywhere. */
function storable(day: string): string {
  return day < '0001-01-01' ? '0001-01-01' : day;
}

/** The day comes first, then the order of import. */
const BY_DATE = {
  instant: 'statement.listed_at',
  id: 'statement.id',
  instantOf: (statement: Statement): Date => new Date(`${statement.date}T00:00:00Z`),
};

const NEWEST_FIRST = {
  instant: 'difference.createdAt',
  id: 'difference.id',
  instantOf: (difference: Discrepancy): Date => difference.createdAt,
};

/** A file is of the whole account: whoever is bound to stores sees those that disagree about theirs. */
function statementsOf(database: Database, caller: Caller): SelectQueryBuilder<Statement> {
  requireAction(caller, 'READ_OPERATIONS');
  const query = database.manager
    .createQueryBuilder(Statement, 'statement')
    .where('statement.importedAt is not null');
  if (caller.storeIds === null) return query;
  return query.andWhere(
    `exists (select from discrepancies d join transactions t on t.id = d.transaction_id
             where d.statement_id = statement.id and t.store_id = any(:scope::uuid[]))`,
    { scope: [...caller.storeIds] },
  );
}

function filtered(
  query: SelectQueryBuilder<Discrepancy>,
  { statuses, statementId }: DiscrepancyFilter,
): SelectQueryBuilder<Discrepancy> {
  if (statuses != null) {
    query.andWhere('difference.status = any(:statuses)', { statuses: [...statuses] });
  }
  if (statementId != null) query.andWhere('difference.statementId = :statementId', { statementId });
  return query;
}

/** A discrepancy belongs to the store of its payment; without one it is for callers of all stores. */
function discrepanciesOf(database: Database, caller: Caller): SelectQueryBuilder<Discrepancy> {
  requireAction(caller, 'READ_OPERATIONS');
  return withinStores(
    database.manager.createQueryBuilder(Discrepancy, 'difference'),
    caller,
    '(select t.store_id from transactions t where t.id = difference.transactionId)',
  );
}
