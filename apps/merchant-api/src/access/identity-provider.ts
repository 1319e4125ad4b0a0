import { type DomainLog } from '@countersign/merchant-domain';
import { errors, type JWTPayload, jwtVerify } from 'jose';

import { AccessUnavailable, type WayIn } from './authenticator';
import { callerOfClaims, type ClaimNames } from './claims';
import { type KeySet } from './key-set';
import { rememberTokens } from './remember-tokens';

/** The company's own identity provider, and how its tokens are to be read. */
export interface IdentityProvider {
  readonly jwksUrl: string;
  readonly issuer: string;
  /** A token is for one of these at least. */
  readonly audiences: readonly string[];
  /** Asymmetric ones alone; a token never chooses beyond them. */
  readonly algorithms: readonly string[];
  readonly claims: ClaimNames;
}

/** Clocks of two machines are never quite the same. */
const skewSeconds = 5;

export interface AcceptTokens {
  readonly keySet: KeySet;
  readonly now: () => Date;
  readonly log: DomainLog;
}

/** Tokens (JWT) that the identity provider has signed for us. */
export function acceptTokensOf(
  { issuer, audiences, algorithms, claims }: IdentityProvider,
  { keySet, now, log }: AcceptTokens,
): WayIn {
  const verify = async (token: string): Promise<JWTPayload | null> => {
    try {
      const { payload } = await jwtVerify(token, keySet.keyFor, {
        issuer,
        audience: [...audiences],
        algorithms: [...algorithms],
        clockTolerance: skewSeconds,
        currentDate: now(),
        requiredClaims: ['iss', 'aud', 'exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (error instanceof AccessUnavailable) throw error;
      // The library's own errors are about the token; any other is about the provider's keys.
      if (!(error instanceof errors.JOSEError)) log.warn('a token could not be checked', { error });
      return null;
    }
  };

  const wayIn: WayIn = async (token) => {
    if (token.split('.').length !== 3) return null;
    const payload = await verify(token);
    if (payload?.exp === undefined) return null;
    const caller = callerOfClaims(payload, claims);
    if ('complaint' in caller) {
      log.warn('a token of the identity provider is good, and opens nothing', caller);
      return null;
    }
    return { caller, expiresAt: new Date(payload.exp * 1_000) };
  };
  return rememberTokens(wayIn, { now, version: () => keySet.version() });
}
