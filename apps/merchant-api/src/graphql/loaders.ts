import {
  type Caller,
  type Database,
  type Merchant,
  merchantsByIds,
  type QrCode,
  qrCodesByIds,
  type Refund,
  refundsByIds,
  refundsOfTransactions,
  type Statement,
  statementsByIds,
  type Store,
  storesByIds,
  type Transaction,
  transactionsByIds,
} from '@countersign/merchant-domain';
import DataLoader from 'dataloader';

/** One query for each kind of record that an operation's edges lead to, however many there are. */
export interface Loaders {
  readonly merchants: DataLoader<string, Merchant | null>;
  readonly stores: DataLoader<string, Store | null>;
  readonly qrCodes: DataLoader<string, QrCode | null>;
  readonly transactions: DataLoader<string, Transaction | null>;
  readonly refunds: DataLoader<string, Refund | null>;
  readonly statements: DataLoader<string, Statement | null>;
  readonly refundsOfTransaction: DataLoader<string, Refund[]>;
}

const batchMax = 500;

/** Loaders of one caller, for one operation: they see what the caller sees, and remember it. */
export function createLoaders(database: Database, caller: Caller): Loaders {
  const load = <Row>(
    rowsOf: (database: Database, caller: Caller, ids: readonly string[]) => Promise<Row[]>,
  ): DataLoader<string, Row> =>
    new DataLoader((ids) => rowsOf(database, caller, ids), { maxBatchSize: batchMax });

  return {
    merchants: load(merchantsByIds),
    stores: load(storesByIds),
    qrCodes: load(qrCodesByIds),
    transactions: load(transactionsByIds),
    refunds: load(refundsByIds),
    statements: load(statementsByIds),
    refundsOfTransaction: load(refundsOfTransactions),
  };
}

/** What was loaded may be otherwise by now: the next mutation of the operation shows what it has done. */
export function forgetLoaded(loaders: Loaders): void {
  for (const loader of Object.values({ ...loaders })) loader.clearAll();
}
