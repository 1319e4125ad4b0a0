import { type DomainLog, NUDGE_CHANNEL } from '@countersign/merchant-domain';
import { Client } from 'pg';

export interface EventListener {
  close(): Promise<void>;
}

/** Who is told of nudges. */
export interface NudgesHeard {
  readonly hear: (nudge: string) => void;
  /** After each connect: whatever was missed while nothing was heard is caught up with now. */
  readonly connected: (awayMs: number) => void;
}

export interface ListenToNudges extends NudgesHeard {
  readonly databaseUrl: string;
  readonly log: DomainLog;
}

const connectTimeoutMs = 5_000;
const reconnectPauseMs = 250;
const reconnectPauseMaxMs = 5_000;
/** A connection that died without a word is found out by asking. */
const heartbeatMs = 15_000;

/**
 * The one connection of this process that hears PostgreSQL's nudges. It holds no truth: what is
 * missed while it is away is found by polling, only later.
 */
export function listenToNudges(options: ListenToNudges): EventListener {
  const { log } = options;
  let isClosing = false;
  let failures = 0;
  let awaySince = performance.now();
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    const current = new Client({
      connectionString: options.databaseUrl,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      keepAlive: true,
    });
    client = current;
    let isLost = false;
    const lost = (error?: unknown): void => {
      if (isLost) return;
      isLost = true;
      clearTimeout(timer);
      current.removeAllListeners('notification');
      if (failures === 0) awaySince = performance.now();
      void current.end().catch(() => undefined);
      if (!isClosing) reconnectLater(error);
    };
    current.on('error', lost);
    current.on('end', lost);
    current.on('notification', ({ payload }) => {
      options.hear(payload ?? '');
    });

    try {
      await current.connect();
      await current.query(`listen ${NUDGE_CHANNEL}`);
      if (failures > 0) log.info('nudges are heard again', { failures });
      failures = 0;
      options.connected(performance.now() - awaySince);
      beat(current, lost);
    } catch (error) {
      lost(error);
    }
  };

  const beat = (current: Client, lost: (error: unknown) => void): void => {
    timer = setTimeout(() => {
      current.query('select 1').then(() => {
        if (!isClosing && client === current) beat(current, lost);
      }, lost);
    }, heartbeatMs);
  };

  const reconnectLater = (error: unknown): void => {
    if (failures === 0) log.warn('nudges are not heard; polling goes on', { error });
    const pauseMs = Math.min(reconnectPauseMs * 2 ** failures, reconnectPauseMaxMs);
    failures += 1;
    timer = setTimeout(() => void connect(), pauseMs);
  };

  void connect();
  return {
    close: async () => {
      isClosing = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
