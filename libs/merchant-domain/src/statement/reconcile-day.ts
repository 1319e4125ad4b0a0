import { requireAction } from '../access/access.rules';
import { type Caller, type Refusal, refuse } from '../domain';
import { importStatement, type StatementBooks } from './import-statement';
import { isDay, statementFileName } from './statement-file-name';
import { type Statement } from './statement.entity';

/** Where Alipay's files are fetched from. Only whole files are handed over. */
export interface StatementFiles {
  /** The file's bytes, or null when it is not there (yet). Throws when the server cannot be reached. */
  open(fileName: string): Promise<AsyncIterable<Uint8Array> | null>;
}

export interface ReconcileDay {
  readonly caller: Caller;
  /** A Beijing day, `yyyy-MM-dd`. */
  readonly date: string;
}

export type ReconcileDayResult = {
  readonly statements: readonly Statement[];
} & Partial<Refusal>;

/** Fetches the day's files and imports what is there. Asked for again, it changes nothing. */
export async function reconcileDay(
  books: StatementBooks & { readonly statementFiles?: StatementFiles | undefined },
  command: ReconcileDay,
): Promise<ReconcileDayResult> {
  requireAction(command.caller, 'KEEP_BOOKS');
  if (!isDay(command.date)) {
    return refusedDay('INVALID_INPUT', 'There is no such day: give it as 2026-01-02.');
  }
  const { statementFiles } = books;
  if (statementFiles === undefined) {
    return refusedDay(
      'NOT_ALLOWED_IN_STATE',
      'No server of statements is configured (ALIPAY_SFTP_URL): import the files by hand.',
    );
  }

  const statements: Statement[] = [];
  const refusals: Refusal[] = [];
  for (const kind of ['TRANSACTION', 'SETTLEMENT'] as const) {
    const fileName = statementFileName(books.alipay.partnerId, { kind, date: command.date });
    const content = await openFile(books, statementFiles, fileName);
    if (content === 'UNREACHABLE') {
      return {
        ...refusedDay(
          'ALIPAY_UNAVAILABLE',
          'The server of statements cannot be reached: try again in a moment.',
        ),
        statements,
      };
    }
    if (content === null) continue;
    const result = await importStatement(books, {
      ...{ caller: command.caller, fileName, content },
      // The server's file, whoever asked for it: as of when is told only where files are listed.
      delivery: { modifiedAt: books.now() },
    });
    if (result.statement !== undefined) statements.push(result.statement);
    if ('refusal' in result) refusals.push(result);
  }
  if (statements.length === 0 && refusals.length === 0) {
    return refusedDay(
      'NOT_FOUND',
      'The server has no file of that day: it comes after 09:00 Beijing time on the day after, and only when there was something to tell.',
    );
  }
  return { statements, ...refusals[0] };
}

async function openFile(
  books: StatementBooks,
  files: StatementFiles,
  fileName: string,
): Promise<AsyncIterable<Uint8Array> | null | 'UNREACHABLE'> {
  try {
    return await files.open(fileName);
  } catch (error) {
    books.log?.error('statements cannot be fetched', { fileName, error });
    return 'UNREACHABLE';
  }
}

function refusedDay(code: Refusal['refusal'], message: string): ReconcileDayResult {
  return { statements: [], ...refuse(code, message, { field: ['date'] }) };
}
