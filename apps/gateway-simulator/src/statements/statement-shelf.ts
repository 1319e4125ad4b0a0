import type { Clock } from '../clock';
import { deliveredAt, isDay } from './business-days';
import {
  daysWithStatements,
  settlementStatement,
  type StatementSource,
  transactionStatement,
} from './statement-text';

export interface StatementFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly writtenAt: number;
}

/** The folder of Alipay's file server: a day's files lie in it from the hour they are delivered. */
export interface StatementShelf {
  files(): readonly StatementFile[];
  /** Writes a day's files now, whatever the hour; null when there is no such day. */
  write(day: string): readonly StatementFile[] | null;
  forget(): void;
}

/** Files older than this are taken away (PROTOCOL.md §11). */
const KEPT_MS = 7 * 24 * 3_600_000;

const KINDS = { transaction: transactionStatement, settlement: settlementStatement } as const;

export function createStatementShelf(
  source: () => StatementSource,
  clock: Pick<Clock, 'now'>,
): StatementShelf {
  const written = new Map<string, StatementFile>();

  const write = (day: string, writtenAt: number): StatementFile[] =>
    Object.entries(KINDS).flatMap(([kind, text]) => {
      const content = text(source(), day);
      if (content === null) return [];
      const name = `${source().partnerId}_${kind}_${day.replaceAll('-', '')}.txt`;
      const file = { name, bytes: Buffer.from(content), writtenAt };
      written.set(name, file);
      return [file];
    });

  return {
    files: () => {
      const now = clock.now().getTime();
      for (const day of daysWithStatements(source())) {
        const isThere = [...written.keys()].some((name) => name.includes(day.replaceAll('-', '')));
        if (deliveredAt(day) <= now && !isThere) write(day, deliveredAt(day));
      }
      return [...written.values()].filter(({ writtenAt }) => now - writtenAt <= KEPT_MS);
    },
    write: (day) => (isDay(day) ? write(day, clock.now().getTime()) : null),
    forget: () => {
      written.clear();
    },
  };
}
