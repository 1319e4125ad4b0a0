import { formatAmount } from '@countersign/alipay-protocol';

import { type Tx } from '../database/tx';
import { type Books } from '../domain';
import { endOfEarlierFile } from './earlier-file';
import { lockDay, lockKind } from './hold-import';
import { missingInStatement } from './matching.rules';
import { noteDiscrepancies } from './note-discrepancies';
import { resolveToldLater } from './resolve-told-later';
import { boundsOfDay } from './statement-file-name';
import { refreshStatementStatus } from './statement-status';
import { Statement } from './statement.entity';

/**
 * The other direction: what our books have of that day, and no transaction file has told of. A day
 * of any size goes through memory some records at a time, each batch in a block of its own; taken
 * up again it begins anew, and what is noted already stays as it is.
 */
export async function matchMissing(books: Books, statement: Statement): Promise<void> {
  await resolveToldLater(books, statement);
  await noteMissing(books, statement, (tx, select, from) => noteBatch(tx, statement, select, from));
}

/**
 * A corrected file may tell no more of what it alone told of the day before, whose file came when it
 * was told, and did not lack it. So that day is looked through once more.
 */
export async function matchMissingBefore(books: Books, corrected: Statement): Promise<void> {
  const [before]: { id: string }[] = await books.database.manager.query(FILE_BEFORE, [
    corrected.id,
    corrected.date,
  ]);
  if (before === undefined) return;
  const ofDay = await books.database.manager.findOneByOrFail(Statement, { id: before.id });
  await noteMissing(books, ofDay, async (tx, select, from) => {
    await lockDay(tx, ofDay);
    await lockKind(tx, ofDay);
    const { supersededBy } = await tx.manager.findOneByOrFail(Statement, { id: ofDay.id });
    if (supersededBy !== null) return undefined;
    const last = await noteBatch(tx, ofDay, select, from);
    await refreshStatementStatus(tx, ofDay.id);
    return last;
  });
}

/** The last one in force, where that one takes the place of another. */
const FILE_BEFORE = `
  select id from statements
  where kind = 'TRANSACTION' and date < $2 and superseded_by is null
    and status in ('RECONCILED', 'DISCREPANCIES')
    and exists (select from statements earlier where earlier.superseded_by = $1)
  order by date desc limit 1`;

async function noteMissing(
  books: Books,
  statement: Statement,
  note: (tx: Tx, select: string, from: Place) => Promise<Place | undefined>,
): Promise<void> {
  const { from: begin } = boundsOfDay(statement.date);
  const dayBefore = new Date(begin.getTime() - DAY_MS);
  const since = (await endOfEarlierFile(books.database.manager, statement)) ?? begin;
  for (const [select, first] of [
    [PAYMENTS, begin],
    [CANCELS, since < dayBefore ? since : dayBefore],
    [REFUNDS, since],
  ] as const) {
    let after: Place | undefined = { at: first, id: FIRST_ID };
    while (after !== undefined) {
      const from: Place = after;
      after = await books.database.atomically(books, (tx) => note(tx, select, from));
    }
  }
}

/** Where a record stands in the day: by when it happened, then by its id. */
interface Place {
  readonly at: Date;
  readonly id: string;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const DAY_MS = 24 * 3_600_000;

/** Records that are looked at in one statement, whether or not any of them is missing. */
const BATCH_RECORDS = 1_000;

interface Looked {
  /** What is missing; null for the last record of a batch, which says where the next one begins. */
  readonly what: 'PAYMENT' | 'REFUND' | 'CANCEL' | null;
  readonly id: string;
  readonly transaction_id: string;
  readonly refund_id: string | null;
  readonly amount_minor: string;
  readonly currency: string;
  /** Where it stands in the day. */
  readonly happened_at: Date;
  /** When what is missing was made: a cancel comes later than its payment. */
  readonly missing_since: Date;
  readonly batch_size: number;
  readonly is_last: boolean;
}

/** Notes what is missing of the next records; answers where they ended, or nothing after the last. */
async function noteBatch(
  tx: Tx,
  statement: Statement,
  select: string,
  after: Place,
): Promise<Place | undefined> {
  const { to } = boundsOfDay(statement.date);
  const looked: Looked[] = await tx.manager.query(select, [after.at, after.id, to, BATCH_RECORDS]);
  await noteDiscrepancies(
    tx,
    statement,
    looked.flatMap((row) =>
      row.what === null
        ? []
        : {
            kind: 'MISSING_IN_STATEMENT' as const,
            status: missingInStatement(row.what, row.missing_since, to),
            field: row.what.toLowerCase(),
            expected: `${formatAmount({ minor: BigInt(row.amount_minor), currency: row.currency })} ${row.currency}`,
            actual: null,
            lineNumber: null,
            transactionId: row.transaction_id,
            refundId: row.refund_id,
          },
    ),
  );
  const last = looked.find((row) => row.is_last);
  return last === undefined || last.batch_size < BATCH_RECORDS
    ? undefined
    : { at: last.happened_at, id: last.id };
}

/** Of a batch in order only what is missing leaves the database, and where the batch ended. */
const missingOf = (batch: string, what: string): string => `
  with batch as materialized (${batch}),
       looked as (select batch.*, ${what} as what, count(*) over () as batch_size,
                         lead(id) over (order by happened_at, id) is null as is_last
                  from batch)
  select what, id, transaction_id, refund_id, amount_minor, currency, happened_at,
         coalesce(case when what = 'CANCEL' then
                    (select max(e.occurred_at) from transaction_events e
                     where e.transaction_id = looked.transaction_id and e.type = 'CANCELLED')
                  end, happened_at) as missing_since,
         batch_size::int as batch_size, is_last
  from looked where what is not null or is_last
  order by happened_at, id`;

/** The file's own day, or an earlier one on which nobody paid: then it has no file of its own. */
const HAS_NO_OTHER_FILE = `
  (batch.happened_at >= $3::timestamptz - interval '24 hours'
   or not exists (select from transactions paid, date_bin('1 day', batch.happened_at, '2001-01-01T00:00:00+08:00') day
                  where paid.listed_at >= day and paid.listed_at < day + interval '24 hours'
                    and paid.paid_at is not null and not paid.paid_at_guessed))`;

/** Another day's file that tells of the payment may have come first. */
const CANCEL_IS_NOT_NOTED = `
  not exists (select from discrepancies d join statements s on s.id = d.statement_id
              where d.transaction_id = batch.transaction_id and d.field = 'cancel'
                and d.kind = 'MISSING_IN_STATEMENT' and s.superseded_by is null)`;

/**
 * A cancel is missing only where the payment itself is told of: else it is that which is missing. That
 * a part of it was given back tells nothing of whether it was ever paid out.
 */
const PAYMENTS = missingOf(
  `select t.id, t.id as transaction_id, null::uuid as refund_id, t.amount_minor, t.currency,
          t.paid_at as happened_at, t.alipay_trans_id, t.cancel_status
   from transactions t
   where (t.listed_at, t.id) > ($1::timestamptz, $2::uuid) and t.listed_at < $3 and t.paid_at is not null
   order by t.listed_at, t.id limit $4`,
  `case
     when not exists (select from statement_lines l
                      where l.alipay_trans_id = batch.alipay_trans_id and l.kind = 'TRANSACTION'
                        and l.type <> 'REFUND')
       then 'PAYMENT'
     when cancel_status = 'DONE'
          and not exists (select from statement_lines l
                          where l.alipay_trans_id = batch.alipay_trans_id and l.kind = 'TRANSACTION'
                            and l.type in ('CANCEL', 'REVERSAL'))
          and ${CANCEL_IS_NOT_NOTED}
       then 'CANCEL'
   end`,
);

/**
 * Of payments of earlier days, whose file could not tell of it yet; what that one lacked stays noted there.
 * And those of the day before, where this file is the one that tells of the payment.
 */
const CANCELS = missingOf(
  `select e.id, t.id as transaction_id, null::uuid as refund_id, t.amount_minor, t.currency,
          e.occurred_at as happened_at, t.alipay_trans_id
   from transaction_events e join transactions t on t.id = e.transaction_id
   where e.type = 'CANCELLED' and (e.occurred_at, e.id) > ($1::timestamptz, $2::uuid) and e.occurred_at < $3
     and t.cancel_status = 'DONE' and t.paid_at < $3::timestamptz - interval '24 hours'
   order by e.occurred_at, e.id limit $4`,
  `case
     when not exists (select from statement_lines l
                      where l.alipay_trans_id = batch.alipay_trans_id and l.kind = 'TRANSACTION'
                        and l.type in ('CANCEL', 'REVERSAL'))
          and exists (select from statement_lines l
                      where l.alipay_trans_id = batch.alipay_trans_id and l.kind = 'TRANSACTION'
                        and l.type = 'PAYMENT'
                        and (${HAS_NO_OTHER_FILE}
                             or l.date = ($3::timestamptz at time zone 'Asia/Shanghai')::date - 1))
          and ${CANCEL_IS_NOT_NOTED}
       then 'CANCEL'
   end`,
);

const REFUNDS = missingOf(
  `select r.id, r.transaction_id, r.id as refund_id, r.amount_minor, r.currency,
          r.settled_at as happened_at, r.partner_refund_id
   from refunds r
   where r.status = 'SUCCEEDED' and (r.settled_at, r.id) > ($1::timestamptz, $2::uuid) and r.settled_at < $3
   order by r.settled_at, r.id limit $4`,
  `case
     when not exists (select from statement_lines l
                      where l.partner_transaction_id = batch.partner_refund_id
                        and l.kind = 'TRANSACTION' and l.type = 'REFUND')
          and ${HAS_NO_OTHER_FILE}
          and not exists (select from discrepancies d join statements s on s.id = d.statement_id
                          where d.transaction_id = batch.transaction_id and d.refund_id = batch.refund_id
                            and d.kind = 'MISSING_IN_STATEMENT' and s.superseded_by is null)
       then 'REFUND'
   end`,
);
