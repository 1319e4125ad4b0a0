import { type Fields, type Verified } from '@countersign/alipay-protocol';

import { commitTogether, TooManyWaiting } from '../database/commit-together';
import { NUDGE_CHANNEL } from '../database/nudges';
import { type Clock, type Database } from '../database/open-database';
import { columnsOf, type NotificationColumns } from './notification-content';

/** A message whose signature was checked, as it came. */
export interface VerifiedNotification {
  readonly fields: Verified<Fields>;
  readonly body: Buffer;
  readonly contentType: string | null;
  /** From the token in the address it was posted to; null when unknown or missing. */
  readonly qrCodeId: string | null;
}

export interface NotificationInbox {
  /** Resolves only after the commit: then, and not before, Alipay may be told `success`. */
  accept(message: VerifiedNotification): Promise<'STORED' | 'DUPLICATE'>;
  /** Takes nothing more in, and waits for what is under way. */
  close(): Promise<void>;
}

export interface InboxLimits {
  /** Rows in one statement (200). */
  readonly batchMax?: number;
  /** Messages that may wait; above it a message is not taken, and Alipay sends it again (10,000). */
  readonly queueMax?: number;
  /** Statements under way at once: the ingest pool's connections (2). */
  readonly connections?: number;
}

/** The queue is full, or closed: whatever is answered, it must not be `success`. */
export class InboxFull extends Error {
  readonly code = 'INBOX_FULL';
  override readonly name = 'InboxFull';
}

export type InboxDatabase = Pick<Database, 'ingest' | 'publishNudges'>;

interface Row extends NotificationColumns {
  readonly id: string;
  readonly qrCodeId: string | null;
  readonly contentType: string | null;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** Takes notifications in by group commit: each waits for its own row, and all share a statement. */
export function createNotificationInbox(
  database: InboxDatabase,
  options: Clock & InboxLimits,
): NotificationInbox {
  const { batchMax = 200, queueMax = 10_000, connections = 2 } = options;
  const together = commitTogether<Row, 'STORED' | 'DUPLICATE'>({
    write: async (rows) => {
      const stored = await insert(database, rows);
      return rows.map(({ id }) => (stored.has(id) ? 'STORED' : 'DUPLICATE'));
    },
    batchMax,
    queueMax,
    connections,
  });
  return {
    accept: async (message) => {
      try {
        return await together.add(rowOf(message, options));
      } catch (error) {
        if (!(error instanceof TooManyWaiting)) throw error;
        throw new InboxFull('The notification inbox takes nothing more in at the moment.');
      }
    },
    close: () => together.close(),
  };
}

/** Answers the ids that were stored; the others are known already. */
async function insert(
  database: InboxDatabase,
  waiting: readonly Row[],
): Promise<ReadonlySet<string>> {
  // In one order everywhere: two statements with the same messages would wait for each other.
  const rows = [...waiting].sort(byKey);
  const ids = rows.map((row) => row.id);
  const result = await database.ingest.query<{ stored: string[] | null }>({
    name: 'accept-notifications',
    text: acceptSql(nudgeSql(database)),
    values: [
      ids,
      rows.map((row) => row.notifyId),
      rows.map((row) => row.contentHash),
      rows.map((row) => row.qrCodeId),
      rows.map((row) => row.tradeNo),
      rows.map((row) => row.contentType),
      rows.map((row) => row.receivedAt.toISOString()),
      ...inOnePiece(rows.map((row) => row.body)),
    ],
  });
  const stored = new Set(result.rows[0]?.stored ?? ids);
  if (stored.size > 0) database.publishNudges?.(['inbox']);
  await learnCodes(
    database,
    rows.filter(({ id, qrCodeId }) => qrCodeId !== null && !stored.has(id)),
  );
  return stored;
}

/**
 * A copy that came first, to the address without a token, did not say which code was paid at. The
 * genuine one does: the message is applied once more, with its code.
 */
async function learnCodes(database: InboxDatabase, known: readonly Row[]): Promise<void> {
  if (known.length === 0) return;
  const learnt = await database.ingest.query({
    name: 'learn-codes',
    text: learnCodesSql(nudgeSql(database)),
    values: [
      known.map((row) => row.notifyId),
      known.map((row) => row.contentHash),
      known.map((row) => row.qrCodeId),
    ],
  });
  if (learnt.rows.length > 0) database.publishNudges?.(['inbox']);
}

/** With the commit, unless nudges go past PostgreSQL, after it. */
function nudgeSql({ publishNudges }: InboxDatabase): string {
  return publishNudges === undefined ? `pg_notify('${NUDGE_CHANNEL}', 'inbox')::text` : 'null';
}

export const learnCodesSql = (nudge: string): string => /* sql */ `
with learnt as (
  update notifications n set qr_code_id = message.qr_code_id, status = 'RECEIVED', reason = null,
    awaits_query = false, next_check_at = null, applied_at = null
  from unnest($1::text[], $2::text[], $3::uuid[]) as message (notify_id, content_hash, qr_code_id)
  where n.notify_id = message.notify_id and n.content_hash = message.content_hash
    and n.qr_code_id is null and n.status <> 'REFUSED'
  returning n.id
)
select ${nudge} from learnt limit 1`;

function byKey(one: Row, other: Row): number {
  const [a, b] = [
    `${one.notifyId ?? ''} ${one.contentHash}`,
    `${other.notifyId ?? ''} ${other.contentHash}`,
  ];
  return a < b ? -1 : a > b ? 1 : 0;
}

// Of two contents under one id the first counts, and a clock may have been set back since it came: so what comes
// later is later than what is kept under its id.
// What is known already may be on no standby yet, and this statement alone would not wait for one: after a
// crash of the server a row can be seen whose own commit never came to its end. So something is written to
// the log, and the commit waits for all before it.
// The bodies come as one value, which goes over as bytes; as a list each would go as text, twice as
// long. One row comes back, with ids only where some were known, and one nudge goes out.
export const acceptSql = (nudge: string): string => /* sql */ `
with stored as (
  insert into notifications
    (id, notify_id, content_hash, status, qr_code_id, trade_no, content_type, received_at, body)
  select id, notify_id, content_hash, 'RECEIVED', qr_code_id, trade_no, content_type,
    greatest(received_at, (
      select max(earlier.received_at) + interval '1 ms'
      from (select received_at from notifications where notify_id = message.notify_id offset 0) earlier)),
    substring($10::bytea from start for length)
  from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::int[], $9::int[])
    as message (id, notify_id, content_hash, qr_code_id, trade_no, content_type, received_at, start, length)
  on conflict do nothing
  returning id
)
select
  case when count(*) < cardinality($1::uuid[]) then coalesce(array_agg(id::text), '{}') end as stored,
  case when count(*) < cardinality($1::uuid[])
    then pg_logical_emit_message(true, 'countersign', 'known')::text end as awaited,
  case when count(*) > 0 then ${nudge} end as nudged
from stored`;

/** Where each begins, counted from one as SQL does, how long it is, and all of them together. */
function inOnePiece(bodies: readonly Buffer[]): [number[], number[], Buffer] {
  let start = 1;
  const starts = bodies.map(({ length }) => {
    start += length;
    return start - length;
  });
  return [starts, bodies.map(({ length }) => length), Buffer.concat(bodies)];
}

function rowOf(message: VerifiedNotification, { now, newId }: Clock): Row {
  return {
    id: newId(),
    ...columnsOf(message.fields),
    qrCodeId: message.qrCodeId,
    contentType: message.contentType,
    body: message.body,
    receivedAt: now(),
  };
}
