import { type Refusal, refuse } from '../domain';
import { type StatementKind } from './statement.entity';

export interface StatementName {
  readonly kind: StatementKind;
  /** `yyyy-MM-dd`, a Beijing day. */
  readonly date: string;
}

const NAME = /^(\d{16})_(transaction|settlement)_(\d{4})(\d{2})(\d{2})\.txt$/;

/** The name under which Alipay delivers a day's file (PROTOCOL.md §11). */
export function statementFileName(partnerId: string, { kind, date }: StatementName): string {
  return `${partnerId}_${kind.toLowerCase()}_${date.replaceAll('-', '')}.txt`;
}

/** Which day's file it is; a name that Alipay does not give, or gives to somebody else, is refused. */
export function readStatementFileName(
  partnerId: string,
  fileName: string,
): StatementName | Refusal {
  const [, partner, kind, year, month, day] = NAME.exec(fileName) ?? [];
  const date = `${year ?? ''}-${month ?? ''}-${day ?? ''}`;
  if (kind === undefined || !isDay(date)) {
    return refuse(
      'INVALID_INPUT',
      `A statement keeps Alipay's name: ${partnerId}_transaction_20260102.txt or ${partnerId}_settlement_20260102.txt.`,
      { field: ['fileName'] },
    );
  }
  if (partner !== partnerId) {
    return refuse(
      'INVALID_INPUT',
      `This is a statement of partner ${partner ?? ''}; ours is ${partnerId}.`,
      { field: ['fileName'] },
    );
  }
  return { kind: kind === 'transaction' ? 'TRANSACTION' : 'SETTLEMENT', date };
}

/** Nobody has a file of before; PostgreSQL has no year 0. */
const FIRST_DAY = '2000-01-01';

/** A day that the calendar has, and of which there can be a file. */
export function isDay(date: string): boolean {
  const instant = new Date(`${date}T00:00:00Z`);
  const isOfCalendar = !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(date);
  return isOfCalendar && date >= FIRST_DAY;
}

/** The first instant of a Beijing day, and of the one after. */
export function boundsOfDay(date: string): { readonly from: Date; readonly to: Date } {
  const from = new Date(`${date}T00:00:00+08:00`);
  return { from, to: new Date(from.getTime() + 24 * 3_600_000) };
}
