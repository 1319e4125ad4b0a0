import { seesStore } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Caller, type Refusal, refuse } from '../domain';
import { Merchant } from '../merchant/merchant.entity';
import { Store } from '../store/store.entity';
import { type Place } from './biz-data.rules';
import { QrCode } from './qr-code.entity';

/** The code's row, locked until the end of the block: one change of a code at a time. */
export function lockQrCode(tx: Tx, id: string): Promise<QrCode | null> {
  return tx.manager.findOne(QrCode, { where: { id }, lock: { mode: 'for_no_key_update' } });
}

/** The same for a caller; a code outside of its stores does not exist. */
export async function lockQrCodeFor(tx: Tx, caller: Caller, id: string): Promise<QrCode | Refusal> {
  const qrCode = await lockQrCode(tx, id);
  if (qrCode === null || !seesStore(caller, qrCode.storeId)) {
    return refuse('NOT_FOUND', 'There is no such code among your stores.', {
      field: ['qrCodeId'],
    });
  }
  return qrCode;
}

/** A store and its merchant, for a caller who may make codes there. */
export async function findPlaceFor(
  tx: Tx,
  caller: Caller,
  storeId: string,
): Promise<Place | Refusal> {
  const store = await tx.manager.findOneBy(Store, { id: storeId });
  if (store === null || !seesStore(caller, store.id)) {
    return refuse('NOT_FOUND', 'There is no such store among yours: register it first.', {
      field: ['storeId'],
    });
  }
  const merchant = await tx.manager.findOneByOrFail(Merchant, { id: store.merchantId });
  return { store, merchant };
}

/** The store's code of one kind, with or without a channel fee, that is neither deleted nor refused. */
export function findLiveQrCode(
  tx: Tx,
  storeId: string,
  hasChannelFee: boolean,
): Promise<QrCode | null> {
  return tx.manager
    .createQueryBuilder(QrCode, 'qrCode')
    .where('qrCode.storeId = :storeId', { storeId })
    .andWhere('(qrCode.channelFeeType is not null) = :hasChannelFee', { hasChannelFee })
    .andWhere(`qrCode.status not in ('DELETED', 'REJECTED')`)
    .getOne();
}

/** A refused import gives the code up, so that it can be asked for again. */
export async function releaseRefusedCode(tx: Tx, code: string): Promise<void> {
  await tx.manager.update(QrCode, { code, status: 'REJECTED' }, { code: null });
}
