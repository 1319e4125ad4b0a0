import { ownerCaller } from '../domain';
import { RECONCILIATION } from '../event/actors';
import { importStatement, type StatementBooks } from './import-statement';
import { findMissingDays } from './missing-days';
import { type StatementFiles } from './reconcile-day';
import { readStatementFileName } from './statement-file-name';

export interface StatementFolder extends StatementFiles {
  /** The files that lie there now. */
  list(): Promise<readonly { readonly name: string }[]>;
}

export interface CaughtUp {
  readonly imported: readonly string[];
  /** Beijing days on which customers paid, and of which no transaction file came in time. */
  readonly missingDays: readonly string[];
}

/**
 * Imports every file that the server still keeps and we have not yet, the earliest day first, and
 * tells of days that lack one. A file that cannot be read now is tried at the next turn.
 */
export async function catchUpStatements(
  books: StatementBooks & { readonly statementFiles: StatementFolder },
): Promise<CaughtUp> {
  const { statementFiles } = books;
  const names = (await statementFiles.list())
    .flatMap(({ name }) => {
      const read = readStatementFileName(books.alipay.partnerId, name);
      return 'refusal' in read ? [] : [{ name, ...read }];
    })
    .sort((a, b) => a.date.localeCompare(b.date) || b.kind.localeCompare(a.kind));
  const known = await knownNames(
    books,
    names.map(({ name }) => name),
  );
  const imported: string[] = [];
  for (const { name } of names) {
    if (known.has(name)) continue;
    try {
      const content = await statementFiles.open(name);
      if (content === null) continue;
      const caller = ownerCaller(RECONCILIATION);
      await importStatement(books, { caller, fileName: name, content });
      imported.push(name);
    } catch (error) {
      // The others are not held up by it.
      books.log?.error('a statement could not be imported now', { fileName: name, error });
    }
  }
  const missingDays = await findMissingDays(books.database, books.now());
  for (const date of missingDays) {
    books.log?.error('no transaction file has come for a day on which customers paid', { date });
  }
  return { imported, missingDays };
}

/** A rejected one counts: it is tried again when somebody asks for it. */
async function knownNames(books: StatementBooks, names: readonly string[]): Promise<Set<string>> {
  const rows: { file_name: string }[] = await books.database.manager.query(
    `select distinct file_name from statements
     where imported_at is not null and file_name = any($1)`,
    [names],
  );
  return new Set(rows.map((row) => row.file_name));
}
