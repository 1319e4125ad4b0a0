import { requireAction, seesStore } from '../access/access.rules';
import { type Caller, type Domain, refuse } from '../domain';
import { because } from '../gateway-call/alipay-no';
import { alipayUnavailable } from '../transaction/refresh-transaction';
import { queryRegistration } from './ask-registration';
import { observeRegistration, type RegistrationResult } from './settle-registration';
import { Store } from './store.entity';

export interface RefreshStoreRegistration {
  readonly caller: Caller;
  readonly storeId: string;
}

/** Asks Alipay where the registration of a store stands, and applies it to our record. */
export async function refreshStoreRegistration(
  domain: Domain,
  { caller, storeId }: RefreshStoreRegistration,
): Promise<RegistrationResult> {
  requireAction(caller, 'ASK_ALIPAY');
  const store = await domain.database.manager.findOneBy(Store, { id: storeId });
  if (store === null || !seesStore(caller, store.id)) {
    return refuse('NOT_FOUND', 'There is no such store among yours.', { field: ['storeId'] });
  }

  const outcome = await queryRegistration(domain, store);

  switch (outcome.kind) {
    case 'SUCCEEDED': {
      const observed = await observeRegistration(domain, store, outcome);
      return outcome.answer.status === 'NOT_FOUND'
        ? notFound(domain, observed)
        : { store: observed };
    }
    case 'REJECTED':
      return {
        ...refuse(
          'ALIPAY_REJECTED',
          `Alipay refused to tell about this store ${because(outcome.alipayCode)}.`,
          { alipayCode: outcome.alipayCode },
        ),
        store,
      };
    case 'UNKNOWN':
      return { ...alipayUnavailable(), store };
  }
}

/** That Alipay knows nothing of a store is news only where our record says otherwise. */
function notFound(domain: Domain, store: Store): RegistrationResult {
  if (store.registration === 'UNREGISTERED' || store.pendingRegistration !== null) return { store };
  domain.log?.warn('Alipay knows no registration of a store that has one on record', {
    storeId: store.id,
    registration: store.registration,
  });
  return {
    ...refuse(
      'ALIPAY_REJECTED',
      `Alipay knows no registration of this store, which is ${store.registration} on record: submit it again.`,
    ),
    store,
  };
}
