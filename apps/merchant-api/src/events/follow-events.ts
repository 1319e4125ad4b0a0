import {
  type Caller,
  type Database,
  eventsAfter,
  latestEventPosition,
  oldestEventPosition,
  type TransactionEvent,
  type TransactionEventType,
} from '@countersign/merchant-domain';
import { GraphQLError } from 'graphql';

import { endlessly } from './endlessly';
import { type LiveQueue } from './live-queue';

export interface EventsAsked {
  readonly caller: Caller;
  /** The last position seen; without it, whatever is committed from now on. */
  readonly after?: bigint;
  readonly storeId?: string;
  readonly qrCodeId?: string;
  readonly transactionId?: string;
  readonly types?: readonly TransactionEventType[];
  readonly closeConnection: (code: number, reason: string) => void;
}

export interface LiveEnd {
  /** What was read by all when this subscriber came. */
  readonly position: bigint;
  /** Fed since then. */
  readonly queue: LiveQueue<TransactionEvent>;
  readonly tooSlow: () => void;
  readonly stopListening: () => void;
}

const replayBatchMax = 100;

/**
 * Everything since a cursor, in order and once, then everything new. The queue is fed before the
 * first row is read, and rows are read until none is left: what is committed in between is in
 * both, and is told apart by its position.
 */
export async function followEvents(
  database: Database,
  asked: EventsAsked,
  { position: start, queue, tooSlow, stopListening }: LiveEnd,
): Promise<AsyncIterableIterator<TransactionEvent>> {
  if (asked.after !== undefined) await requireHistory(database, asked.after);
  let position = asked.after ?? start;
  let rows: TransactionEvent[] = [];
  let isReplaying = asked.after !== undefined;
  if (!isReplaying) queue.keepAll(tooSlow);

  const replayed = async (): Promise<TransactionEvent | undefined> => {
    while (rows.length === 0 && isReplaying) {
      // What was dropped until here is committed, so the rows read now hold it.
      queue.forget();
      rows = await eventsAfter(database, asked.caller, {
        ...pick(asked),
        position,
        limit: replayBatchMax,
      });
      isReplaying = rows.length > 0 || queue.hasDropped;
      if (!isReplaying) queue.keepAll(tooSlow);
    }
    return rows.shift();
  };

  return endlessly(queue, stopListening, async () => {
    let event = await replayed();
    while (event === undefined || event.position <= position) {
      event = await queue.take();
      if (event === undefined) return undefined;
    }
    position = event.position;
    return event;
  });
}

function pick({ storeId, qrCodeId, transactionId, types }: EventsAsked) {
  return { storeId, qrCodeId, transactionId, types };
}

/**
 * A cursor is good when nothing after it was pruned, and when it is of this history at all: one
 * beyond the newest event comes from a database that has since been restored from a backup, and
 * going on from it would silently skip what is recorded next.
 */
async function requireHistory(database: Database, after: bigint): Promise<void> {
  const [oldest, latest] = await Promise.all([
    oldestEventPosition(database),
    latestEventPosition(database),
  ]);
  if (oldest !== null && after >= oldest - 1n && after <= latest) return;
  throw new GraphQLError(
    'The events after this cursor are no longer kept. Read the list again, and subscribe anew without a cursor.',
    { extensions: { code: 'CURSOR_EXPIRED' } },
  );
}
