import {
  readSettlementStatement,
  readTransactionStatement,
  type SettlementStatementLine,
  StatementUnreadable,
  type TransactionStatementLine,
} from '@countersign/alipay-services';

import { requireAction } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Books, type Caller, type Domain, type Refusal, refuse } from '../domain';
import { endCoveredRestoration } from '../restoration/end-covered-restoration';
import { booksOfImport, holdImport, ImportIsOver, lockDay, lockKind } from './hold-import';
import { matchHeardLater } from './match-heard-later';
import { matchMissing, matchMissingBefore } from './match-missing';
import { matchSettlementLines } from './match-settlement-lines';
import { matchTransactionLines } from './match-transaction-lines';
import { matchWaitingLines } from './match-waiting-lines';
import { readStatementFileName, type StatementName } from './statement-file-name';
import { readParts, SHA256_OF_NOTHING, storeParts } from './statement-parts';
import { refreshStatementStatus } from './statement-status';
import { Statement } from './statement.entity';
import { supersedeEarlier } from './supersede-statement';

/** What an import needs: our books, and whose statements they are. */
export type StatementBooks = Books & { readonly alipay: Pick<Domain['alipay'], 'partnerId'> };

export interface ImportStatement {
  readonly caller: Caller;
  /** As Alipay names it: it says whose file it is, of which kind and day. */
  readonly fileName: string;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** It comes from the file server, which lists it so. */
  readonly delivery?: Delivery | undefined;
}

export interface Delivery {
  readonly size?: number | undefined;
  readonly modifiedAt?: Date | undefined;
}

export type StatementResult =
  { readonly statement: Statement } | (Refusal & { readonly statement?: Statement });

/**
 * Imports one of Alipay's daily files of any size: keeps its bytes, checks the whole of it, then
 * compares line by line and lets the books follow. A file that cannot be used changes nothing. The
 * same file again changes nothing; a corrected one takes the place of the earlier. An import that
 * broke off is taken up by importing the file again.
 */
export async function importStatement(
  books: StatementBooks,
  command: ImportStatement,
): Promise<StatementResult> {
  requireAction(command.caller, 'KEEP_BOOKS');
  const name = readStatementFileName(books.alipay.partnerId, command.fileName);
  if ('refusal' in name) return name;

  const received = await receive(books, command, name);
  const statement = await takeUp(books, received, command.delivery);
  if (statement.status !== null && statement.status !== 'REJECTED') return { statement };

  const file = await readWhole(books, statement);
  if (file instanceof StatementUnreadable) return reject(books, statement, file);
  if (statement.sha256 === SHA256_OF_NOTHING && (await hasEarlierLines(books, statement))) {
    return reject(
      books,
      statement,
      new StatementUnreadable('TRUNCATED', 1, 'is empty, and an earlier file of that day is not'),
    );
  }
  try {
    return await follow(books, statement, file);
  } catch (error) {
    if (!(error instanceof ImportIsOver)) throw error;
    return { statement: await books.database.manager.findOneByOrFail(Statement, error.statement) };
  }
}

/** The books follow the file, block by block. */
async function follow(
  books: StatementBooks,
  statement: Statement,
  file: WholeFile,
): Promise<StatementResult> {
  await books.database.atomically(books, (tx) => supersedeEarlier(tx, statement));
  await matchLines(books, statement, file.charset);
  await matchWaitingLines(books, statement, {
    readLines: (other, lineNumbers) => readLines(books, other, lineNumbers),
    matchLines: matchBatch,
  });
  if (statement.kind === 'TRANSACTION') {
    await matchMissingBefore(books, statement);
    await matchMissing(booksOfImport(books, statement), statement);
    await matchHeardLater(books, statement);
  }
  return finish(books, statement, file.lineCount);
}

/** Keeps the bytes first: whatever becomes of the import, they are the evidence. */
async function receive(
  books: StatementBooks,
  { caller, fileName, content, delivery }: ImportStatement,
  { kind, date }: StatementName,
): Promise<Statement> {
  const { manager } = books.database;
  await forgetBrokenUploads(books);
  const statement = new Statement();
  statement.id = books.newId();
  statement.kind = kind;
  statement.date = date;
  statement.fileName = fileName;
  statement.sha256 = null;
  statement.status = null;
  statement.rejection = null;
  statement.lineCount = 0;
  statement.matchedCount = 0;
  statement.supersededBy = null;
  statement.deliveredSize = sizeOf(delivery);
  statement.deliveredAt = delivery?.modifiedAt ?? null;
  statement.importedBy = caller.subject;
  statement.startedAt = books.now();
  statement.importedAt = null;
  await manager.insert(Statement, statement);
  try {
    statement.sha256 = await storeParts(manager, statement.id, content);
    return statement;
  } catch (error) {
    await manager.delete(Statement, { id: statement.id });
    throw error;
  }
}

const UPLOAD_MAX_MS = 24 * 3_600_000;

/** Bytes that a process left behind when it died before they were whole. */
async function forgetBrokenUploads({ database, now }: StatementBooks): Promise<void> {
  await database.manager.query('delete from statements where sha256 is null and started_at < $1', [
    new Date(now().getTime() - UPLOAD_MAX_MS),
  ]);
}

/**
 * The statement that these bytes are already, or the one just received, which is one from here on: until
 * then nobody else comes across it, who would be left with nothing when it turns out to be known. What the file server still
 * keeps does not take the place of what a person has imported since: only new bytes do. Of its own files the last counts,
 * also where that is an earlier one again.
 */
async function takeUp(
  books: StatementBooks,
  received: Statement,
  delivery: Delivery | undefined,
): Promise<Statement> {
  return books.database.atomically(books, async (tx) => {
    await lockDay(tx, received);
    const query = tx.manager
      .createQueryBuilder(Statement, 'statement')
      .where('statement.kind = :kind and statement.date = :date', received)
      .andWhere('statement.sha256 = :sha256 and statement.id <> :id', received)
      .orderBy('statement.supersededBy', 'ASC', 'NULLS FIRST');
    query.andWhere(
      delivery === undefined
        ? 'statement.supersededBy is null'
        : `(statement.supersededBy is null or exists (${BROUGHT_BY_HAND}))`,
    );
    const same = await query.getOne();
    if (same === null) {
      await tx.manager.update(Statement, { id: received.id }, { sha256: received.sha256 });
      return received;
    }
    await tx.manager.delete(Statement, { id: received.id });
    if (delivery?.modifiedAt === undefined) return same;
    same.deliveredSize = sizeOf(delivery);
    same.deliveredAt = delivery.modifiedAt;
    const { deliveredSize, deliveredAt } = same;
    await tx.manager.update(Statement, { id: same.id }, { deliveredSize, deliveredAt });
    return same;
  });
}

/** The file of that day that is in force did not come from the server. */
const BROUGHT_BY_HAND = `
  select from statements current
  where current.kind = :kind and current.date = :date and current.superseded_by is null
    and current.sha256 is not null and current.status is distinct from 'REJECTED'
    and current.delivered_at is null`;

function sizeOf(delivery: Delivery | undefined): bigint | null {
  return delivery?.size === undefined ? null : BigInt(delivery.size);
}

type Line = TransactionStatementLine | SettlementStatementLine;

interface WholeFile {
  readonly charset: 'UTF-8' | 'GBK' | undefined;
  readonly lineCount: number;
}

/**
 * No bytes take the place of a file with lines: a server that is just writing it anew shows it empty
 * for a moment. A header or a row of names without lines says that nothing happened.
 */
async function hasEarlierLines(
  { database }: StatementBooks,
  { id, kind, date }: Statement,
): Promise<boolean> {
  const rows: unknown[] = await database.manager.query(
    `select from statements s
     where s.kind = $1 and s.date = $2 and s.id <> $3
       and exists (select from statement_lines l where l.statement_id = s.id) limit 1`,
    [kind, date, id],
  );
  return rows.length > 0;
}

/** Reads the file to its end and proves what it says of itself, before anything is done. */
async function readWhole(
  books: StatementBooks,
  statement: Statement,
): Promise<WholeFile | StatementUnreadable> {
  const asFound = await check(books, statement, undefined);
  if (!(asFound instanceof StatementUnreadable) || asFound.fault !== 'MIS_ENCODED') return asFound;
  // Some text is valid in both: a file that is not UTF-8 to its end may be GBK from its beginning.
  const asGbk = await check(books, statement, 'GBK');
  return asGbk instanceof StatementUnreadable ? asFound : asGbk;
}

async function check(
  books: StatementBooks,
  statement: Statement,
  charset: 'UTF-8' | 'GBK' | undefined,
): Promise<WholeFile | StatementUnreadable> {
  try {
    const reading = open(books, statement, charset);
    let lineCount = 0;
    for (;;) {
      const step = await reading.next();
      if (step.done !== true) {
        lineCount += step.value.length;
        continue;
      }
      if (step.value !== null && 'partner' in step.value) {
        requireHeader(statement, books.alipay.partnerId, step.value);
      }
      return { charset, lineCount };
    }
  } catch (error) {
    if (error instanceof StatementUnreadable) return error;
    throw error;
  }
}

function open(
  books: StatementBooks,
  statement: Statement,
  charset: 'UTF-8' | 'GBK' | undefined,
): ReturnType<typeof readTransactionStatement> | ReturnType<typeof readSettlementStatement> {
  const read =
    statement.kind === 'TRANSACTION' ? readTransactionStatement : readSettlementStatement;
  const parts = readParts(books.database.manager, statement.id);
  return read(parts, charset === undefined ? {} : { charset });
}

function requireHeader(
  statement: Statement,
  partnerId: string,
  header: { readonly partner: string; readonly date: string },
): void {
  if (header.partner !== partnerId) {
    throw new StatementUnreadable('FOREIGN', 1, `is of partner ${header.partner}`, 'Partner');
  }
  if (header.date !== statement.date) {
    throw new StatementUnreadable(
      'FOREIGN',
      1,
      `is ${header.date}, and the file's name says ${statement.date}`,
      'Payment_time',
    );
  }
}

async function reject(
  books: StatementBooks,
  statement: Statement,
  cause: StatementUnreadable,
): Promise<StatementResult> {
  statement.status = 'REJECTED';
  statement.rejection = cause.message;
  statement.importedAt = books.now();
  await books.database.manager.update(Statement, { id: statement.id }, endOf(statement));
  books.log?.error('a statement cannot be used', {
    fileName: statement.fileName,
    fault: cause.fault,
    reason: cause.message,
  });
  return {
    ...refuse(
      'INVALID_INPUT',
      `${statement.fileName} cannot be used (${cause.fault}), and nothing was changed: ${cause.message}.`,
      { field: ['fileName'] },
    ),
    statement,
  };
}

const BATCH_LINES = 500;

/** Payments before what was given back of them, wherever in the file they stand. */
async function matchLines(
  books: StatementBooks,
  statement: Statement,
  charset: 'UTF-8' | 'GBK' | undefined,
): Promise<void> {
  for (const isTurn of [isPayment, (line: Line): boolean => !isPayment(line)]) {
    let batch: Line[] = [];
    const match = (): Promise<void> => {
      const lines = batch;
      batch = [];
      return books.database.atomically(books, async (tx) => {
        await holdImport(tx, statement);
        await matchBatch(tx, statement, lines);
      });
    };
    for await (const lines of open(books, statement, charset)) {
      for (const line of lines) {
        if (isTurn(line)) batch.push(line);
        if (batch.length === BATCH_LINES) await match();
      }
    }
    if (batch.length > 0) await match();
  }
}

function isPayment(line: Line): boolean {
  return line.type === 'PAYMENT';
}

/** In the order in which payments are locked everywhere: two who meet never wait for each other. */
async function matchBatch(tx: Tx, statement: Statement, inFile: readonly Line[]): Promise<void> {
  const lines = [...inFile].sort((a, b) => compare(a.transactionId, b.transactionId));
  if (statement.kind === 'TRANSACTION') {
    await matchTransactionLines(tx, statement, lines);
  } else {
    await matchSettlementLines(tx, statement, lines as SettlementStatementLine[]);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Some lines of a file that was imported before. */
async function readLines(
  books: StatementBooks,
  statement: Statement,
  lineNumbers: readonly number[],
): Promise<Line[]> {
  const file = await readWhole(books, statement);
  if (file instanceof StatementUnreadable) throw file;
  const wanted = new Set(lineNumbers);
  const found: Line[] = [];
  for await (const lines of open(books, statement, file.charset)) {
    found.push(...lines.filter(({ lineNumber }) => wanted.has(lineNumber)));
  }
  return found;
}

async function finish(
  books: StatementBooks,
  statement: Statement,
  lineCount: number,
): Promise<StatementResult> {
  return books.database.atomically(books, async (tx) => {
    await holdImport(tx, statement);
    await lockKind(tx, statement);
    await matchToldMeanwhile(books, tx, statement);
    const [row]: { matched: number }[] = await tx.manager.query(COUNT_MATCHED, [
      statement.id,
      statement.kind,
    ]);
    statement.lineCount = lineCount;
    statement.matchedCount = row?.matched ?? 0;
    statement.importedAt = tx.now();
    statement.rejection = null;
    statement.status = 'RECONCILED';
    await tx.manager.update(Statement, { id: statement.id }, endOf(statement));
    statement.status = await refreshStatementStatus(tx, statement.id);
    await endCoveredRestoration(tx);
    books.log?.info('statement imported', {
      fileName: statement.fileName,
      status: statement.status,
      lineCount,
      matchedCount: statement.matchedCount,
    });
    return { statement };
  });
}

/** What the end of an import writes: whence the file came another who brings it may have noted meanwhile. */
function endOf({
  status,
  rejection,
  lineCount,
  matchedCount,
  importedAt,
}: Statement): Pick<
  Statement,
  'status' | 'rejection' | 'lineCount' | 'matchedCount' | 'importedAt'
> {
  return { status, rejection, lineCount, matchedCount, importedAt };
}

/** Those of other products were compared with nothing. */
const COUNT_MATCHED = `
  select (select count(*) from statement_lines where statement_id = $1 and kind = $2)::int
       - (select count(distinct line_number) from discrepancies
          where statement_id = $1 and line_number is not null)::int as matched`;

/**
 * Lines that a file of another day has, which was imported while this one was: neither saw the other
 * when they were compared. Of two that are imported at once, the one that ends last names them.
 */
async function matchToldMeanwhile(
  books: StatementBooks,
  tx: Tx,
  statement: Statement,
): Promise<void> {
  const { id, kind, date, startedAt } = statement;
  const told: { line_number: number }[] = await tx.manager.query(TOLD_MEANWHILE, [
    ...[id, kind, date, startedAt],
  ]);
  if (told.length === 0) return;
  const withinBlock = { ...books, database: { ...books.database, manager: tx.manager } };
  const numbers = told.map((row) => row.line_number);
  const lines = await readLines(withinBlock, statement, numbers);
  for (let from = 0; from < lines.length; from += BATCH_LINES) {
    await matchBatch(tx, statement, lines.slice(from, from + BATCH_LINES));
  }
}

const TOLD_MEANWHILE = `
  select distinct l.line_number
  from statements s
  join statement_lines other on other.statement_id = s.id
  join statement_lines l on l.alipay_trans_id = other.alipay_trans_id and l.kind = other.kind
    and l.partner_transaction_id = other.partner_transaction_id and l.type = other.type
  -- Another process has brought it, whose clock may be behind.
  where s.kind = $2 and s.date <> $3 and s.imported_at >= $4::timestamptz - interval '5 minutes'
    and l.statement_id = $1
    and not exists (select from discrepancies d
                    where d.statement_id = $1 and d.kind = 'DUPLICATE_LINE' and d.line_number = l.line_number)`;
