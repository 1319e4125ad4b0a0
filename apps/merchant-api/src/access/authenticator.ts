import { type Caller } from '@countersign/merchant-domain';

import { type EndReason, type Session, type Sessions } from './sessions';

/** Tells who is asking, by what stands in `Authorization` or in a WebSocket's `authorization`. */
export interface Authenticator {
  authenticate(authorization: string | undefined): Promise<Caller | null>;
  /** For what lasts: `end` is called when the token has expired or its key was revoked. */
  open(
    authorization: string | undefined,
    end: (reason: EndReason) => void,
  ): Promise<Session | null>;
}

/** What a token stands for. */
export interface Credentials {
  readonly caller: Caller;
  /** From then on it opens nothing; null means that no end is set. */
  readonly expiresAt: Date | null;
  /** Of an API key: it can be revoked at any time. */
  readonly apiKeyId?: string;
}

/** One way to know a caller: null for a token that is not of this way, or is not good. */
export type WayIn = (token: string) => Promise<Credentials | null>;

/** It cannot be said at present whether a token is good: the fault is ours, and it may pass. */
export class AccessUnavailable extends Error {
  override readonly name = 'AccessUnavailable';
}

const BEARER = /^Bearer +(\S+)$/i;

/** Asks each way in turn; a token that none of them knows opens nothing. */
export function createAuthenticator(waysIn: readonly WayIn[], sessions: Sessions): Authenticator {
  const credentialsOf = async (authorization = ''): Promise<Credentials | null> => {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return null;
    for (const wayIn of waysIn) {
      const credentials = await known(() => wayIn(token));
      if (credentials !== null) return credentials;
    }
    return null;
  };

  return {
    authenticate: async (authorization) => (await credentialsOf(authorization))?.caller ?? null,
    open: async (authorization, end) => {
      const credentials = await credentialsOf(authorization);
      return credentials && sessions.open(credentials, end);
    },
  };
}

async function known(ask: () => Promise<Credentials | null>): Promise<Credentials | null> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof AccessUnavailable) throw cause;
    throw new AccessUnavailable('it cannot be said whether a token is good', { cause });
  }
}
