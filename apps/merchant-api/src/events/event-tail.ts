import {
  type Database,
  type DomainLog,
  eventsAfter,
  latestEventPosition,
  ownerCaller,
  type TransactionEvent,
} from '@countersign/merchant-domain';

import { type LiveEvent } from './share-replays';
import { type Repeated, runRepeatedly } from '../workers/run-repeatedly';

export interface EventTail extends Repeated {
  /** The last event that was published; all that is committed later lies beyond it. */
  readonly position: bigint;
}

/** Reads for every subscriber at once; what each may see is decided where it is handed on. */
const TAIL = ownerCaller('event-tail');

const tailPollMs = 2_000;
const tailBatchMax = 500;

/**
 * The one reader of new events in this process: each is read once, however many subscribers there
 * are. It follows the rows in the order of their commits, so a lost nudge costs time, no event.
 */
export async function followEventTail(
  database: Database,
  log: DomainLog,
  publish: (live: LiveEvent) => void,
): Promise<EventTail> {
  let position = await latestEventPosition(database);

  const reader = runRepeatedly({
    name: 'event tail',
    everyMs: tailPollMs,
    log,
    turn: async () => {
      let events: TransactionEvent[];
      do {
        events = await eventsAfter(database, TAIL, { position, limit: tailBatchMax });
        for (const event of events) {
          position = event.position;
          publish({ event, together: events });
        }
      } while (events.length >= tailBatchMax);
    },
  });
  return {
    ...reader,
    get position() {
      return position;
    },
  };
}
