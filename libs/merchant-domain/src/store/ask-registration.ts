import {
  type Outcome,
  type SecmerchantOfflineMaintainAnswer,
  type SecmerchantQueryStatusAnswer,
} from '@countersign/alipay-services';

import { HELD_UP, mayStillLeave } from '../database/claim-due';
import { type Domain } from '../domain';
import { asOutcome } from '../gateway-call/as-outcome';
import { Merchant } from '../merchant/merchant.entity';
import { type Store } from './store.entity';

/**
 * One attempt at what is pending for a store: the same content every time. One that was held up
 * does not leave any more: it could undo what somebody has submitted since.
 */
export async function sendRegistration(
  domain: Domain,
  { pendingRegistration, registrationCheckAt }: Store,
): Promise<Outcome<SecmerchantOfflineMaintainAnswer>> {
  if (pendingRegistration === null || !mayStillLeave(domain, registrationCheckAt)) return HELD_UP;
  return asOutcome(() => domain.alipay.secmerchantOfflineMaintain(pendingRegistration));
}

/** Asks what Alipay knows of a store. */
export async function queryRegistration(
  domain: Domain,
  { merchantId, alipayStoreId }: Store,
): Promise<Outcome<SecmerchantQueryStatusAnswer>> {
  const { alipayMerchantId } = await domain.database.manager.findOneByOrFail(Merchant, {
    id: merchantId,
  });
  return asOutcome(() =>
    domain.alipay.secmerchantQueryStatus({
      secondaryMerchantId: alipayMerchantId,
      storeId: alipayStoreId,
    }),
  );
}
