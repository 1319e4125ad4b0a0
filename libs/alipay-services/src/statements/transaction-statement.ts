import { type Money } from '@countersign/alipay-protocol';

import { breaksOff, type ColumnPlaces, readColumnNames, readRow, type Row } from './columns';
import { type TextLine } from './split-lines';
import { StatementUnreadable } from './statement-error';
import { type MerchantColumns, readMerchantColumns } from './merchant-columns';
import { readStatement, type StatementReader } from './read-statement';

export type StatementTransactionType = 'PAYMENT' | 'REFUND' | 'CANCEL' | 'REVERSAL';

/** One line of a transaction file, in Alipay's words (PROTOCOL.md §11). */
export interface TransactionStatementLine extends MerchantColumns {
  readonly lineNumber: number;
  /** The payment's order number; of a refund its `partner_refund_id`. */
  readonly partnerTransactionId: string;
  /** Alipay's number of the trade. */
  readonly transactionId: string;
  /** In the settlement currency. Always positive: the type carries the direction. */
  readonly amount: Money;
  readonly fee: Money;
  readonly paymentTime: Date;
  readonly type: StatementTransactionType;
  readonly remark: string;
}

/** What the file says of itself, proved by its lines. */
export interface TransactionStatementHeader {
  readonly partner: string;
  /** The Beijing day, `yyyy-MM-dd`. */
  readonly date: string;
  readonly totalCount: number;
}

const NEEDED = [
  'Partner_transaction_id',
  'Transaction_id',
  'Transaction_amount',
  'Charge_amount',
  'Currency',
  'Payment_time',
  'Transaction_type',
] as const;
const TYPES = ['PAYMENT', 'REFUND', 'CANCEL', 'REVERSAL'] as const;

/**
 * Reads a transaction file of 17, 15 or 8 columns, or others, by the names in its second line.
 * Yields its lines as they come, and returns its header (null: the file is empty). A file whose
 * count is wrong is refused at its end: use none of its lines before the generator has returned.
 */
export function readTransactionStatement(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { readonly charset?: 'UTF-8' | 'GBK' } = {},
): AsyncGenerator<TransactionStatementLine[], TransactionStatementHeader | null> {
  return readStatement(chunks, createReader(), options);
}

function createReader(): StatementReader<
  TransactionStatementLine,
  TransactionStatementHeader | null
> {
  let header: TransactionStatementHeader | undefined;
  let places: ColumnPlaces | undefined;
  let count = 0;

  return {
    line: (line, isLast) => {
      if (header === undefined) {
        header = readHeader(line, isLast);
        return undefined;
      }
      if (places === undefined) {
        places = readColumnNames(line, NEEDED);
        return undefined;
      }
      count += 1;
      return readLine(readRow(line, { places, needed: NEEDED }, isLast));
    },
    end: (lineNumber) => {
      if (header === undefined) return null;
      if (places === undefined && header.totalCount > 0) {
        throw new StatementUnreadable(
          'TRUNCATED',
          lineNumber,
          'is followed by no names of columns',
        );
      }
      if (count !== header.totalCount) {
        const fault = count < header.totalCount ? 'TRUNCATED' : 'INVALID';
        throw new StatementUnreadable(
          fault,
          1,
          `promises ${header.totalCount} lines, and ${count} are there`,
          'Total_count',
        );
      }
      return header;
    },
  };
}

const HEADER =
  /^Partner:\s*(\d{16})\|Payment_time:\s*(\d{4}-\d{2}-\d{2})(?: \d{2}:\d{2}:\d{2})?\|Total_count:\s*(\d{1,9})\s*$/;

function readHeader({ lineNumber, text }: TextLine, isLast: boolean): TransactionStatementHeader {
  const [, partner, date, totalCount] = HEADER.exec(text) ?? [];
  if (partner === undefined || date === undefined || totalCount === undefined) {
    if (isLast && text.startsWith('Partner:')) throw breaksOff(lineNumber);
    throw new StatementUnreadable(
      /^"?Partner/.test(text) ? 'MANGLED' : 'FOREIGN',
      lineNumber,
      'is not the header of a transaction file: Partner:…|Payment_time:…|Total_count:…',
    );
  }
  return { partner, date, totalCount: Number(totalCount) };
}

function readLine(row: Row): TransactionStatementLine {
  const currency = row.currency('Currency');
  return {
    lineNumber: row.lineNumber,
    partnerTransactionId: row.id('Partner_transaction_id'),
    transactionId: row.id('Transaction_id'),
    amount: row.amount('Transaction_amount', currency),
    fee: row.amount('Charge_amount', currency),
    paymentTime: row.time('Payment_time'),
    type: row.oneOf('Transaction_type', TYPES),
    remark: row.text('Remark'),
    ...readMerchantColumns(row),
  };
}
