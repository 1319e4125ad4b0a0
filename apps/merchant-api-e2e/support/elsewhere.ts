import { createSigner, createVerifier, type Signer } from '@countersign/alipay-protocol';
import { type AlipayClient, createAlipayClient } from '@countersign/alipay-services';

import { GATEWAY_KEYS, PARTNER_ID } from './keys';

/** The merchant by another program than ours: Alipay's portal, or an old till. */
export interface Elsewhere {
  readonly alipay: AlipayClient;
  readonly signer: Signer;
}

/** What it gives back under an id of its own, so that a judge can tell it from what we have made. */
export const PORTAL = 'PORTAL-';

export function openElsewhere(gatewayUrl: string, now: () => Date): Elsewhere {
  const { md5Key } = GATEWAY_KEYS;
  const signer = createSigner({ signType: 'MD5', md5Key });
  return {
    signer,
    alipay: createAlipayClient({
      ...{ gatewayUrl, partnerId: PARTNER_ID, signer, now },
      verifier: createVerifier({ signType: 'MD5', md5Key }),
    }),
  };
}
