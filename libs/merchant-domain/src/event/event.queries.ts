import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { type Page, readPageSize, unreadableCursor } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { findTransaction } from '../transaction/transaction.queries';
import { TransactionEvent, type TransactionEventType } from './transaction-event.entity';

export interface TimelineRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export interface EventsAfter {
  /** The last position seen. */
  readonly position: bigint;
  readonly limit: number;
  readonly storeId?: string | null | undefined;
  readonly qrCodeId?: string | null | undefined;
  readonly transactionId?: string | null | undefined;
  readonly types?: readonly TransactionEventType[] | null | undefined;
}

const TIMELINE_SIZE_DEFAULT = 50;

/** What happened to a transaction, oldest first. Of one that the caller does not see: nothing. */
export async function timelinePage(
  database: Database,
  caller: Caller,
  { transactionId, page }: { readonly transactionId: string; readonly page: TimelineRequest },
): Promise<Page<TransactionEvent>> {
  const { size } = readPageSize({ first: page.first }, TIMELINE_SIZE_DEFAULT);
  const after = page.after == null ? 0n : placeOfCursor(page.after).position;
  const transaction = await findTransaction(database, caller, { id: transactionId });
  const events =
    transaction === null
      ? []
      : await eventsBeyond(database, after, size + 1)
          .andWhere('event.transactionId = :transactionId', { transactionId })
          .getMany();
  return {
    edges: events.slice(0, size).map((node) => ({ cursor: eventCursor(node), node })),
    hasNextPage: events.length > size,
    hasPreviousPage: page.after != null,
  };
}

/** The events that follow a position, in the order of their commits: whoever asks misses none. */
export async function eventsAfter(
  database: Database,
  caller: Caller,
  { position, limit, storeId, qrCodeId, transactionId, types }: EventsAfter,
): Promise<TransactionEvent[]> {
  requireAction(caller, 'READ_SALES');
  const query = inSight(eventsBeyond(database, position, limit), caller);
  if (storeId != null) query.andWhere('event.storeId = :storeId', { storeId });
  if (qrCodeId != null) query.andWhere('event.qrCodeId = :qrCodeId', { qrCodeId });
  if (transactionId != null) {
    query.andWhere('event.transactionId = :transactionId', { transactionId });
  }
  if (types != null) query.andWhere('event.type = any(:types)', { types: [...types] });
  return query.getMany();
}

export async function findEvent(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<TransactionEvent | null> {
  requireAction(caller, 'READ_SALES');
  const query = database.manager.createQueryBuilder(TransactionEvent, 'event');
  return inSight(query, caller).andWhere('event.id = :id', { id }).getOne();
}

/** Where a reader starts who wants only what is still to come; 0 before the first event. */
export async function latestEventPosition(database: Database): Promise<bigint> {
  return (await boundaryPosition(database, 'max')) ?? 0n;
}

/** Where a reader starts who has seen no event yet, and wants all that comes from now on, whenever he begins. */
export async function latestEventCursor(database: Database, caller: Caller): Promise<string> {
  requireAction(caller, 'READ_SALES');
  const latest = await database.manager.findOne(TransactionEvent, {
    where: {},
    order: { position: 'DESC' },
  });
  return latest === null ? BEFORE_THE_FIRST : eventCursor(latest);
}

/** The oldest event still kept: a cursor before it has lost its history. */
export async function oldestEventPosition(database: Database): Promise<bigint | null> {
  return boundaryPosition(database, 'min');
}

/** Where a cursor points, and by what the event there is known. */
export interface EventPlace {
  readonly position: bigint;
  /** The end of its id; absent in cursors that were made by hand. */
  readonly idEnd?: string | undefined;
}

const idEndLength = 8;

/**
 * An event's place in the one order of all events, opaque to those who hand it back. After a restored
 * backup other events come to stand at the same positions, so it also says which event it was.
 */
export function eventCursor({ position, id }: Pick<TransactionEvent, 'position' | 'id'>): string {
  return Buffer.from(`event ${position.toString()} ${id.slice(-idEndLength)}`).toString(
    'base64url',
  );
}

/** Good for as long as nothing has been recorded before it. */
const BEFORE_THE_FIRST = Buffer.from('event 0').toString('base64url');

export function placeOfCursor(cursor: string): EventPlace {
  const [, position, idEnd] =
    /^event (\d{1,18})(?: ([0-9a-f]{8}))?$/.exec(
      Buffer.from(cursor, 'base64url').toString('latin1'),
    ) ?? [];
  if (position === undefined) throw unreadableCursor('an event');
  return { position: BigInt(position), idEnd };
}

interface HistoryRow {
  readonly oldest: string | null;
  readonly latest: string | null;
  /** Of the event at that place. */
  readonly id: string | null;
}

/**
 * Whether everything since that place is still kept, and the place is of this history at all: that
 * of a database which has since been restored is not, and going on from it would silently skip what
 * is recorded next.
 */
export async function isHistoryKept(
  database: Database,
  { position, idEnd }: EventPlace,
): Promise<boolean> {
  // One question: thousands come back at once when a process ends.
  const [found] = await database.manager.query<HistoryRow[]>(
    `select (select min(position) from transaction_events) as oldest,
            (select max(position) from transaction_events) as latest,
            (select id from transaction_events where position = $1) as id`,
    [position.toString()],
  );
  if (found?.oldest == null || found.latest == null) return position === 0n;
  const beforeTheOldest = BigInt(found.oldest) - 1n;
  if (position < beforeTheOldest || position > BigInt(found.latest)) return false;
  if (found.id === null) return position === beforeTheOldest;
  return idEnd === undefined || found.id.endsWith(idEnd);
}

/**
 * Of payments that the caller sees, too: one that was made elsewhere, as has turned out since, is no longer of the
 * store that its first events name. Told all the same they would be events of nothing, each an error, and who comes
 * back after an error with the last cursor he has would never hear of what follows.
 */
function inSight(
  query: SelectQueryBuilder<TransactionEvent>,
  caller: Caller,
): SelectQueryBuilder<TransactionEvent> {
  if (caller.storeIds === null) return query;
  return withinStores(query, caller, 'event.storeId').andWhere(
    `exists (select from transactions t
             where t.id = event.transactionId and t.store_id = any(:storesInSight::uuid[]))`,
    { storesInSight: [...caller.storeIds] },
  );
}

function eventsBeyond(
  database: Database,
  position: bigint,
  limit: number,
): SelectQueryBuilder<TransactionEvent> {
  return database.manager
    .createQueryBuilder(TransactionEvent, 'event')
    .where('event.position > :position', { position: position.toString() })
    .orderBy('event.position')
    .limit(limit);
}

async function boundaryPosition(database: Database, which: 'min' | 'max'): Promise<bigint | null> {
  const rows: { position: string | null }[] = await database.manager.query(
    `select ${which}(position) as position from transaction_events`,
  );
  const position = rows[0]?.position ?? null;
  return position === null ? null : BigInt(position);
}
