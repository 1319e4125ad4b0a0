import {
  type SettlementStatementLine,
  type TransactionStatementLine,
} from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Books } from '../domain';
import { RECONCILIATION } from '../event/actors';
import { endOfEarlierFile } from './earlier-file';
import { lockDay, lockKind } from './hold-import';
import { IS_HEARD_LATER } from './match-heard-later';
import { boundsOfDay } from './statement-file-name';
import { refreshStatementStatus } from './statement-status';
import { Statement } from './statement.entity';

type Line = TransactionStatementLine | SettlementStatementLine;

export interface LinesAgain {
  readonly readLines: (
    statement: Statement,
    lineNumbers: readonly number[],
  ) => Promise<readonly Line[]>;
  readonly matchLines: (tx: Tx, statement: Statement, lines: readonly Line[]) => Promise<void>;
}

/**
 * Files may come in any order: a refund's line that found no payment in the books waits for a
 * person, until another file brings the payment. Then the line is looked at again. So is the line of a
 * refund or a cancel that another refund, which was under way, left no room for, one that another
 * file told of first, and tells of no more, and a settlement's of a cancel that has come into the books. So
 * is, whatever its scene, any line about a payment that has come into the books since.
 */
export async function matchWaitingLines(
  books: Books,
  brought: Statement,
  again: LinesAgain,
): Promise<void> {
  const since = await endOfEarlierFile(books.database.manager, brought);
  const { from } = boundsOfDay(brought.date);
  const others = [OURS_SINCE, since ?? from] as const;
  await matchLinesOf(books, brought, others, again, async (tx, statement, lines) => {
    const still: { line_number: number }[] = await tx.manager.query(STILL_IN_FORCE, [
      statement.id,
      lines.map(({ lineNumber }) => lineNumber),
    ]);
    await again.matchLines(tx, statement, linesOf(lines, still));
  });
  await matchLinesOf(books, brought, [WAITING_FOR_PAYMENT], again, async (tx, statement, lines) => {
    const [still]: [{ line_number: number }[], number] = await tx.manager.query(LOOK_AGAIN, [
      statement.id,
      lines.map(({ lineNumber }) => lineNumber),
      tx.now(),
      RECONCILIATION,
      `its payment has come with ${brought.fileName}`,
    ]);
    await again.matchLines(tx, statement, linesOf(lines, still));
  });
  await matchLinesOf(books, brought, [WAITING_FOR_ROOM], again, async (tx, statement, lines) => {
    const numbers = lines.map(({ lineNumber }) => lineNumber);
    const still: { line_number: number }[] = await tx.manager.query(STILL_OPEN, [
      statement.id,
      numbers,
    ]);
    // What has no room after all is noted already, and stays as it is.
    await again.matchLines(tx, statement, linesOf(lines, still));
    await tx.manager.query(CLOSE_HEALED, [
      statement.id,
      numbers,
      tx.now(),
      RECONCILIATION,
      'it is in the books now: what had left no room for it has failed since',
    ]);
  });
  await matchLinesOf(books, brought, [WAITING_FOR_CANCEL], again, async (tx, statement, lines) => {
    await tx.manager.query(CLOSE_CANCELLED, [
      statement.id,
      lines.map(({ lineNumber }) => lineNumber),
      tx.now(),
      RECONCILIATION,
      'its cancel has come into the books',
    ]);
  });
  for (const waiting of [WAITING_FOR_TURN, UNSETTLED_WITH_EARLIER]) {
    await matchLinesOf(books, brought, [waiting], again, async (tx, statement, lines) => {
      const numbers = lines.map(({ lineNumber }) => lineNumber);
      const alone: { line_number: number }[] = await tx.manager.query(STILL_ALONE, [
        statement.id,
        numbers,
      ]);
      await again.matchLines(tx, statement, linesOf(lines, alone));
      await tx.manager.query(CLOSE_ALONE, [
        statement.id,
        alone.map((row) => row.line_number),
        tx.now(),
        RECONCILIATION,
        'no other file in force has this line any more',
      ]);
    });
  }
}

function linesOf(
  lines: readonly Line[],
  rows: readonly { readonly line_number: number }[],
): readonly Line[] {
  const numbers = new Set(rows.map((row) => row.line_number));
  return lines.filter(({ lineNumber }) => numbers.has(lineNumber));
}

async function matchLinesOf(
  books: Books,
  brought: Statement,
  [select, ...more]: readonly [string, ...unknown[]],
  { readLines }: LinesAgain,
  match: (tx: Tx, statement: Statement, lines: readonly Line[]) => Promise<void>,
): Promise<void> {
  const waiting: { statement_id: string; line_numbers: number[] }[] =
    await books.database.manager.query(select, [brought.id, ...more]);
  for (const { statement_id: id, line_numbers: lineNumbers } of waiting) {
    const statement = await books.database.manager.findOneByOrFail(Statement, { id });
    const lines = await readLines(statement, lineNumbers);
    await books.database.atomically(books, async (tx) => {
      await lockDay(tx, statement);
      await lockKind(tx, statement);
      await match(tx, statement, lines);
      await refreshStatementStatus(tx, id);
    });
  }
}

/** By what came into the books since, and after its day: lines of other products are too many to look through. */
const OURS_SINCE = `
  select l.statement_id, array_agg(distinct l.line_number) as line_numbers
  from (select transaction_id from transaction_events
        where ${IS_HEARD_LATER} and recorded_at >= $2::timestamptz) heard
  join transactions t on t.id = heard.transaction_id
  join statement_lines l on l.alipay_trans_id = t.alipay_trans_id
    and l.kind in ('OTHER_TRANSACTION', 'OTHER_SETTLEMENT')
  join statements s on s.id = l.statement_id
  where s.superseded_by is null and s.imported_at is not null and s.id <> $1
  group by l.statement_id`;

const STILL_IN_FORCE = `
  select l.line_number from statement_lines l join statements s on s.id = l.statement_id
  where l.statement_id = $1 and l.line_number = any($2) and s.superseded_by is null`;

const WAITING_FOR_PAYMENT = `
  select d.statement_id, array_agg(d.line_number) as line_numbers
  from discrepancies d
  join statements s on s.id = d.statement_id
  join statement_lines l on l.statement_id = d.statement_id and l.line_number = d.line_number
  join transactions t on t.alipay_trans_id = l.alipay_trans_id
  where d.status = 'OPEN' and d.kind = 'MISSING_LOCALLY' and d.transaction_id is null
    and s.superseded_by is null and s.imported_at is not null and s.id <> $1
  group by d.statement_id`;

/** What a person has closed meanwhile stays closed. */
const LOOK_AGAIN = `
  update discrepancies set status = 'RESOLVED', resolved_at = $3, resolved_by = $4, note = $5
  where statement_id = $1 and line_number = any($2) and status = 'OPEN'
    and kind = 'MISSING_LOCALLY' and transaction_id is null
    and exists (select from statements s where s.id = $1 and s.superseded_by is null)
  returning line_number`;

/** The refund of a line. */
const IS_MADE = `r.partner_refund_id = l.partner_transaction_id and r.status = 'SUCCEEDED'`;

const WAITING_FOR_ROOM = `
  select d.statement_id, array_agg(d.line_number) as line_numbers
  from discrepancies d
  join statements s on s.id = d.statement_id
  join statement_lines l on l.statement_id = d.statement_id and l.line_number = d.line_number
  join transactions t on t.id = d.transaction_id
  where d.status = 'OPEN'
    and case when l.type = 'REFUND'
          then d.field in ('refund', 'refund.status')
               -- A line in two currencies keeps the one that is settled: only the file tells the other.
               and (l.amount_minor <= t.amount_minor - t.refunded_minor - t.pending_refund_minor
                    or l.currency <> t.currency
                    -- The other file of its day had its turn when there was room.
                    or exists (select from refunds r where ${IS_MADE}))
          else l.type in ('CANCEL', 'REVERSAL') and d.field = 'status'
               and t.refunded_minor + t.pending_refund_minor = 0 end
    and s.superseded_by is null and s.imported_at is not null and s.id <> $1
  group by d.statement_id`;

const STILL_OPEN = `
  select line_number from discrepancies
  where statement_id = $1 and line_number = any($2) and status = 'OPEN'
    and exists (select from statements s where s.id = $1 and s.superseded_by is null)
  order by id for no key update`;

/**
 * A cancel's line that is healed is known by its payment: it is the same disagreement, noted once. Of what a
 * settlement has paid out it stays: that a person has to see.
 */
const CLOSE_HEALED = `
  update discrepancies open set status = 'RESOLVED', resolved_at = $3, resolved_by = $4, note = $5
  where statement_id = $1 and line_number = any($2) and status = 'OPEN'
    and (exists (select from discrepancies healed
                 where healed.statement_id = $1 and healed.line_number = open.line_number
                   and healed.status = 'HEALED')
         or open.field = 'status' and exists (select from transactions t
                 where t.id = open.transaction_id and t.cancel_status = 'DONE' and t.settled_at is null)
         or open.field in ('refund', 'refund.status') and exists (select from statement_lines l, refunds r
                 where l.statement_id = $1 and l.line_number = open.line_number and l.type = 'REFUND'
                   and ${IS_MADE}))`;

/** Such a line tells of the cancel alone: with that in the books, nothing is left of it. */
const WAITING_FOR_CANCEL = `
  select d.statement_id, array_agg(d.line_number) as line_numbers
  from discrepancies d
  join statements s on s.id = d.statement_id
  join statement_lines l on l.statement_id = d.statement_id and l.line_number = d.line_number
  join transactions t on t.id = d.transaction_id
  where d.status = 'OPEN' and d.kind = 'STATUS_MISMATCH' and d.field = 'status'
    and l.kind = 'SETTLEMENT' and l.partner_transaction_id = l.alipay_trans_id and t.cancel_status = 'DONE'
    and s.superseded_by is null and s.imported_at is not null and s.id <> $1
  group by d.statement_id`;

const CLOSE_CANCELLED = `
  update discrepancies set status = 'RESOLVED', resolved_at = $3, resolved_by = $4, note = $5
  where statement_id = $1 and line_number = any($2) and status = 'OPEN'
    and kind = 'STATUS_MISMATCH' and field = 'status'`;

/** No line further up, and none in another file, tells of the same deed. */
const ALONE = `
  not exists (select from statement_lines other
              where other.kind = l.kind and other.type = l.type
                and other.alipay_trans_id = l.alipay_trans_id
                and other.partner_transaction_id = l.partner_transaction_id
                and (other.statement_id <> l.statement_id or other.line_number < l.line_number))`;

const WAITING_FOR_TURN = `
  select d.statement_id, array_agg(d.line_number) as line_numbers
  from discrepancies d
  join statements s on s.id = d.statement_id
  join statement_lines l on l.statement_id = d.statement_id and l.line_number = d.line_number
  where d.status = 'OPEN' and d.kind = 'DUPLICATE_LINE' and d.field = 'line' and ${ALONE}
    and s.superseded_by is null and s.imported_at is not null and s.id <> $1
  group by d.statement_id`;

/**
 * Whoever has closed it said that the line is there twice, and not that nothing is settled. That is so
 * only where a file was taken back: those of other days read no closed ones, of which there are ever more.
 */
const UNSETTLED_WITH_EARLIER = `
  select d.statement_id, array_agg(d.line_number) as line_numbers
  from discrepancies d
  join statements s on s.id = d.statement_id
  join statement_lines l on l.statement_id = d.statement_id and l.line_number = d.line_number
  left join transactions t on t.id = d.transaction_id
  left join refunds r on r.id = d.refund_id
  where exists (select from statements earlier where earlier.superseded_by = $1 and earlier.kind = 'SETTLEMENT')
    and d.status = 'RESOLVED' and d.kind = 'DUPLICATE_LINE' and d.field = 'line' and ${ALONE}
    and l.kind = 'SETTLEMENT' and case l.type when 'REFUND' then r.settlement_at else t.settled_at end is null
    and s.superseded_by is null and s.imported_at is not null and s.id <> $1
  group by d.statement_id`;

const STILL_ALONE = `
  select l.line_number from statement_lines l join statements s on s.id = l.statement_id
  where l.statement_id = $1 and l.line_number = any($2) and s.superseded_by is null and ${ALONE}`;

const CLOSE_ALONE = `
  update discrepancies set status = 'RESOLVED', resolved_at = $3, resolved_by = $4, note = $5
  where statement_id = $1 and line_number = any($2) and status = 'OPEN'
    and kind = 'DUPLICATE_LINE' and field = 'line'`;
