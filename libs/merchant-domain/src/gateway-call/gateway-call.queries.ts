import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { keysetPage, type Page, type PageRequest } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { GatewayCall } from './gateway-call.entity';

export interface GatewayCallFilter {
  readonly transactionId?: string | null | undefined;
  /** Alipay's full name of it. */
  readonly service?: string | null | undefined;
}

export async function findGatewayCall(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<GatewayCall | null> {
  return gatewayCallsOf(database, caller).andWhere('call.id = :id', { id }).getOne();
}

export async function gatewayCallsPage(
  database: Database,
  caller: Caller,
  { page, transactionId, service }: GatewayCallFilter & { readonly page: PageRequest },
): Promise<Page<GatewayCall>> {
  const query = gatewayCallsOf(database, caller);
  if (transactionId != null) {
    query.andWhere('call.transactionId = :transactionId', { transactionId });
  }
  if (service != null) query.andWhere('call.service = :service', { service });
  return keysetPage(query, NEWEST_FIRST, page);
}

const NEWEST_FIRST = {
  instant: 'call.startedAt',
  id: 'call.id',
  instantOf: (call: GatewayCall): Date => call.startedAt,
};

/** A call that belongs to no store is for those who see all of them. */
function gatewayCallsOf(database: Database, caller: Caller): SelectQueryBuilder<GatewayCall> {
  requireAction(caller, 'READ_OPERATIONS');
  const query = database.manager.createQueryBuilder(GatewayCall, 'call');
  return withinStores(query, caller, 'call.storeId');
}
