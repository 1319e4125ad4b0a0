import {
  type Caller,
  type Clock,
  type Database,
  type DomainLog,
  Forbidden,
  findQrCode,
  findStore,
  findTransaction,
  type QrCode,
  seesStore,
  type TransactionEvent,
} from '@countersign/merchant-domain';

import { endlessly } from './endlessly';
import { createEventHub } from './event-hub';
import { followEventTail } from './event-tail';
import { type EventsAsked, type EventStream, followEvents } from './follow-events';
import { createLatestById } from './latest-by-id';
import { createLiveQueue } from './live-queue';
import { followQrCodeTail } from './qr-code-tail';
import { createShareReplays, type LiveEvent } from './share-replays';

/** What happens, as it happens, for the subscribers of this process. */
export interface LiveEvents {
  followEvents(asked: EventsAsked): Promise<EventStream>;
  followQrCodes(asked: QrCodesAsked): Promise<AsyncIterableIterator<QrCode>>;
  /** A nudge from the database. */
  hear(nudge: string): void;
  /** Nudges were not heard for so long: what they spoke of is read now. */
  missed(awayMs: number): void;
  close(): Promise<void>;
}

export interface QrCodesAsked {
  readonly caller: Caller;
  readonly storeId?: string;
}

/** What may wait for one subscriber; one that is further behind reads the rows instead. */
const waitingEventsMax = 1_000;

const QR_CODE_NUDGE = /^qr:(.+)$/;

export async function openLiveEvents(
  database: Database,
  clock: Pick<Clock, 'now'>,
  log: DomainLog,
): Promise<LiveEvents> {
  const events = createEventHub<LiveEvent>();
  const qrCodes = createEventHub<QrCode>();
  const shareReplays = createShareReplays();
  const eventTail = await followEventTail(database, log, (live) => {
    events.publish(topicsOfEvent(live.event), live);
  });
  const qrCodeTail = followQrCodeTail(database, clock, log, (qrCode) => {
    qrCodes.publish(['all', `store:${qrCode.storeId}`], qrCode);
  });
  return {
    followEvents: async (asked) => {
      // Before anything is awaited: all that is committed from now on lies beyond this position.
      const { position } = eventTail;
      const queue = createLiveQueue<LiveEvent>(waitingEventsMax);
      const stopListening = events.listen(topicsAsked(asked), (live) => {
        if (concerns(asked, live.event)) queue.push(live);
      });
      try {
        await requireScope(database, asked);
        const end = { position, queue, stopListening, shareReplays };
        return await followEvents(database, asked, end);
      } catch (error) {
        stopListening();
        throw error;
      }
    },
    followQrCodes: async (asked) => {
      const queue = createLatestById<QrCode>();
      const topics = storeTopics(asked) ?? ['all'];
      const stopListening = qrCodes.listen(topics, (qrCode) => {
        if (seesStore(asked.caller, qrCode.storeId)) queue.push(qrCode);
      });
      try {
        await requireScope(database, asked);
      } catch (error) {
        stopListening();
        throw error;
      }
      return endlessly(queue, stopListening, () => queue.take());
    },
    hear: (nudge) => {
      if (nudge === 'events') eventTail.nudge();
      const qrCodeId = QR_CODE_NUDGE.exec(nudge)?.[1];
      if (qrCodeId !== undefined && qrCodes.listeners > 0) qrCodeTail.changed(qrCodeId);
    },
    missed: (awayMs) => {
      eventTail.nudge();
      if (qrCodes.listeners > 0) qrCodeTail.catchUp(awayMs);
    },
    close: async () => {
      await Promise.all([eventTail.stop(), qrCodeTail.stop()]);
    },
  };
}

function topicsOfEvent(event: TransactionEvent): string[] {
  const topics = ['all', `transaction:${event.transactionId}`];
  if (event.storeId !== null) topics.push(`store:${event.storeId}`);
  if (event.qrCodeId !== null) topics.push(`code:${event.qrCodeId}`);
  return topics;
}

/** The narrowest topic that holds everything asked for. */
function topicsAsked(asked: EventsAsked): readonly string[] {
  if (asked.transactionId !== undefined) return [`transaction:${asked.transactionId}`];
  if (asked.qrCodeId !== undefined) return [`code:${asked.qrCodeId}`];
  return storeTopics(asked) ?? ['all'];
}

function storeTopics(asked: Pick<QrCodesAsked, 'caller' | 'storeId'>): string[] | undefined {
  if (asked.storeId !== undefined) return [`store:${asked.storeId}`];
  return asked.caller.storeIds?.map((storeId) => `store:${storeId}`);
}

function concerns(asked: EventsAsked, event: TransactionEvent): boolean {
  return (
    seesStore(asked.caller, event.storeId) &&
    (asked.storeId === undefined || asked.storeId === event.storeId) &&
    (asked.qrCodeId === undefined || asked.qrCodeId === event.qrCodeId) &&
    (asked.transactionId === undefined || asked.transactionId === event.transactionId) &&
    (asked.types?.includes(event.type) ?? true)
  );
}

/** A stream about something the caller does not see would be silent for ever: say so instead. */
async function requireScope(
  database: Database,
  asked: Pick<EventsAsked, 'caller' | 'storeId' | 'qrCodeId' | 'transactionId'>,
): Promise<void> {
  const { caller, storeId, qrCodeId, transactionId } = asked;
  const found = await Promise.all([
    storeId === undefined || findStore(database, caller, { id: storeId }),
    qrCodeId === undefined || findQrCode(database, caller, { id: qrCodeId }),
    transactionId === undefined || findTransaction(database, caller, { id: transactionId }),
  ]);
  if (found.includes(null)) {
    throw new Forbidden('This names a store, code or payment that you may not see.');
  }
}
