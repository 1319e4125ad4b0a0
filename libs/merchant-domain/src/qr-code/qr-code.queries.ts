import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { inOrderOf } from '../database/in-order-of';
import { keysetPage, type Page, type PageRequest } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { QrCode, type QrCodeStatus } from './qr-code.entity';

export interface QrCodeKey {
  readonly id?: string | null | undefined;
  /** The text inside the picture. */
  readonly code?: string | null | undefined;
}

export interface QrCodeFilter {
  readonly storeId?: string | null | undefined;
  readonly statuses?: readonly QrCodeStatus[] | null | undefined;
}

export async function findQrCode(
  database: Database,
  caller: Caller,
  { id, code }: QrCodeKey,
): Promise<QrCode | null> {
  const query = qrCodesOf(database, caller);
  if (id == null && code == null) return null;
  if (id != null) query.andWhere('qrCode.id = :id', { id });
  if (code != null) query.andWhere('qrCode.code = :code', { code });
  return query.getOne();
}

export async function qrCodesPage(
  database: Database,
  caller: Caller,
  { page, ...filter }: QrCodeFilter & { readonly page: PageRequest },
): Promise<Page<QrCode>> {
  return keysetPage(filtered(qrCodesOf(database, caller), filter), NEWEST_FIRST, page);
}

export async function countQrCodes(
  database: Database,
  caller: Caller,
  filter: QrCodeFilter = {},
): Promise<number> {
  return filtered(qrCodesOf(database, caller), filter).getCount();
}

export async function qrCodesByIds(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(QrCode | null)[]> {
  const query = qrCodesOf(database, caller);
  const found = await query.andWhere('qrCode.id = any(:ids::uuid[])', { ids: [...ids] }).getMany();
  return inOrderOf(ids, found);
}

/** The codes that have changed since then, the latest change first; not more than the limit. */
export async function qrCodesChangedSince(
  database: Database,
  caller: Caller,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<QrCode[]> {
  return qrCodesOf(database, caller)
    .andWhere('qrCode.updatedAt >= :since', { since })
    .orderBy('qrCode.updatedAt', 'DESC')
    .limit(limit)
    .getMany();
}

const NEWEST_FIRST = {
  instant: 'qrCode.createdAt',
  id: 'qrCode.id',
  instantOf: (qrCode: QrCode): Date => qrCode.createdAt,
};

function qrCodesOf(database: Database, caller: Caller): SelectQueryBuilder<QrCode> {
  requireAction(caller, 'READ_SALES');
  const query = database.manager.createQueryBuilder(QrCode, 'qrCode');
  return withinStores(query, caller, 'qrCode.storeId');
}

function filtered(
  query: SelectQueryBuilder<QrCode>,
  { storeId, statuses }: QrCodeFilter,
): SelectQueryBuilder<QrCode> {
  if (storeId != null) query.andWhere('qrCode.storeId = :storeId', { storeId });
  if (statuses != null) {
    query.andWhere('qrCode.status = any(:statuses)', { statuses: [...statuses] });
  }
  return query;
}
