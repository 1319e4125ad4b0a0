import { type DomainLog } from '@countersign/merchant-domain';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Agent, request } from 'undici';

import { AccessUnavailable } from './authenticator';

/** The public keys of an identity provider, as they change. */
export interface KeySet {
  readonly keyFor: JWTVerifyGetKey;
  /** Another one after each fetch. */
  version(): unknown;
  /** Fetches them now, so that a wrong address is in the log before the first caller comes. */
  fetchAhead(): void;
  close(): Promise<void>;
}

export interface FollowKeySet {
  readonly url: string;
  readonly now: () => Date;
  readonly log: DomainLog;
}

/** Older keys still count, and new ones are fetched beside the request. */
const freshMs = 5 * 60_000;
/** Older keys are fetched anew before they count, unless the provider does not answer. */
const fetchFirstMs = 10 * 60_000;
/** A provider that is away for longer takes everybody's access with it: its keys may be stolen. */
const countsMs = 60 * 60_000;
/** An unknown key is asked for at once, but strangers cannot make us ask without end. */
const questionsAtOnce = 5;
const questionEveryMs = 5_000;
const timeoutMs = 5_000;
const bytesMax = 512 * 1024;

interface Fetched {
  readonly keyFor: JWTVerifyGetKey;
  readonly at: number;
}

/** Follows the keys at an address: kept, fetched again in time, and when a token names a new one. */
export function followKeySet({ url, now, log }: FollowKeySet): KeySet {
  const dispatcher = new Agent({
    connections: 2,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: bytesMax,
  });
  const mayAsk = createAllowance(() => now().getTime());
  let fetched: Fetched | undefined;
  let fetching: Promise<void> | undefined;
  let hasFailed = false;

  const fetchKeys = async (): Promise<void> => {
    try {
      fetched = { keyFor: await readKeySet(url, dispatcher), at: now().getTime() };
      if (hasFailed) log.info('the identity provider answers again', { url });
      hasFailed = false;
    } catch (error) {
      if (!hasFailed)
        log.warn('the keys of the identity provider cannot be fetched', { url, error });
      hasFailed = true;
    } finally {
      fetching = undefined;
    }
  };
  const refresh = async (): Promise<void> => {
    if (fetching === undefined && !mayAsk()) return;
    await (fetching ??= fetchKeys());
  };
  const inForce = async (): Promise<Fetched> => {
    const age = fetched === undefined ? Infinity : Math.abs(now().getTime() - fetched.at);
    if (age > countsMs || (age > fetchFirstMs && !hasFailed)) await refresh();
    else if (age > freshMs) void refresh();
    if (fetched !== undefined && Math.abs(now().getTime() - fetched.at) <= countsMs) return fetched;
    throw new AccessUnavailable('the keys of the identity provider are not known');
  };

  return {
    keyFor: async (header, token) => {
      const current = await inForce();
      try {
        return await current.keyFor(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refresh();
        if (fetched === current) throw error;
        return (await inForce()).keyFor(header, token);
      }
    },
    version: () => fetched,
    fetchAhead: () => {
      void refresh();
    },
    close: async () => {
      await dispatcher.destroy();
      await fetching;
    },
  };
}

async function readKeySet(url: string, dispatcher: Agent): Promise<JWTVerifyGetKey> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`it answered with status ${statusCode}`);
  }
  const keySet = (await body.json()) as JSONWebKeySet;
  const keyFor = createLocalJWKSet(keySet); // refuses what is no set of keys
  if (keySet.keys.length === 0) throw new Error('it answered with no key at all');
  return keyFor;
}

/** So many at once, then one every few seconds. */
function createAllowance(now: () => number): () => boolean {
  let left = questionsAtOnce;
  let at = now();
  return () => {
    const earned = Math.max(0, now() - at) / questionEveryMs;
    at = now();
    left = Math.min(questionsAtOnce, left + earned);
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
