import { createHash, timingSafeEqual } from 'node:crypto';

import { ownerCaller } from '@countersign/merchant-domain';

import { type WayIn } from './authenticator';

/** The demo's one token stands for an owner. Compared in constant time, by digests of one length. */
export function acceptDemoToken(demoToken: string): WayIn {
  const expected = digest(demoToken);
  const demo = { caller: ownerCaller('demo'), expiresAt: null };
  return (token) => Promise.resolve(timingSafeEqual(digest(token), expected) ? demo : null);
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
