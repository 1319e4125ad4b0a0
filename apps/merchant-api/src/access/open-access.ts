import {
  type Clock,
  type Database,
  type DomainLog,
  isAnyKeyInForce,
} from '@countersign/merchant-domain';

import { acceptApiKeys } from './api-key-way';
import { type Authenticator, createAuthenticator, type WayIn } from './authenticator';
import { acceptDemoToken } from './demo-token';
import { acceptTokensOf, type IdentityProvider } from './identity-provider';
import { followKeySet } from './key-set';
import { createKeyUse } from './key-use';
import { createSessions } from './sessions';

export interface AccessConfig {
  /** Empty where there is none. */
  readonly demoToken: string;
  readonly identityProvider: IdentityProvider | null;
}

export interface Access extends Authenticator {
  close(): Promise<void>;
}

/**
 * Every way to know a caller that this deployment has. Keys are always one of them; a process that
 * nobody could ever come in to says so, and does not start.
 */
export async function openAccess(
  { demoToken, identityProvider }: AccessConfig,
  { database, clock, log }: { database: Database; clock: Clock; log: DomainLog },
): Promise<Access> {
  if (
    demoToken === '' &&
    identityProvider === null &&
    !(await isAnyKeyInForce(database, clock.now()))
  ) {
    throw new Error(
      'Cannot start: there is no way to know a caller. Set AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE, or make the first key: npm run create-api-key -- --role OWNER',
    );
  }
  const { now } = clock;
  const use = createKeyUse(database, clock, log);
  const sessions = createSessions({ database, clock, use, log });
  const keySet = identityProvider && followKeySet({ url: identityProvider.jwksUrl, now, log });

  keySet?.fetchAhead();

  const waysIn: WayIn[] = [acceptApiKeys(database, clock, use)];
  if (demoToken !== '') waysIn.unshift(acceptDemoToken(demoToken));
  if (identityProvider !== null && keySet !== null) {
    waysIn.push(acceptTokensOf(identityProvider, { keySet, now, log }));
  }
  return {
    ...createAuthenticator(waysIn, sessions),
    close: async () => {
      await Promise.all([sessions.close(), keySet?.close()]);
      await use.close();
    },
  };
}
