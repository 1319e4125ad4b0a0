import { formatAmount } from '@countersign/alipay-protocol';
import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { type Database } from '../database/open-database';
import { type Reading, withinReading } from '../database/reading';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { filterTransactions, type TransactionFilter } from '../transaction/transaction-filter';
import { Transaction } from '../transaction/transaction.entity';

/** What an export has one line for. */
export type ExportSubject = 'transactions' | 'refunds' | 'settlements';

/**
 * A line by its columns. Amounts are decimals, in the currency beside them; what Alipay keeps and pays
 * out is in that of the settlement.
 */
export type ExportRow = Readonly<Record<string, string>>;

/** A column: its name, where its value stands, and how it is written. */
interface Column {
  readonly name: string;
  readonly sql: string;
  readonly as?: 'amount' | 'settled amount' | 'instant';
}

const PLACE: readonly Column[] = [
  { name: 'store', sql: 'store.name' },
  { name: 'alipay_store_id', sql: 'store.alipay_store_id' },
  { name: 'shop', sql: 'store.shop' },
  { name: 'code', sql: 'code.label' },
];

const PAYMENT: readonly Column[] = [
  { name: 'alipay_trans_id', sql: 'trade.alipay_trans_id' },
  { name: 'partner_trans_id', sql: 'trade.partner_trans_id' },
];

const COLUMNS: Readonly<Record<ExportSubject, readonly Column[]>> = {
  transactions: [
    ...PAYMENT,
    { name: 'status', sql: 'trade.status' },
    { name: 'paid_at', sql: 'trade.paid_at', as: 'instant' },
    { name: 'currency', sql: 'trade.currency' },
    { name: 'amount', sql: 'trade.amount_minor', as: 'amount' },
    {
      name: 'refunded',
      sql: `case when trade.status = 'CANCELLED' and trade.paid_at is not null
              then trade.amount_minor else trade.refunded_minor end`,
      as: 'amount',
    },
    { name: 'fee', sql: 'trade.fee_minor', as: 'settled amount' },
    { name: 'net', sql: 'trade.net_minor', as: 'settled amount' },
    { name: 'settled_at', sql: 'trade.settled_at', as: 'instant' },
    {
      name: 'settlement_currency',
      sql: `case when trade.settled_at is not null
              then coalesce(trade.settlement_currency, trade.currency) end`,
    },
    { name: 'wallet', sql: 'trade.payment_institution' },
    { name: 'buyer', sql: 'trade.buyer_login' },
    { name: 'sale_reference', sql: 'trade.sale_reference' },
    ...PLACE,
  ],
  refunds: [
    { name: 'partner_refund_id', sql: 'refund.partner_refund_id' },
    ...PAYMENT,
    { name: 'status', sql: 'refund.status' },
    { name: 'currency', sql: 'refund.currency' },
    { name: 'amount', sql: 'refund.amount_minor', as: 'amount' },
    { name: 'reason', sql: 'refund.reason' },
    { name: 'requested_by', sql: 'refund.requested_by' },
    { name: 'created_at', sql: 'refund.created_at', as: 'instant' },
    { name: 'settled_at', sql: 'refund.settled_at', as: 'instant' },
    { name: 'failure_code', sql: 'refund.failure_code' },
    ...PLACE,
  ],
  settlements: [
    { name: 'type', sql: `case when refund.id is null then 'PAYMENT' else 'REFUND' end` },
    ...PAYMENT,
    { name: 'partner_refund_id', sql: 'refund.partner_refund_id' },
    { name: 'currency', sql: 'trade.currency' },
    { name: 'amount', sql: 'coalesce(refund.amount_minor, trade.amount_minor)', as: 'amount' },
    {
      name: 'fee',
      sql: 'case when refund.id is null then trade.fee_minor else refund.fee_minor end',
      as: 'settled amount',
    },
    {
      name: 'settlement',
      sql: 'case when refund.id is null then trade.net_minor else refund.net_minor end',
      as: 'settled amount',
    },
    {
      name: 'settlement_currency',
      sql: `coalesce(case when refund.id is null
              then trade.settlement_currency else refund.settlement_currency end, trade.currency)`,
    },
    {
      name: 'settled_at',
      sql: 'case when refund.id is null then trade.settled_at else refund.settlement_at end',
      as: 'instant',
    },
    ...PLACE,
  ],
};

/** The columns of an export, in order. */
export function exportColumns(subject: ExportSubject): readonly string[] {
  return COLUMNS[subject].map(({ name }) => name);
}

/** Those of its columns that hold amounts: decimals of our own making, some below zero. */
export function exportAmounts(subject: ExportSubject): readonly string[] {
  return COLUMNS[subject].flatMap(({ name, as }) => (as?.endsWith('amount') ? [name] : []));
}

const BATCH_ROWS = 1_000;

/**
 * Everything that the filter finds, newest payment first, some rows at a time: memory does not
 * grow with their number. It is the filter of the list and of its totals: refunds and settlements
 * are those of the payments found.
 */
export async function* exportRows(
  database: Database,
  caller: Caller,
  subject: ExportSubject,
  filter: TransactionFilter,
): AsyncGenerator<readonly ExportRow[]> {
  requireAction(caller, 'READ_SALES');
  const isPaid = filter.isPaid === true || filter.paidFrom != null || filter.paidTo != null;
  const reading: Reading = { mayUseReplica: () => true };
  let after: Place | undefined;
  do {
    // All that follows is before the end of the time: of two bounds an index would begin at that one.
    const left = after === undefined ? filter : { ...filter, isPaid, paidTo: null };
    const batch = batchOf(select(database, caller, subject, left), after);
    const found = await withinReading(reading, () =>
      batch.getRawMany<Place & Record<string, unknown>>(),
    );
    if (found.length > 0) yield found.map((row) => writtenRow(subject, row));
    after = found.length < BATCH_ROWS ? undefined : found.at(-1);
  } while (after !== undefined);
}

/** Where a row stands among all. */
interface Place {
  readonly row_at: Date;
  readonly row_trade: string;
  readonly row_refund: string;
}

const NO_REFUND = '00000000-0000-0000-0000-000000000000';
const REFUND_ID = `coalesce(refund.id, '${NO_REFUND}')`;

function select(
  database: Database,
  caller: Caller,
  subject: ExportSubject,
  filter: TransactionFilter,
): SelectQueryBuilder<Transaction> {
  const query = withColumns(
    subject,
    filterTransactions(
      withinStores(
        database.manager.createQueryBuilder(Transaction, 'trade').where('true'),
        caller,
        'trade.storeId',
      ),
      filter,
    ),
  )
    .leftJoin('stores', 'store', 'store.id = trade.store_id')
    .leftJoin('qr_codes', 'code', 'code.id = trade.qr_code_id');
  switch (subject) {
    case 'transactions':
      return query.leftJoin('refunds', 'refund', 'false');
    case 'refunds':
      return query.innerJoin('refunds', 'refund', 'refund.transaction_id = trade.id');
    case 'settlements':
      // The payment itself, and each of its refunds: what was paid out, and what was taken back.
      return query.innerJoin(
        `(select transaction_id, id, partner_refund_id, amount_minor, fee_minor, net_minor, settlement_currency, settlement_at
            from refunds where settlement_at is not null
            union all select id, null, null, null, null, null, null, null from transactions where settled_at is not null)`,
        'refund',
        'refund.transaction_id = trade.id',
      );
  }
}

function withColumns(
  subject: ExportSubject,
  query: SelectQueryBuilder<Transaction>,
): SelectQueryBuilder<Transaction> {
  query
    .select('trade.listed_at', 'row_at')
    .addSelect('trade.id', 'row_trade')
    .addSelect(REFUND_ID, 'row_refund');
  for (const { name, sql } of COLUMNS[subject]) query.addSelect(sql, name);
  return query;
}

function batchOf(
  query: SelectQueryBuilder<Transaction>,
  after: Place | undefined,
): SelectQueryBuilder<Transaction> {
  if (after !== undefined) {
    // The first says nothing that the second does not; but it is what an index begins at.
    query.andWhere('(trade.listed_at, trade.id) <= (:rowAt::timestamptz, :rowTrade::uuid)');
    query.andWhere(
      `(trade.listed_at, trade.id, ${REFUND_ID}) < (:rowAt::timestamptz, :rowTrade::uuid, :rowRefund::uuid)`,
      { rowAt: after.row_at, rowTrade: after.row_trade, rowRefund: after.row_refund },
    );
  }
  return query
    .orderBy('trade.listed_at', 'DESC')
    .addOrderBy('trade.id', 'DESC')
    .addOrderBy(REFUND_ID, 'DESC')
    .limit(BATCH_ROWS);
}

function writtenRow(subject: ExportSubject, row: Record<string, unknown>): ExportRow {
  return Object.fromEntries(
    COLUMNS[subject].map(({ name, as }) => [
      name,
      written(
        row[name],
        String(row[as === 'settled amount' ? 'settlement_currency' : 'currency']),
        as,
      ),
    ]),
  );
}

function written(value: unknown, currency: string, as: Column['as']): string {
  if (value === null || value === undefined) return '';
  if (as === undefined) return value as string;
  if (as === 'instant') return (value as Date).toISOString();
  return formatAmount({ minor: BigInt(value as string), currency });
}
