import { inFlightUntil } from '../database/claim-due';
import { insertIfAbsent } from '../database/insert-if-absent';
import { type Tx } from '../database/tx';
import { type Domain, type Refusal, refuse } from '../domain';
import { decideNewQrCode } from '../store/store.rules';
import { isUnstorable } from '../unstorable-text';
import {
  bizDataOf,
  type ChannelFee,
  type Place,
  readChannelFee,
  refuseBizData,
} from './biz-data.rules';
import { type PendingModification, type PendingQrCodeChange, QrCode } from './qr-code.entity';

/** What a new code is asked to be, by createQrCode and importQrCode alike. */
export interface AskedQrCode {
  readonly storeId: string;
  /** "Counter 2": for people, never sent to Alipay. */
  readonly label?: string | null | undefined;
  readonly transactionCurrency: string;
  readonly settlementCurrency: string;
  readonly channelFee?: ChannelFee | null | undefined;
}

/** A code as it would be, before it is anywhere on record. */
export function draftQrCode(
  domain: Domain,
  asked: AskedQrCode,
  change: 'CREATE' | 'IMPORT',
): QrCode | Refusal {
  const label = readLabel(asked.label);
  if (label !== null && typeof label === 'object') return label;
  const fee = asked.channelFee ? readChannelFee(asked.channelFee) : null;
  if (fee !== null && 'refusal' in fee) return fee;

  const now = domain.now();
  const qrCode = new QrCode();
  qrCode.id = domain.newId();
  qrCode.storeId = asked.storeId;
  qrCode.code = null;
  qrCode.alipayImageUrl = null;
  qrCode.status = 'PENDING';
  qrCode.pendingChange = change;
  qrCode.pendingModification = null;
  qrCode.attempts = 1;
  qrCode.nextCheckAt = inFlightUntil(domain);
  qrCode.rejectionCode = null;
  qrCode.sameAsId = null;
  qrCode.label = label;
  qrCode.transactionCurrency = asked.transactionCurrency;
  qrCode.settlementCurrency = asked.settlementCurrency;
  qrCode.channelFeeType = fee?.type ?? null;
  qrCode.channelFeeValue = fee?.value ?? null;
  qrCode.lastNotifiedAt = null;
  qrCode.createdAt = now;
  qrCode.updatedAt = now;
  return qrCode;
}

/** Why there can be no such code at this place, or nothing. */
export function refuseNewQrCode(
  { notifySignType }: Domain,
  place: Place,
  qrCode: QrCode,
): Refusal | undefined {
  return (
    decideNewQrCode(place.store) ??
    refuseBizData(
      { ...bizDataOf(place, qrCode), notifySignType },
      { transCurrency: ['transactionCurrency'], currency: ['settlementCurrency'] },
      ['storeId'],
    )
  );
}

/** Puts a new code on record, unless its store has one of that kind, or someone else its value. */
export async function insertQrCode(tx: Tx, qrCode: QrCode): Promise<boolean> {
  const isNew = await insertIfAbsent(tx, QrCode, qrCode);
  if (isNew) tx.changedQrCodeIds.add(qrCode.id);
  return isNew;
}

/** Puts a change of a code on record, before Alipay is asked for it. */
export async function openQrCodeChange(
  domain: Domain,
  tx: Tx,
  qrCode: QrCode,
  change: PendingQrCodeChange,
  modification: PendingModification | null = null,
): Promise<void> {
  const pending = {
    pendingChange: change,
    pendingModification: modification,
    attempts: 1,
    nextCheckAt: inFlightUntil(domain),
    updatedAt: tx.now(),
  };
  await tx.manager.update(QrCode, { id: qrCode.id }, pending);
  Object.assign(qrCode, pending);
  tx.changedQrCodeIds.add(qrCode.id);
}

const LABEL_LENGTH_MAX = 100;

/** A label as it is kept: null when there is nothing to read in it. */
export function readLabel(label: string | null | undefined): string | null | Refusal {
  if (label === undefined || label === null || label.trim() === '') return null;
  if (Array.from(label).length <= LABEL_LENGTH_MAX && !isUnstorable(label)) return label;
  return refuse(
    'INVALID_INPUT',
    `A label has at most ${LABEL_LENGTH_MAX} characters, and no halves of characters: shorten it.`,
    {
      field: ['label'],
    },
  );
}
