import { AlipayServiceError } from '../errors';

/** What is wrong with a file, for whoever decides what to do with it. */
export type StatementFault =
  /** It ends too early, or does not hold as many lines as it says. */
  | 'TRUNCATED'
  /** Bytes that are neither UTF-8 nor GBK, or both in one file. */
  | 'MIS_ENCODED'
  /** A spreadsheet program has rewritten it: numbers in scientific notation, quotes, other separators. */
  | 'MANGLED'
  /** It is about another partner, another day, or no statement at all. */
  | 'FOREIGN'
  /** A value breaks the file's own rules. */
  | 'INVALID';

/** A statement that cannot be used. Nothing of it may be: its totals are part of what it says. */
export class StatementUnreadable extends AlipayServiceError {
  override readonly name = 'StatementUnreadable';
  readonly fault: StatementFault;
  /** From 1, as an editor counts; 0 when it is about the whole file. */
  readonly lineNumber: number;
  /** Alipay's name of the column, where one value is wrong. */
  readonly column: string | undefined;

  constructor(fault: StatementFault, lineNumber: number, message: string, column?: string) {
    const place = lineNumber === 0 ? '' : `line ${lineNumber}: `;
    super('ALIPAY_STATEMENT_UNREADABLE', `${place}${column ? `${column} ` : ''}${message}`, {
      field: column,
    });
    this.fault = fault;
    this.lineNumber = lineNumber;
    this.column = column;
  }
}
