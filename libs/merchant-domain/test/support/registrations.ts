import { type Fields } from '@countersign/alipay-protocol';

import { refreshStoreRegistration } from '../../src/store/refresh-store-registration';
import { settlePendingRegistrations } from '../../src/store/settle-pending-registrations';
import { type RegistrationResult } from '../../src/store/settle-registration';
import { type RegistrationDetails } from '../../src/store/store-registration.rules';
import { type Store } from '../../src/store/store.entity';
import { Store as StoreEntity } from '../../src/store/store.entity';
import { submitStoreRegistration } from '../../src/store/submit-store-registration';
import { type Reply, signed } from './gateway';
import { type World } from './world';

export const MAINTAIN = 'alipay.overseas.secmerchant.offline.maintain';
export const QUERY_STATUS = 'alipay.overseas.secmerchant.maintain.queryStatus';

/** Alipay has received a registration. */
export const received: Reply = signed({ result_code: 'SUCCESS' });

/** Alipay tells where the registration stands, of the store that was asked about. */
export function stands(status: string, more: Fields = {}) {
  return (request: Fields): Reply =>
    signed({
      result_code: 'SUCCESS',
      secondary_merchant_id: request['secondary_merchant_id'] ?? '',
      store_id: request['store_id'] ?? '',
      status,
      ...more,
    });
}

/** What a submission said, as queryStatus repeats it. */
export function contentOf(request: Fields | undefined): Fields {
  const { service: _s, partner: _p, _input_charset: _c, timestamp: _t, ...more } = request ?? {};
  const { sign: _sign, sign_type: _type, ...content } = more;
  return content;
}

export function submit(
  world: World,
  { id }: Pick<Store, 'id'>,
  details: RegistrationDetails = {},
): Promise<RegistrationResult> {
  return submitStoreRegistration(world.domain, { caller: world.owner, storeId: id, ...details });
}

export function refresh(world: World, { id }: Pick<Store, 'id'>): Promise<RegistrationResult> {
  return refreshStoreRegistration(world.domain, { caller: world.owner, storeId: id });
}

export function settle(world: World, limit = 10): Promise<number> {
  return settlePendingRegistrations(world.domain, { limit });
}

export function reloadStore(world: World, { id }: Pick<Store, 'id'>): Promise<Store> {
  return world.database.manager.findOneByOrFail(StoreEntity, { id });
}

/** How long the background leaves a store alone, in seconds. */
export async function pauseOf(world: World, store: Pick<Store, 'id'>): Promise<number> {
  const { registrationCheckAt } = await reloadStore(world, store);
  return ((registrationCheckAt?.getTime() ?? NaN) - world.clock.now().getTime()) / 1_000;
}

/** Waits until the background is due, by the test's own clock. */
export async function goOn(world: World, store: Pick<Store, 'id'>): Promise<void> {
  world.clock.set((await reloadStore(world, store)).registrationCheckAt ?? new Date(0));
}
