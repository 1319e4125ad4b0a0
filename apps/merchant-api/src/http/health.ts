import {
  type Clock,
  type Database,
  type DomainLog,
  type InboxAge,
  inboxAge,
} from '@countersign/merchant-domain';

import { type AlipayState } from '../alipay-watch';
import { type IntakeWatch } from '../intake-watch';
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
  readonly intake: Pick<IntakeWatch, 'turnedAwaySince'>;
  readonly isStopping: () => boolean;
  readonly log: DomainLog;
}

/** Whoever asks more often gets the answer of just now: asking must not become a load. */
const answerKeptMs = 1_000;
const databaseTimeoutMs = 3_000;

export function createHealth(parts: HealthParts): Health {
  let asked: { readonly at: number; readonly reply: Promise<Reply> } | undefined;
  const readiness = createReadiness(parts);

  return {
    livez: () => json(200, { status: 'alive' }),
    readyz: () => {
      if (parts.isStopping()) return stopping(parts);
      const at = parts.clock.now().getTime();
      if (asked === undefined || at - asked.at >= answerKeptMs || at < asked.at) {
        asked = { at, reply: readiness() };
      }
      return asked.reply;
    },
  };
}

/** At once, whatever else is slow: each moment that it takes, a proxy sends more. */
function stopping({ alipay }: HealthParts): Promise<Reply> {
  return Promise.resolve(json(503, { status: 'stopping', alipay: alipay() }));
}

function createReadiness(parts: HealthParts): () => Promise<Reply> {
  const { database, clock, alipay, intake, log } = parts;
  let asking: Promise<InboxAge> | undefined;

  /** One question at a time: those that nobody answers must not use up the connections. */
  const askDatabase = (): Promise<InboxAge> =>
    (asking ??= database
      .ping()
      .then(() => inboxAge(database, clock.now()))
      .finally(() => {
        asking = undefined;
      }));

  const databaseState = async (): Promise<{ readonly isUp: boolean; readonly shown: object }> => {
    try {
      const age = await inTime(askDatabase(), databaseTimeoutMs);
      const turnedAwaySince = intake.turnedAwaySince();
      return {
        isUp: turnedAwaySince === null,
        // The process does not start before every migration is applied.
        shown: {
          database: { status: 'up', migrations: 'applied' },
          inbox: turnedAwaySince === null ? age : { ...age, turnedAwaySince },
        },
      };
    } catch (error) {
      log.error('the database does not answer', { error });
      return { isUp: false, shown: { database: { status: 'down' } } };
    }
  };

  return async () => {
    const { isUp, shown } = await databaseState();
    return json(isUp ? 200 : 503, {
      status: isUp ? 'ready' : 'not ready',
      ...shown,
      alipay: alipay(),
    });
  };
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
