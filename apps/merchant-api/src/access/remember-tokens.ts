import { createHash } from 'node:crypto';

import { type Credentials, type WayIn } from './authenticator';

export interface RememberTokens {
  readonly now: () => Date;
  /** Changes with the keys that tokens are checked with; nothing outlives such a change. */
  readonly version: () => unknown;
}

interface Remembered {
  readonly credentials: Credentials;
  readonly checkedAt: number;
  readonly version: unknown;
}

const rememberedMs = 60_000;
const tokensMax = 2_000;

/**
 * Checking a signature costs more than a small query, and a till sends the same token again and
 * again: what was found good counts for a minute, never beyond the token's own end. Tokens are
 * known again by their digests; what was refused is looked at each time.
 */
export function rememberTokens(wayIn: WayIn, { now, version }: RememberTokens): WayIn {
  const known = new Map<string, Remembered>();

  return async (token) => {
    const digest = createHash('sha256').update(token).digest('base64');
    const remembered = known.get(digest);
    if (remembered !== undefined && countsStill(remembered, now(), version())) {
      return remembered.credentials;
    }
    known.delete(digest);
    // Keys that come in meanwhile may not be those that it is checked with.
    const checkedWith = version();
    const credentials = await wayIn(token);
    if (credentials === null) return null;
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= tokensMax) known.delete(oldest);
    known.set(digest, { credentials, checkedAt: now().getTime(), version: checkedWith });
    return credentials;
  };
}

function countsStill(
  { credentials: { expiresAt }, checkedAt, version }: Remembered,
  now: Date,
  versionOfNow: unknown,
): boolean {
  return (
    version === versionOfNow &&
    Math.abs(now.getTime() - checkedAt) < rememberedMs &&
    (expiresAt === null || expiresAt > now)
  );
}
