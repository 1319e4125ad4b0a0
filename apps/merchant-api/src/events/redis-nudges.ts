import { type DomainLog, NUDGE_CHANNEL, type PublishNudges } from '@countersign/merchant-domain';

import { type EventListener, type NudgesHeard } from './event-listener';

/** Nudges between processes by way of Redis, which keeps none of them and needs no disk. */
export interface RedisNudges {
  /** Told to all who listen at this moment; of codes, to those who listen when Redis is back. */
  readonly publish: PublishNudges;
  listen(heard: NudgesHeard): EventListener;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const reconnectPauseMs = 250;
const reconnectPauseMaxMs = 5_000;
/** A connection that died without a word is found out by asking. */
const heartbeatMs = 10_000;
const silenceMaxMs = 25_000;
const untoldMax = 10_000;

/** Does not wait for Redis: the API starts without it, and its polling finds everything. */
export async function openRedisNudges(url: string, log: DomainLog): Promise<RedisNudges> {
  const { createClient } = await import('@redis/client'); // a second of loading, for those who use it
  const connect = () => {
    const client = createClient({
      url,
      disableOfflineQueue: true,
      pingInterval: heartbeatMs,
      socket: {
        connectTimeout: connectTimeoutMs,
        socketTimeout: silenceMaxMs,
        reconnectStrategy: (failures) =>
          Math.min(reconnectPauseMs * 2 ** failures, reconnectPauseMaxMs),
      },
    });
    client.on('error', () => undefined); // it is said below, once
    return client;
  };
  const speaker = connect();
  const untold = new Set<string>();
  /** Events and messages are found by polling; that a code has changed, by nobody. */
  const keep = (nudge: string): void => {
    if (nudge.startsWith('qr:') && untold.size < untoldMax) untold.add(nudge);
  };
  const tellUntold = (): void => {
    const late = [...untold];
    untold.clear();
    for (const nudge of late) void send(nudge);
  };
  speaker.on('ready', tellUntold);
  speaker.connect().catch(() => undefined);
  const end = (client: ReturnType<typeof connect>): void => {
    if (client.isOpen) client.destroy();
  };

  let isRefused = false;
  const send = async (nudge: string): Promise<void> => {
    try {
      await speaker.publish(NUDGE_CHANNEL, nudge);
      isRefused = false;
      tellUntold(); // what it refused while it was busy with somebody's script
    } catch (error) {
      keep(nudge);
      if (!speaker.isReady || isRefused) return; // away, which the listener tells; or told before
      log.warn('nudges are not sent through Redis; polling goes on', { error });
      isRefused = true;
    }
  };

  return {
    publish: (nudges) => {
      for (const nudge of nudges) {
        if (speaker.isReady) void send(nudge);
        else keep(nudge);
      }
    },
    listen: ({ hear, connected }) => {
      const listener = connect();
      let failures = 0;
      let awaySince = performance.now();
      listener.on('error', (error: unknown) => {
        if (failures === 0) {
          awaySince = performance.now();
          log.warn('nudges are not heard; polling goes on', { error });
        }
        failures += 1;
      });
      listener.on('ready', () => {
        // The answer to this comes after the channel is listened to again.
        listener.ping().then(() => {
          if (failures > 0) log.info('nudges are heard again', { failures });
          failures = 0;
          connected(performance.now() - awaySince);
        }, ignore);
      });
      listener
        .connect()
        .then(() => listener.subscribe(NUDGE_CHANNEL, hear))
        .then(() => {
          connected(performance.now() - awaySince);
        }, ignore);
      return {
        close: () => {
          end(listener);
          return Promise.resolve();
        },
      };
    },
    close: () => {
      end(speaker);
      return Promise.resolve();
    },
  };
}

/** The connection was lost in between, which its error has told, or it is being closed. */
function ignore(): void {
  return undefined;
}
