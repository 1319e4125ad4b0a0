import {
  type Caller,
  type Database,
  type EventPlace,
  eventsAfter,
  isHistoryKept,
  type TransactionEventType,
} from '@countersign/merchant-domain';
import { GraphQLError } from 'graphql';

import { endlessly } from './endlessly';
import { type LiveQueue, type Reader } from './live-queue';
import { type LiveEvent, type ShareReplays } from './share-replays';

export interface EventsAsked {
  readonly caller: Caller;
  /** The last event seen; without it, whatever is committed from now on. */
  readonly after?: EventPlace;
  readonly storeId?: string;
  readonly qrCodeId?: string;
  readonly transactionId?: string;
  readonly types?: readonly TransactionEventType[];
}

/**
 * Events one after the other. While its reader waits for the next one, it may have them handed over
 * at once: thousands who are told the same then cost no chain of promises each.
 */
export interface EventStream extends AsyncIterableIterator<LiveEvent> {
  handTo(reader: Reader<LiveEvent>): void;
}

export interface LiveEnd {
  /** What had been read for everyone when this subscriber came. */
  readonly position: bigint;
  /** Fed since then. */
  readonly queue: LiveQueue<LiveEvent>;
  readonly stopListening: () => void;
  readonly shareReplays: ShareReplays;
}

const replayBatchMax = 100;

/**
 * Everything since a position, in order and once, then everything new. The queue is fed before the
 * first row is read, and rows are read until none is left: what is committed in between is in
 * both, and is told apart by its position. A subscriber that falls so far behind that its queue
 * drops goes back to the rows.
 */
export async function followEvents(
  database: Database,
  asked: EventsAsked,
  { position: start, queue, stopListening, shareReplays }: LiveEnd,
): Promise<EventStream> {
  if (asked.after !== undefined) await requireHistory(database, asked.after);
  const { caller, storeId, qrCodeId, transactionId, types } = asked;
  let position = asked.after?.position ?? start;
  let isReplaying = asked.after !== undefined;
  let rows: LiveEvent[] = [];

  const replayed = async (): Promise<LiveEvent | undefined> => {
    while (rows.length === 0 && isReplaying) {
      // What is dropped or forgotten until here is committed: the rows read now hold it.
      queue.forget();
      const which = { position, limit: replayBatchMax, storeId, qrCodeId, transactionId, types };
      const together = await eventsAfter(database, caller, which);
      rows = shareReplays(together);
      isReplaying = rows.length === replayBatchMax; // whatever is newer than these lies in the queue
    }
    return rows.shift();
  };

  const isNew = ({ event }: LiveEvent): boolean => {
    if (event.position <= position) return false;
    position = event.position;
    return true;
  };

  const stream = endlessly(queue, stopListening, async () => {
    for (;;) {
      const live = (await replayed()) ?? (await queue.take());
      if (live === undefined && queue.isClosed) return undefined;
      if (live === undefined) isReplaying = true;
      else if (isNew(live)) return live;
    }
  });
  return Object.assign(stream, {
    handTo: (reader: Reader<LiveEvent>) => {
      queue.handTo((live, done) => {
        if (isNew(live)) reader(live, done);
        else done();
      });
    },
  });
}

async function requireHistory(database: Database, after: EventPlace): Promise<void> {
  if (await isHistoryKept(database, after)) return;
  throw new GraphQLError(
    'The events after this cursor are no longer kept. Read the list again, and subscribe anew without a cursor.',
    { extensions: { code: 'CURSOR_EXPIRED' } },
  );
}
