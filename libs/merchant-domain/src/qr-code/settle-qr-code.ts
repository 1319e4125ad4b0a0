import { type Rejected } from '@countersign/alipay-services';
import { QueryFailedError } from 'typeorm';

import { type Tx } from '../database/tx';
import { settlePauseMs } from '../database/settle-pause';
import { type Domain, type Refusal } from '../domain';
import { Merchant } from '../merchant/merchant.entity';
import { Store } from '../store/store.entity';
import { type QrCodeAnswer, type QrCodeOutcome } from './ask-alipay';
import { lockQrCode, releaseRefusedCode } from './lock-qr-code';
import { lockPaymentsAt, movePayments } from './move-payments';
import { type PendingQrCodeChange, QrCode } from './qr-code.entity';
import {
  CODE_ALREADY_IN_USE,
  refuseAsAlipay,
  refuseSharedCode,
  statusAfter,
} from './qr-code.rules';

/** What a change of a code comes to: the code, and the refusal where there is one. */
export type QrCodeResult = { readonly qrCode: QrCode } | (Refusal & { readonly qrCode?: QrCode });

/**
 * The one door through which Alipay's answer about a code reaches our record, for the mutation and
 * for the background. What is settled stays so: a late answer changes nothing. Nor does one to a
 * call whose lease another has taken over: it may be about an earlier change of the same kind. A code
 * is created once, and whichever call was answered with it tells of it.
 */
export function settleQrCode(
  domain: Domain,
  qrCodeId: string,
  change: PendingQrCodeChange,
  outcome: QrCodeOutcome,
  /** Until when the call held the code; the holder of this moment when left out. */
  leasedUntil?: Date | null,
): Promise<QrCodeResult> {
  return domain.database.atomically(domain, async (tx) => {
    if (change === 'CREATE' && outcome.kind === 'SUCCEEDED') await lockPaymentsAt(tx, qrCodeId);
    const qrCode = await lockQrCode(tx, qrCodeId);
    if (qrCode === null) throw new Error(`the code ${qrCodeId} that was asked about is gone`);
    if (qrCode.pendingChange !== change) return { qrCode };
    const isOvertaken = leasedUntil && leasedUntil.getTime() !== qrCode.nextCheckAt?.getTime();
    if (isOvertaken && !(change === 'CREATE' && outcome.kind === 'SUCCEEDED')) return { qrCode };

    // No money moves here, so any definite answer settles, also one to a repeat (decision 5).
    switch (outcome.kind) {
      case 'UNKNOWN':
        return postpone(tx, qrCode);
      case 'REJECTED':
        return refused(tx, qrCode, change, outcome);
      case 'SUCCEEDED':
        return done(tx, qrCode, change, outcome.answer);
    }
  });
}

async function postpone(tx: Tx, qrCode: QrCode): Promise<QrCodeResult> {
  const nextCheckAt = new Date(tx.now().getTime() + settlePauseMs(qrCode.attempts));
  await tx.manager.update(QrCode, { id: qrCode.id }, { nextCheckAt });
  return { qrCode: Object.assign(qrCode, { nextCheckAt }) };
}

async function refused(
  tx: Tx,
  qrCode: QrCode,
  change: PendingQrCodeChange,
  no: Rejected,
): Promise<QrCodeResult> {
  const isNew = change === 'CREATE' || change === 'IMPORT';
  // Nor does the code that was given elsewhere meanwhile hang here.
  if (isNew) await tx.manager.update(QrCode, { sameAsId: qrCode.id }, { sameAsId: null });
  await settle(tx, qrCode, isNew ? { status: 'REJECTED', rejectionCode: no.alipayCode } : {});
  return { ...refuseAsAlipay(change, no), qrCode };
}

async function done(
  tx: Tx,
  qrCode: QrCode,
  change: PendingQrCodeChange,
  { qrcode, qrcodeImgUrl }: QrCodeAnswer,
): Promise<QrCodeResult> {
  const status = statusAfter(change, qrCode.status);

  if (change === 'MODIFY') await applyModification(tx, qrCode);
  if (change !== 'CREATE') {
    await settle(tx, qrCode, { status });
    return { qrCode };
  }
  await releaseRefusedCode(tx, qrcode);
  if (!(await takeCode(tx, qrCode, qrcode))) {
    const holder = await tx.manager.findOneBy(QrCode, { code: qrcode });
    await settle(tx, qrCode, {
      ...{ status: 'REJECTED', rejectionCode: CODE_ALREADY_IN_USE },
      // A create brings the address along, and Alipay may report that code's payments there from now on.
      sameAsId: holder?.id ?? null,
    });
    if (holder !== null) await movePayments(tx, qrCode, holder);
    return { ...refuseSharedCode(), qrCode };
  }
  await settle(tx, qrCode, { status, code: qrcode, alipayImageUrl: qrcodeImgUrl ?? null });
  return { qrCode };
}

/**
 * Whether the code is this record's now. Of two that are given the same code at the same time, one
 * waits for the other's commit: the index decides, within a savepoint, so that the block goes on.
 */
async function takeCode(tx: Tx, { id }: QrCode, code: string): Promise<boolean> {
  try {
    await tx.manager.transaction((savepoint) => savepoint.update(QrCode, { id }, { code }));
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return (
    error instanceof QueryFailedError &&
    'constraint' in error &&
    error.constraint === 'qr_codes_code_key'
  );
}

/** What Alipay now shows to customers becomes what our records say. */
async function applyModification(tx: Tx, qrCode: QrCode): Promise<void> {
  const { pendingModification: change, storeId } = qrCode;
  if (change === null) return;
  const updatedAt = tx.now();
  const { storeName, address, merchantName } = change;

  if (storeName !== undefined || address !== undefined) {
    await tx.manager.update(
      Store,
      { id: storeId },
      {
        updatedAt,
        ...(storeName === undefined ? {} : { name: storeName }),
        ...(address === undefined ? {} : { address }),
      },
    );
  }
  if (merchantName !== undefined) {
    const { merchantId } = await tx.manager.findOneByOrFail(Store, { id: storeId });
    await tx.manager.update(Merchant, { id: merchantId }, { updatedAt, name: merchantName });
  }
  const { label, channelFeeType, channelFeeValue } = change;
  const own = {
    ...(label === undefined ? {} : { label }),
    ...(channelFeeType === undefined ? {} : { channelFeeType }),
    ...(channelFeeValue === undefined ? {} : { channelFeeValue }),
  };
  Object.assign(qrCode, own);
  if (Object.keys(own).length > 0) await tx.manager.update(QrCode, { id: qrCode.id }, own);
}

/** Nothing is pending any more; whoever watches the code hears of it. */
async function settle(tx: Tx, qrCode: QrCode, becomes: Partial<QrCode>): Promise<void> {
  const settled = {
    ...becomes,
    pendingChange: null,
    pendingModification: null,
    nextCheckAt: null,
    updatedAt: tx.now(),
  };
  await tx.manager.update(QrCode, { id: qrCode.id }, settled);
  Object.assign(qrCode, settled);
  tx.changedQrCodeIds.add(qrCode.id);
}
