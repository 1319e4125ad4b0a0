import { requireAction } from '../access/access.rules';
import { insertIfAbsent } from '../database/insert-if-absent';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { findMerchant } from '../merchant/merchant.queries';
import { Store } from './store.entity';
import { checkStore } from './store.rules';

export interface RegisterStore {
  readonly caller: Caller;
  readonly merchantId: string;
  /** Alipay's store_id, unique within the merchant. */
  readonly alipayStoreId: string;
  readonly name: string;
  /** Groups the counters of one shop for people; never sent to Alipay. */
  readonly shop?: string | null | undefined;
  readonly countryCode: string;
  readonly address: string;
}

export type StoreResult = { readonly store: Store } | Refusal;

/**
 * Puts a store, which to Alipay is one counter, on record. The same again returns it; the same id
 * with other content is refused (decision 10).
 */
export async function registerStore(domain: Domain, command: RegisterStore): Promise<StoreResult> {
  requireAction(command.caller, 'REGISTER');
  const merchant = await findMerchant(domain.database, command.caller, { id: command.merchantId });
  if (merchant === null) {
    return refuse('NOT_FOUND', 'There is no such merchant: register it first.', {
      field: ['merchantId'],
    });
  }
  const complaint = checkStore(command, merchant);
  if (complaint !== undefined) return complaint;

  const store = await domain.database.atomically(domain, async (tx) => {
    if (await insertIfAbsent(tx, Store, newStore(tx, command))) {
      const { alipayStoreId, caller } = command;
      domain.log?.info('a store is registered', { alipayStoreId, by: caller.subject });
    }
    return tx.manager.findOneByOrFail(Store, {
      merchantId: command.merchantId,
      alipayStoreId: command.alipayStoreId,
    });
  });
  return differenceOf(store, command) ?? { store };
}

function newStore(tx: Tx, command: RegisterStore): Store {
  const store = new Store();
  store.id = tx.newId();
  store.merchantId = command.merchantId;
  store.alipayStoreId = command.alipayStoreId;
  store.name = command.name;
  store.shop = shopOf(command);
  store.countryCode = command.countryCode;
  store.address = command.address;
  store.registration = 'UNREGISTERED';
  store.rejectReason = null;
  store.pendingRegistration = null;
  store.registrationSubmissionId = null;
  store.registrationSubmittedAt = null;
  store.registrationSubmittedBy = null;
  store.registrationFailureCode = null;
  store.registrationToldAt = null;
  store.registrationAttempts = 0;
  store.registrationCheckAt = null;
  store.createdAt = tx.now();
  store.updatedAt = tx.now();
  return store;
}

function differenceOf(store: Store, command: RegisterStore): Refusal | undefined {
  const asked = {
    name: command.name,
    shop: shopOf(command),
    countryCode: command.countryCode,
    address: command.address,
  };
  const field = (['name', 'shop', 'countryCode', 'address'] as const).find(
    (name) => store[name] !== asked[name],
  );
  if (field === undefined) return undefined;
  return refuse(
    'INVALID_INPUT',
    `The store ${store.alipayStoreId} of this merchant is registered already, and its ${field} is "${store[field] ?? ''}": give that, or register another id.`,
    { field: [field] },
  );
}

/** What is told apart by blanks alone looks like one shop, and would be two in every report. */
function shopOf({ shop }: RegisterStore): string | null {
  const named = shop?.trim() ?? '';
  return named === '' ? null : named;
}
