import {
  type Caller,
  type Clock,
  type Database,
  type DomainLog,
  keysInForce,
} from '@countersign/merchant-domain';

import { type Credentials } from './authenticator';
import { type KeyUse } from './key-use';

export type EndReason = 'EXPIRED' | 'REVOKED';

/** Something that lasts longer than the question whether its token is good. */
export interface Session {
  readonly caller: Caller;
  /** Nobody has to look after it any more. */
  readonly close: () => void;
}

export interface Sessions {
  open(credentials: Credentials, end: (reason: EndReason) => void): Session;
  close(): Promise<void>;
}

interface Open extends Credentials {
  readonly end: (reason: EndReason) => void;
}

export interface SessionsParts {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly use: KeyUse;
  readonly log: DomainLog;
}

const roundMs = 1_000;
const askEveryRounds = 2;

/**
 * Ends what lasts when its token ends: at the token's own time, and within seconds of a key being
 * revoked. That is asked of the database, for all keys at once: it holds for a key that was revoked
 * through another replica, and when no nudge is heard.
 */
export function createSessions({ database, clock, use, log }: SessionsParts): Sessions {
  const sessions = new Set<Open>();
  let rounds = 0;
  let asking: Promise<void> | undefined;
  let isBlind = false;

  const endIf = (isOver: (session: Open) => boolean, reason: EndReason): void => {
    for (const session of [...sessions]) {
      if (!isOver(session)) continue;
      sessions.delete(session);
      session.end(reason);
    }
  };

  const askForRevoked = async (): Promise<void> => {
    const ids = new Set([...sessions].flatMap(({ apiKeyId }) => apiKeyId ?? []));
    if (ids.size === 0) return;
    try {
      const inForce = await keysInForce(database, clock.now(), [...ids]);
      use.saw([...inForce]);
      // Only those that were asked about: a session that came meanwhile waits for its turn.
      const ended = new Set([...ids].filter((id) => !inForce.has(id)));
      endIf(({ apiKeyId }) => apiKeyId !== undefined && ended.has(apiKeyId), 'REVOKED');
      isBlind = false;
    } catch (error) {
      if (!isBlind) log.warn('it cannot be seen whether API keys were revoked', { error });
      isBlind = true;
    }
  };

  const timer = setInterval(() => {
    const now = clock.now();
    endIf(({ expiresAt }) => expiresAt !== null && expiresAt <= now, 'EXPIRED');
    rounds += 1;
    if (rounds % askEveryRounds === 0) {
      asking ??= askForRevoked().finally(() => {
        asking = undefined;
      });
    }
  }, roundMs);

  return {
    open: (credentials, end) => {
      const session: Open = { ...credentials, end };
      sessions.add(session);
      return {
        caller: credentials.caller,
        close: () => {
          sessions.delete(session);
        },
      };
    },
    close: async () => {
      clearInterval(timer);
      await asking;
    },
  };
}
