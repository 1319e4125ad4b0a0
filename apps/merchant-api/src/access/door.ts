import { createHash } from 'node:crypto';
import { type IncomingMessage } from 'node:http';

import { type Caller } from '@countersign/merchant-domain';

import { type ExposureLimits } from '../config/exposure';
import { type AddressOf, neighbourhoodOf } from '../http/client-address';
import { createPlaces, type Places } from '../limits/places';
import { type RequestCounts } from '../limits/request-counts';
import { TooManyRequests } from '../limits/too-many-requests';
import { type Authenticator } from './authenticator';
import { type EndReason, type Session } from './sessions';

/** Where every caller comes in: known by a token, and not too often. */
export interface Door {
  /** For one request; null for whoever brings no good token. Throws `TooManyRequests`. */
  enter(request: IncomingMessage): Promise<Caller | null>;
  /** For what lasts: as `enter`, and `end` is called when the token ends. */
  open(request: IncomingMessage, lasting: Lasting): Promise<Session | null>;
  /** One more operation of somebody who is in already. Throws `TooManyRequests`. */
  count(caller: Caller): void;
}

export interface Lasting {
  readonly kind: 'connection' | 'file';
  readonly end: (reason: EndReason) => void;
  /** Where it does not come in the header of the request. */
  readonly authorization?: string | undefined;
}

export interface DoorParts {
  readonly authenticator: Authenticator;
  readonly counts: RequestCounts;
  readonly addressOf: AddressOf;
  readonly limits: ExposureLimits;
}

/** Exports and uploads of one caller at a time. */
export const filesPerCallerMax = 8;
const goodTokensMax = 10_000;
const comeBackMs = 5_000;

export function createDoor({ authenticator, counts, addressOf, limits }: DoorParts): Door {
  const good = new Set<string>();
  const places: Readonly<Record<Lasting['kind'], Places>> = {
    connection: createPlaces(limits.connectionsPerCaller),
    file: createPlaces(filesPerCallerMax),
  };

  /**
   * Somebody who tries tokens is stopped, and not the shop at the same address: a token that was good
   * before is looked at whatever its neighbours do.
   */
  const knock = async <Known>(
    request: IncomingMessage,
    authorization: string | undefined,
    ask: () => Promise<Known | null>,
  ): Promise<Known | null> => {
    const from = `address ${neighbourhoodOf(addressOf(request))}`;
    const token = digestOf(authorization);
    const stopped = counts.fullFor(from, limits.failuresPerMinute);
    if (stopped !== null && !good.has(token)) {
      throw new TooManyRequests('Too many requests without a valid token', stopped);
    }
    const known = await ask();
    good.delete(token);
    if (known === null) counts.take(from, limits.failuresPerMinute);
    else remember(good, token);
    return known;
  };
  const count = ({ subject }: Caller): void => {
    const full = counts.take(keyOf(subject), limits.requestsPerMinute);
    if (full !== null) throw new TooManyRequests('Too many requests of this caller', full);
  };

  return {
    count,
    enter: async (request) => {
      const { authorization } = request.headers;
      const caller = await knock(request, authorization, () =>
        authenticator.authenticate(authorization),
      );
      if (caller !== null) count(caller);
      return caller;
    },
    open: async (request, { kind, end, ...more }) => {
      const authorization =
        'authorization' in more ? more.authorization : request.headers.authorization;
      const session = await knock(request, authorization, () =>
        authenticator.open(authorization, end),
      );
      if (session === null) return null;
      try {
        count(session.caller);
        return keepPlace(session, places[kind], kind);
      } catch (error) {
        session.close();
        throw error;
      }
    },
  };
}

function keepPlace(session: Session, places: Places, kind: Lasting['kind']): Session {
  const leave = places.take(session.caller.subject);
  if (leave === null) throw new TooManyRequests(`Too many ${kind}s at a time`, comeBackMs);
  return {
    caller: session.caller,
    close: () => {
      leave();
      session.close();
    },
  };
}

/** The latest last: the oldest is what is forgotten when there are too many. */
function remember(good: Set<string>, token: string): void {
  good.add(token);
  const [oldest] = good;
  if (oldest !== undefined && good.size > goodTokensMax) good.delete(oldest);
}

function digestOf(authorization = ''): string {
  return createHash('sha256').update(authorization).digest('base64');
}

/** A subject is what an identity provider says: it may be of any length, and hold any character. */
function keyOf(subject: string): string {
  return /^[\x20-\x7e]{1,200}$/.test(subject) ? `caller ${subject}` : `caller ${digestOf(subject)}`;
}
