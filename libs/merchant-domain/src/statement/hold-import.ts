import { type Database } from '../database/open-database';
import { type Tx } from '../database/tx';
import { type Books } from '../domain';
import { type Statement } from './statement.entity';

/** Another has finished this import meanwhile, or a newer file has taken the place of its file. */
export class ImportIsOver extends Error {
  override readonly name = 'ImportIsOver';
  readonly statement: { readonly id: string };

  constructor({ id }: Statement) {
    super('This import is over.');
    this.statement = { id };
  }
}

/**
 * Begins a block of an import: those of one day and kind come one after the other, whoever brought
 * the file, and one that is over does nothing more.
 */
export async function holdImport(tx: Tx, statement: Statement): Promise<void> {
  await lockDay(tx, statement);
  const rows: unknown[] = await tx.manager.query(
    `select from statements
     where id = $1 and superseded_by is null and (status is null or status = 'REJECTED')`,
    [statement.id],
  );
  if (rows.length === 0) throw new ImportIsOver(statement);
}

/** The books for one import: each of its blocks begins with `holdImport`. */
export function booksOfImport<SomeBooks extends Books>(
  books: SomeBooks,
  statement: Statement,
): SomeBooks {
  const { database } = books;
  const held: Database = {
    ...database,
    atomically: (clock, work) =>
      database.atomically(clock, async (tx) => {
        await holdImport(tx, statement);
        return work(tx);
      }),
  };
  return { ...books, database: held };
}

const STATEMENT_LOCK = 4_711_003;

/** Until the end of the block nobody else says what the files of that day and kind are. */
export async function lockDay(
  tx: Tx,
  { kind, date }: Pick<Statement, 'kind' | 'date'>,
): Promise<void> {
  await tx.manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [
    STATEMENT_LOCK,
    `${kind} ${date}`,
  ]);
}

const WHOLE_DAY_MS = 10 * 60_000;

/**
 * Until the end of the block no other file of that kind changes what days' files lack, or is told of
 * as imported, whatever its day. After `lockDay`, and before any row: so they never wait for each
 * other in a ring. A day of a million lines is waited for.
 */
export async function lockKind(tx: Tx, { kind }: Pick<Statement, 'kind'>): Promise<void> {
  await tx.manager.query(`set local statement_timeout = ${WHOLE_DAY_MS}`);
  await tx.manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [STATEMENT_LOCK, kind]);
}
