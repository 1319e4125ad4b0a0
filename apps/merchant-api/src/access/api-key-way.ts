import { type Clock, type Database, findKeyInUse } from '@countersign/merchant-domain';

import { type WayIn } from './authenticator';
import { type KeyUse } from './key-use';

/**
 * The keys of the database, read anew for each request: one that was revoked opens nothing from
 * then on, through whichever replica it was.
 */
export function acceptApiKeys(database: Database, clock: Pick<Clock, 'now'>, use: KeyUse): WayIn {
  return async (token) => {
    const key = await findKeyInUse(database, clock.now(), token);
    if (key === null) return null;
    use.saw([key.id]);
    return { caller: key.caller, expiresAt: key.expiresAt, apiKeyId: key.id };
  };
}
