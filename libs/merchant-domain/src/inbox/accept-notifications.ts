import { createHash } from 'node:crypto';

import { type Fields, signedText, type Verified } from '@countersign/alipay-protocol';

import { type Clock, type Database, NUDGE_CHANNEL } from '../database/open-database';
import { isRowAtFault } from '../database/row-at-fault';

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

interface Row {
  readonly id: string;
  readonly notifyId: string | null;
  readonly contentHash: string;
  readonly qrCodeId: string | null;
  readonly tradeNo: string | null;
  readonly contentType: string | null;
  readonly body: Buffer;
  readonly fields: string;
  readonly receivedAt: Date;
}

const NOTIFY_ID_MAX = 128;
const TRADE_NO_MAX = 64;
const CONTENT_TYPE_MAX = 200;

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

async function insert(
  database: Pick<Database, 'ingest'>,
  batch: readonly Waiting[],
): Promise<ReadonlySet<string>> {
  const rows = batch.map(({ row }) => row);
  const result = await database.ingest.query<{ id: string }>({
    name: 'accept-notifications',
    text: INSERT,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.notifyId),
      rows.map((row) => row.contentHash),
      rows.map((row) => row.qrCodeId),
      rows.map((row) => row.tradeNo),
      rows.map((row) => row.contentType),
      rows.map((row) => row.body),
      rows.map((row) => row.fields),
      rows.map((row) => row.receivedAt),
    ],
  });
  return new Set(result.rows.map((row) => row.id));
}

// pg_notify is told once per row, and PostgreSQL delivers one nudge per commit.
const INSERT = /* sql */ `
with stored as (
  insert into notifications
    (id, notify_id, content_hash, status, qr_code_id, trade_no, content_type, body, fields, received_at)
  select id, notify_id, content_hash, 'RECEIVED', qr_code_id, trade_no, content_type, body, fields::jsonb, received_at
  from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::timestamptz[])
    as message (id, notify_id, content_hash, qr_code_id, trade_no, content_type, body, fields, received_at)
  on conflict do nothing
  returning id
)
select id, pg_notify('${NUDGE_CHANNEL}', 'inbox') from stored`;

function rowOf(message: VerifiedNotification, { now, newId }: Clock): Row {
  const { fields } = message;
  return {
    id: newId(),
    ...columnsOf(fields),
    qrCodeId: message.qrCodeId,
    contentType: textOf(message.contentType ?? undefined, CONTENT_TYPE_MAX),
    body: message.body,
    receivedAt: now(),
  };
}

/**
 * What a message says: its signed text without the time of sending, so that a resend is the same
 * message and another content under a known id is not (decision 12).
 */
export function contentHashOf(fields: Fields): string {
  const { notify_time: _sentAt, ...content } = fields;
  return createHash('sha256').update(signedText(content)).digest('hex');
}

/** What the columns of a stored message hold besides its bytes. */
export function columnsOf(
  fields: Fields,
): Pick<Row, 'notifyId' | 'contentHash' | 'tradeNo' | 'fields'> {
  return {
    notifyId: textOf(fields['notify_id'], NOTIFY_ID_MAX),
    contentHash: contentHashOf(fields),
    tradeNo: textOf(fields['trade_no'], TRADE_NO_MAX),
    fields: fieldsAsJson(fields),
  };
}

/** PostgreSQL's text holds no NUL; the bytes as received are kept beside it. */
function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\ufffd');
}

function textOf(value: string | undefined, lengthMax: number): string | null {
  return value === undefined || value === '' ? null : withoutNul(value.slice(0, lengthMax));
}

function fieldsAsJson(fields: Fields): string {
  const clean = Object.entries(fields).map(([name, value]) => [
    withoutNul(name),
    withoutNul(value),
  ]);
  return JSON.stringify(Object.fromEntries(clean));
}
