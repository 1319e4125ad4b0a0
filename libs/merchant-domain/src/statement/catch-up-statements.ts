import { ownerCaller } from '../domain';
import { RECONCILIATION } from '../event/actors';
import { type Delivery, importStatement, type StatementBooks } from './import-statement';
import { findMissingDays } from './missing-days';
import { type StatementFiles } from './reconcile-day';
import { readStatementFileName } from './statement-file-name';
import { type StatementStatus } from './statement.entity';

export interface StatementFolder extends StatementFiles {
  /** The files that lie there now; with size and time a file that is written anew is noticed. */
  list(): Promise<readonly ({ readonly name: string } & Delivery)[]>;
}

export interface CaughtUp {
  readonly imported: readonly string[];
  /** Beijing days whose transaction file did not come in time, or cannot be used. */
  readonly missingDays: readonly string[];
}

/**
 * Imports every file that the server still keeps and we have not yet, or that it has written anew,
 * the earliest day first, and tells of days that lack one. A file that cannot be read now is tried at the next turn.
 */
export async function catchUpStatements(
  books: StatementBooks & { readonly statementFiles: StatementFolder },
): Promise<CaughtUp> {
  const { statementFiles } = books;
  const files = (await statementFiles.list())
    .flatMap((file) => {
      const read = readStatementFileName(books.alipay.partnerId, file.name);
      return 'refusal' in read ? [] : [{ ...file, ...read }];
    })
    .sort((a, b) => a.date.localeCompare(b.date) || b.kind.localeCompare(a.kind));
  const known = await knownDeliveries(
    books,
    files.map(({ name }) => name),
  );
  const imported: string[] = [];
  for (const { name, size, modifiedAt } of files) {
    if (known(name, { size, modifiedAt })) continue;
    try {
      const content = await statementFiles.open(name);
      if (content === null) continue;
      const caller = ownerCaller(RECONCILIATION);
      const delivery = { size, modifiedAt };
      await importStatement(books, { caller, fileName: name, content, delivery });
      imported.push(name);
    } catch (error) {
      // The others are not held up by it.
      books.log?.error('a statement could not be imported now', { fileName: name, error });
    }
  }
  const missingDays = await findMissingDays(books.database, books.now());
  for (const date of missingDays) {
    books.log?.error('a day lacks a transaction file that can be used', { date });
  }
  return { imported, missingDays };
}

/**
 * Whether a file is here as the server lists it. A rejected one counts: it is tried again when
 * somebody asks for it. What a person has imported since it was written counts, too, unless it
 * could not be used: then the server's may be whole. Under a file of the server's the one whose place it took
 * does not: the server may have that again, also with the time that it had before.
 */
async function knownDeliveries(
  books: StatementBooks,
  names: readonly string[],
): Promise<(name: string, delivery: Delivery) => boolean> {
  const rows: KnownDelivery[] = await books.database.manager.query(
    `select file_name, status, delivered_size, delivered_at, started_at, superseded_by from statements
     where imported_at is not null and file_name = any($1)`,
    [names],
  );
  return (name, delivery) => {
    const ofName = rows.filter((row) => row.file_name === name);
    const current = ofName.filter((row) => row.superseded_by === null);
    const counting = current.some(isBroughtByHand) ? ofName : current;
    return counting.some((row) => isDelivered(row, delivery));
  };
}

interface KnownDelivery {
  readonly file_name: string;
  readonly status: StatementStatus;
  readonly delivered_size: string | null;
  readonly delivered_at: Date | null;
  readonly started_at: Date;
  readonly superseded_by: string | null;
}

/** As `takeUp` has it: what the server still keeps does not take the place of such a file. */
function isBroughtByHand({ status, delivered_at: deliveredAt }: KnownDelivery): boolean {
  return status !== 'REJECTED' && deliveredAt === null;
}

function isDelivered(row: KnownDelivery, { size, modifiedAt }: Delivery): boolean {
  if (modifiedAt === undefined) return true;
  if (row.delivered_at === null) {
    return row.status !== 'REJECTED' && row.started_at >= modifiedAt;
  }
  return (
    row.delivered_at.getTime() === modifiedAt.getTime() &&
    row.delivered_size === (size === undefined ? null : `${size}`)
  );
}
