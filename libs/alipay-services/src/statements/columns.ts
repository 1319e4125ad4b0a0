import {
  AlipayProtocolError,
  type Money,
  parseAmount,
  parseGatewayTime,
} from '@countersign/alipay-protocol';

import { type TextLine } from './split-lines';
import { StatementUnreadable } from './statement-error';

const SEPARATOR = '|';
/** With a point or a sign, as such programs write it; digits about one e may be somebody's id. */
const SCIENTIFIC = /^[+-]?\d+(?:\.\d+[eE][+-]?|[eE][+-])\d+$/;
/** Fifteen digits are all that a spreadsheet program keeps of a long number; the others become 0. */
const ROUNDED = /^\d{15}0{6,}$/;
const OTHER_SEPARATOR = /[,;\t]/;
const ID = /^[A-Za-z0-9_.:-]{1,64}$/;

/** Where each column of a file stands. */
export type ColumnPlaces = ReadonlyMap<string, number>;

/** One row, whose values are asked for by Alipay's names; each complaint names line and column. */
export interface Row {
  readonly lineNumber: number;
  /** The value without blanks around it; empty when the file has no such column. */
  text(column: string): string;
  id(column: string): string;
  idOrNone(column: string): string | null;
  amount(column: string, currency: string): Money;
  /** As `amount`, and with a sign. */
  signedAmount(column: string, currency: string): Money;
  currency(column: string): string;
  time(column: string): Date;
  oneOf<Word extends string>(column: string, words: readonly Word[]): Word;
}

/** Reads a row of names. Their order is free and more of them are welcome; `needed` must be there. */
export function readColumnNames(line: TextLine, needed: readonly string[]): ColumnPlaces {
  const names = line.text.split(SEPARATOR).map((name) => name.trim());
  const places = new Map(names.map((name, place) => [name, place]));
  for (const name of needed) {
    if (!places.has(name)) {
      const fault = OTHER_SEPARATOR.test(line.text) ? 'MANGLED' : 'FOREIGN';
      throw new StatementUnreadable(fault, line.lineNumber, `lacks the column ${name}`);
    }
  }
  if (places.size !== names.length) {
    throw new StatementUnreadable('INVALID', line.lineNumber, 'names a column twice');
  }
  return places;
}

/**
 * A row with as many values as there are columns. `isLast`: nothing follows it, not even a line
 * end. Then its last value may have been cut short, which only free text can bear.
 */
export function readRow(
  line: TextLine,
  { places, needed }: { readonly places: ColumnPlaces; readonly needed: readonly string[] },
  isLast: boolean,
): Row {
  const values = line.text.split(SEPARATOR);
  if (values.length !== places.size) throw wrongWidth(line, values.length, places.size, isLast);
  if (isLast && needed.some((column) => places.get(column) === places.size - 1)) {
    throw breaksOff(line.lineNumber);
  }

  const { lineNumber } = line;
  const text = (column: string): string => {
    const place = places.get(column);
    return place === undefined ? '' : (values[place]?.trim() ?? '');
  };
  const refuse = (column: string, message: string): StatementUnreadable => {
    const value = text(column);
    if (SCIENTIFIC.test(value)) return mangled(lineNumber, column);
    return new StatementUnreadable('INVALID', lineNumber, message, column);
  };
  const idOrNone = (column: string): string | null => {
    const value = text(column);
    if (value === '') return null;
    if (!ID.test(value)) throw refuse(column, 'is no id: 1 to 64 letters, digits or -_.:');
    if (SCIENTIFIC.test(value) || ROUNDED.test(value)) throw mangled(lineNumber, column);
    return value;
  };
  const amount = (column: string, currency: string, sign: '' | '-' = ''): Money => {
    try {
      const { minor } = parseAmount(text(column).slice(sign.length), currency);
      return { minor: sign === '-' ? -minor : minor, currency };
    } catch (error) {
      if (!(error instanceof AlipayProtocolError)) throw error;
      throw refuse(column, `is ${error.message}`);
    }
  };

  return {
    lineNumber,
    text,
    id: (column) => idOrNone(column) ?? fail(refuse(column, 'is empty')),
    idOrNone,
    amount: (column, currency) => amount(column, currency),
    signedAmount: (column, currency) =>
      amount(column, currency, text(column).startsWith('-') ? '-' : ''),
    currency: (column) => {
      const value = text(column);
      if (!/^[A-Z]{3}$/.test(value))
        throw refuse(column, 'is no currency of three capital letters');
      return value;
    },
    time: (column) => {
      try {
        return parseGatewayTime(text(column));
      } catch (error) {
        if (!(error instanceof AlipayProtocolError)) throw error;
        throw refuse(column, 'is no Beijing time as yyyy-MM-dd HH:mm:ss');
      }
    },
    oneOf: (column, words) => {
      const value = text(column);
      const word = words.find((candidate) => candidate === value);
      if (word === undefined) throw refuse(column, `is none of ${words.join(', ')}`);
      return word;
    },
  };
}

function wrongWidth(
  { lineNumber, text }: TextLine,
  found: number,
  wanted: number,
  isLast: boolean,
): StatementUnreadable {
  if (isLast && found < wanted) return breaksOff(lineNumber);
  const fault = found === 1 && OTHER_SEPARATOR.test(text) ? 'MANGLED' : 'INVALID';
  return new StatementUnreadable(fault, lineNumber, `has ${found} columns instead of ${wanted}`);
}

export function breaksOff(lineNumber: number): StatementUnreadable {
  return new StatementUnreadable('TRUNCATED', lineNumber, 'breaks off: the file is not whole');
}

function mangled(lineNumber: number, column: string): StatementUnreadable {
  return new StatementUnreadable(
    'MANGLED',
    lineNumber,
    'was rewritten by a spreadsheet program: use the file as Alipay delivered it',
    column,
  );
}

function fail(error: Error): never {
  throw error;
}
