import { type Clock, type Database, type DomainLog, inboxAge } from '@countersign/merchant-domain';

import { type AlipayState } from '../alipay-watch';
import { json, type Reply } from './respond';

export interface Health {
  /** Alive: the process answers. Nothing else is asked. */
  livez(): Reply;
  /** Ready: work can be taken. The database decides; Alipay's trouble is told of, and stops nothing. */
  readyz(): Promise<Reply>;
}

export interface HealthParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly alipay: () => AlipayState;
  readonly isStopping: () => boolean;
  readonly log: DomainLog;
}

/** Whoever asks more often gets the answer of just now: asking must not become a load. */
const answerKeptMs = 1_000;
const databaseTimeoutMs = 3_000;

export function createHealth(parts: HealthParts): Health {
  let asked: { readonly at: number; readonly reply: Promise<Reply> } | undefined;

  return {
    livez: () => json(200, { status: 'alive' }),
    readyz: () => {
      const at = parts.clock.now().getTime();
      if (asked === undefined || at - asked.at >= answerKeptMs || at < asked.at) {
        asked = { at, reply: readiness(parts) };
      }
      return parts.isStopping() ? readiness(parts) : asked.reply;
    },
  };
}

async function readiness(parts: HealthParts): Promise<Reply> {
  const { isUp, shown } = await databaseState(parts);
  const isReady = isUp && !parts.isStopping();
  return json(isReady ? 200 : 503, {
    status: parts.isStopping() ? 'stopping' : isReady ? 'ready' : 'not ready',
    ...shown,
    alipay: parts.alipay(),
  });
}

async function databaseState({
  database,
  clock,
  log,
}: HealthParts): Promise<{ readonly isUp: boolean; readonly shown: object }> {
  try {
    const inbox = await inTime(
      database.ping().then(() => inboxAge(database, clock.now())),
      databaseTimeoutMs,
    );
    // The process does not start before every migration is applied.
    return { isUp: true, shown: { database: { status: 'up', migrations: 'applied' }, inbox } };
  } catch (error) {
    log.error('the database does not answer', { error });
    return { isUp: false, shown: { database: { status: 'down' } } };
  }
}

async function inTime<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
