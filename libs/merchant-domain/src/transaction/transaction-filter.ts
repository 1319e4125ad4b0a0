import { type SelectQueryBuilder } from 'typeorm';

import { BadUserInput } from '../database/keyset-page';
import { startingWith } from '../database/like-pattern';
import { type Transaction, type TransactionStatus } from './transaction.entity';

/** What a list of transactions is narrowed to; everything given must be true of each. */
export interface TransactionFilter {
  readonly storeId?: string | null | undefined;
  readonly qrCodeId?: string | null | undefined;
  readonly merchantId?: string | null | undefined;
  readonly shop?: string | null | undefined;
  /** Has a sale reference, or has none. */
  readonly claimed?: boolean | null | undefined;
  /** Stands in a settlement file, or is `UNSETTLED`. */
  readonly settled?: boolean | null | undefined;
  readonly statuses?: readonly TransactionStatus[] | null | undefined;
  /** So is whatever has a bound of time. */
  readonly isPaid?: boolean | undefined;
  /** Inclusive. */
  readonly paidFrom?: Date | null | undefined;
  /** Exclusive. */
  readonly paidTo?: Date | null | undefined;
  /** Decimals in each payment's own currency, both inclusive. */
  readonly minAmount?: string | null | undefined;
  readonly maxAmount?: string | null | undefined;
  /** One of the two numbers, or how it begins. */
  readonly search?: string | null | undefined;
}

/** Paid, not all of it given back, and in no settlement file yet: what Alipay still owes. Of the alias `trade`. */
export const UNSETTLED = `trade.paid_at is not null and trade.settled_at is null
  and trade.status not in ('CANCELLED', 'REFUNDED')`;

/** Narrows a query over the alias `trade`. */
export function filterTransactions(
  query: SelectQueryBuilder<Transaction>,
  filter: TransactionFilter,
): SelectQueryBuilder<Transaction> {
  filterByPlace(query, filter);
  filterByState(query, filter);
  filterByPayment(query, filter);
  if (filter.search != null && filter.search.trim() !== '') {
    query.andWhere('(trade.alipayTransId like :start or trade.partnerTransId like :start)', {
      start: startingWith(filter.search),
    });
  }
  return query;
}

function filterByPlace(
  query: SelectQueryBuilder<Transaction>,
  { storeId, qrCodeId, merchantId, shop }: TransactionFilter,
): void {
  if (storeId != null) query.andWhere('trade.storeId = :storeId', { storeId });
  if (qrCodeId != null) query.andWhere('trade.qrCodeId = :qrCodeId', { qrCodeId });
  if (merchantId != null) {
    query.andWhere(`trade.storeId = ${storesWith('merchant_id = :merchantId')}`, { merchantId });
  }
  if (shop != null) query.andWhere(`trade.storeId = ${storesWith('shop = :shop')}`, { shop });
}

/** As an array made once, so that a shop that sells little is found by its stores, not by reading all. */
function storesWith(condition: string): string {
  return `any(array(select id from stores where ${condition}))`;
}

function filterByState(
  query: SelectQueryBuilder<Transaction>,
  { claimed, settled, statuses }: TransactionFilter,
): void {
  if (claimed != null) {
    query.andWhere(`trade.saleReference is ${claimed ? 'not null' : 'null'}`);
  }
  if (settled === true) query.andWhere('trade.settledAt is not null');
  if (settled === false) query.andWhere(UNSETTLED);
  if (statuses == null) return;
  // One status is said as an equation, so that the index with the status gives the order, too.
  if (statuses.length === 1) query.andWhere('trade.status = :status', { status: statuses[0] });
  else query.andWhere('trade.status = any(:statuses)', { statuses: [...statuses] });
}

function filterByPayment(
  query: SelectQueryBuilder<Transaction>,
  { isPaid = false, paidFrom, paidTo, minAmount, maxAmount }: TransactionFilter,
): void {
  // Once paid, the listed instant is that of the payment, and indexed.
  if (paidFrom != null) query.andWhere('trade.listed_at >= :paidFrom', { paidFrom });
  if (paidTo != null) query.andWhere('trade.listed_at < :paidTo', { paidTo });
  if (isPaid || paidFrom != null || paidTo != null) query.andWhere('trade.paidAt is not null');
  if (minAmount != null) {
    query.andWhere(`trade.amountMinor >= :minAmount::numeric * ${MINOR_UNITS}`, {
      minAmount: readDecimal(minAmount, 'minAmount'),
    });
  }
  if (maxAmount != null) {
    query.andWhere(`trade.amountMinor <= :maxAmount::numeric * ${MINOR_UNITS}`, {
      maxAmount: readDecimal(maxAmount, 'maxAmount'),
    });
  }
}

/** How many minor units make one of the payment's currency; exact, because numeric is. */
const MINOR_UNITS = `(case when trade.currency in ('JPY', 'KRW') then 1 else 100 end)`;

const DECIMAL = /^-?\d{1,18}(?:\.\d{1,18})?$/;

function readDecimal(text: string, field: string): string {
  if (DECIMAL.test(text)) return text;
  throw new BadUserInput(`${field} is no decimal number: write it like 12.50.`);
}
