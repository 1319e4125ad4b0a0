import { formatAmount, type Money } from '@countersign/alipay-protocol';

import { type ColumnPlaces, readColumnNames, readRow, type Row } from './columns';
import { type MerchantColumns, readMerchantColumns } from './merchant-columns';
import { readStatement, type StatementReader } from './read-statement';
import { StatementUnreadable } from './statement-error';

/** One line of a settlement file, in Alipay's words (PROTOCOL.md §11). */
export interface SettlementStatementLine extends MerchantColumns {
  readonly lineNumber: number;
  /** The payment's order number; of a refund its `partner_refund_id`. */
  readonly partnerTransactionId: string;
  readonly transactionId: string;
  /** All three as seen by the type, which carries the direction: a refund's amount loses its sign (U34). */
  readonly amount: Money;
  readonly fee: Money;
  /** What reaches the merchant, or leaves it: amount − fee. */
  readonly settlement: Money;
  readonly paymentTime: Date;
  readonly settlementTime: Date;
  readonly type: 'PAYMENT' | 'REFUND';
  readonly status: string;
  readonly remark: string;
}

/** What the lines come to, per currency. */
export interface SettlementTotals {
  readonly lineCount: number;
  /** Payments less refunds. */
  readonly byCurrency: ReadonlyMap<
    string,
    { readonly amount: bigint; readonly fee: bigint; readonly settlement: bigint }
  >;
}

/** The documented order, for a file without a row of names (U33). */
const COLUMNS = [
  'Partner_transaction_id',
  'Transaction_id',
  'Amount',
  'Fee',
  'Settlement',
  'Currency',
  'Payment_time',
  'Settlement_time',
  'Type',
  'Status',
  'Remarks',
  'Secondary_merchant_industry',
  'Secondary_merchant_name',
  'Secondary_merchant_id',
  'Operator_name',
  'Order_scene',
  'Trans_currency',
  'Trans_amount',
  'Trans_forex_rate',
  'Issue',
] as const;
const NEEDED = COLUMNS.slice(0, 9);
const TYPES = { P: 'PAYMENT', R: 'REFUND' } as const;

/**
 * Reads a settlement file, with or without a row of names. Every line must come out: amount − fee
 * = settlement. Yields its lines as they come, and returns what they come to.
 */
export function readSettlementStatement(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { readonly charset?: 'UTF-8' | 'GBK' } = {},
): AsyncGenerator<SettlementStatementLine[], SettlementTotals> {
  return readStatement(chunks, createReader(), options);
}

function createReader(): StatementReader<SettlementStatementLine, SettlementTotals> {
  let places: ColumnPlaces | undefined;
  let lineCount = 0;
  const byCurrency = new Map<string, { amount: bigint; fee: bigint; settlement: bigint }>();

  return {
    line: (line, isLast) => {
      if (places === undefined) {
        if (line.text.includes('Transaction_id')) {
          places = readColumnNames(line, NEEDED);
          return undefined;
        }
        places = new Map(COLUMNS.map((name, place) => [name, place]));
      }
      const read = readLine(readRow(line, { places, needed: NEEDED }, isLast));
      lineCount += 1;
      addUp(byCurrency, read);
      return read;
    },
    end: () => ({ lineCount, byCurrency }),
  };
}

function readLine(row: Row): SettlementStatementLine {
  const currency = row.currency('Currency');
  const amount = row.signedAmount('Amount', currency);
  const fee = row.signedAmount('Fee', currency);
  const settlement = row.signedAmount('Settlement', currency);
  if (amount.minor - fee.minor !== settlement.minor) {
    throw new StatementUnreadable(
      'INVALID',
      row.lineNumber,
      `is not amount − fee: ${formatAmount(amount)} − ${formatAmount(fee)}`,
      'Settlement',
    );
  }
  const type = TYPES[row.oneOf('Type', ['P', 'R'])];
  if (type === 'PAYMENT' && amount.minor < 0n) {
    throw new StatementUnreadable(
      'INVALID',
      row.lineNumber,
      'is below zero, which no payment is',
      'Amount',
    );
  }
  return {
    lineNumber: row.lineNumber,
    partnerTransactionId: row.id('Partner_transaction_id'),
    transactionId: row.id('Transaction_id'),
    amount: directed(amount, amount),
    fee: directed(fee, amount),
    settlement: directed(settlement, amount),
    paymentTime: row.time('Payment_time'),
    settlementTime: row.time('Settlement_time'),
    type,
    status: row.text('Status'),
    remark: row.text('Remarks'),
    ...readMerchantColumns(row),
  };
}

function addUp(
  sums: Map<string, { amount: bigint; fee: bigint; settlement: bigint }>,
  { type, amount, fee, settlement }: SettlementStatementLine,
): void {
  const sum = sums.get(amount.currency) ?? { amount: 0n, fee: 0n, settlement: 0n };
  const direction = type === 'PAYMENT' ? 1n : -1n;
  sum.amount += direction * amount.minor;
  sum.fee += direction * fee.minor;
  sum.settlement += direction * settlement.minor;
  sums.set(amount.currency, sum);
}

/** All three turn together, or amount − fee = settlement would no longer come out. */
function directed({ minor, currency }: Money, amount: Money): Money {
  return { minor: amount.minor < 0n ? -minor : minor, currency };
}
