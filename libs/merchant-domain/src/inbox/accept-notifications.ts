import { type Fields, type Verified } from '@countersign/alipay-protocol';

import { type Clock, type Database, NUDGE_CHANNEL } from '../database/open-database';
import { isRowAtFault } from '../database/row-at-fault';
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

interface Waiting {
  readonly row: Row;
  readonly resolve: (stored: 'STORED' | 'DUPLICATE') => void;
  readonly reject: (error: unknown) => void;
}

interface Row extends NotificationColumns {
  readonly id: string;
  readonly qrCodeId: string | null;
  readonly contentType: string | null;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/**
 * Takes notifications in by group commit: each waits for its own row, and all that wait share one
 * durable statement. There is no timer: a free connection takes what is queued at once.
 */
export function createNotificationInbox(
  database: Pick<Database, 'ingest'>,
  options: Clock & InboxLimits,
): NotificationInbox {
  const { batchMax = 200, queueMax = 10_000, connections = 2 } = options;
  const queue: Waiting[] = [];
  let underWay = 0;
  let closed = false;
  let whenIdle: (() => void) | undefined;

  const pump = (): void => {
    while (underWay < connections && queue.length > 0) {
      const batch = queue.splice(0, batchMax);
      underWay += 1;
      void flush(database, batch).finally(() => {
        underWay -= 1;
        pump();
      });
    }
    if (underWay === 0 && queue.length === 0) whenIdle?.();
  };

  return {
    accept: (message) =>
      new Promise((resolve, reject) => {
        if (closed || queue.length >= queueMax) {
          reject(new InboxFull('The notification inbox takes nothing more in at the moment.'));
          return;
        }
        queue.push({ row: rowOf(message, options), resolve, reject });
        pump();
      }),
    close: () =>
      new Promise((resolve) => {
        closed = true;
        whenIdle = resolve;
        pump();
      }),
  };
}

/** Never rejects: every message in the batch hears of its own fate. */
async function flush(database: Pick<Database, 'ingest'>, batch: readonly Waiting[]): Promise<void> {
  try {
    const stored = await insert(database, batch);
    for (const { row, resolve } of batch) resolve(stored.has(row.id) ? 'STORED' : 'DUPLICATE');
  } catch (error) {
    const [only, ...others] = batch;
    if (only === undefined) return;
    if (others.length === 0 || !isRowAtFault(error)) {
      for (const { reject } of batch) reject(error);
      return;
    }
    // One bad row fails alone.
    for (const waiting of batch) await flush(database, [waiting]);
  }
}

/** Answers the ids that were stored; the others are known already. */
async function insert(
  database: Pick<Database, 'ingest'>,
  batch: readonly Waiting[],
): Promise<ReadonlySet<string>> {
  const rows = batch.map(({ row }) => row);
  const ids = rows.map((row) => row.id);
  const result = await database.ingest.query<{ stored: string[] | null }>({
    name: 'accept-notifications',
    text: INSERT,
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
  return new Set(result.rows[0]?.stored ?? ids);
}

// The bodies come as one value, which goes over as bytes; as a list each would go as text, twice as
// long. One row comes back, with ids only where some were known, and one nudge goes out.
const INSERT = /* sql */ `
with stored as (
  insert into notifications
    (id, notify_id, content_hash, status, qr_code_id, trade_no, content_type, received_at, body)
  select id, notify_id, content_hash, 'RECEIVED', qr_code_id, trade_no, content_type, received_at,
    substring($10::bytea from start for length)
  from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::int[], $9::int[])
    as message (id, notify_id, content_hash, qr_code_id, trade_no, content_type, received_at, start, length)
  on conflict do nothing
  returning id
)
select
  case when count(*) < cardinality($1::uuid[]) then coalesce(array_agg(id::text), '{}') end as stored,
  case when count(*) > 0 then pg_notify('${NUDGE_CHANNEL}', 'inbox')::text end as nudged
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
