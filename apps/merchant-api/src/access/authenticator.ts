import { createHash, timingSafeEqual } from 'node:crypto';

import { type Caller, ownerCaller } from '@countersign/merchant-domain';

/** Tells who is asking, by what stands in `Authorization` or in a WebSocket's `authorization`. */
export interface Authenticator {
  authenticate(authorization: string | undefined): Promise<Caller | null>;
}

const BEARER = /^Bearer +(\S+)$/i;

/** The demo's one token stands for an owner. Compared in constant time, by digests of one length. */
export function createDemoAuthenticator(demoToken: string): Authenticator {
  const expected = digest(demoToken);
  const demo = ownerCaller('demo');
  return {
    authenticate: (authorization) => {
      const token = BEARER.exec(authorization ?? '')?.[1];
      const isKnown = token !== undefined && timingSafeEqual(digest(token), expected);
      return Promise.resolve(isKnown ? demo : null);
    },
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
