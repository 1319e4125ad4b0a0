import { requireAction } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal } from '../domain';
import { askAlipay } from './ask-alipay';
import { bizDataOf, type ChannelFee, readChannelFee, refuseBizData } from './biz-data.rules';
import { findPlaceFor, lockQrCodeFor } from './lock-qr-code';
import { openQrCodeChange, readLabel } from './open-qr-code';
import { type PendingModification, QrCode } from './qr-code.entity';
import { decideModification } from './qr-code.rules';
import { type QrCodeResult, settleQrCode } from './settle-qr-code';

/** What is not given stays as it is; a label given as null is taken away. */
export interface ModifyQrCode {
  readonly caller: Caller;
  readonly qrCodeId: string;
  readonly label?: string | null | undefined;
  readonly storeName?: string | null | undefined;
  readonly merchantName?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly channelFee?: ChannelFee | null | undefined;
}

/**
 * Changes what customers read and pay at a printed code, which stays as it is. Alipay gets the
 * whole content again; our records follow once it has said yes (decision 9).
 */
export async function modifyQrCode(domain: Domain, command: ModifyQrCode): Promise<QrCodeResult> {
  requireAction(command.caller, 'MANAGE_CODES');
  const asked = readModification(command);
  if ('refusal' in asked) return asked;

  const opened = await domain.database.atomically(domain, (tx) =>
    openModification(domain, tx, command, asked),
  );
  if ('refusal' in opened) return opened;
  if (!opened.isNew) return { qrCode: opened.qrCode };

  const { id, nextCheckAt } = opened.qrCode;
  const outcome = await askAlipay(domain, opened.qrCode, 'MODIFY');

  return settleQrCode(domain, id, 'MODIFY', outcome, nextCheckAt);
}

function readModification(command: ModifyQrCode): PendingModification | Refusal {
  const label = readLabel(command.label);
  if (label !== null && typeof label === 'object') return label;
  const fee = command.channelFee ? readChannelFee(command.channelFee) : null;
  if (fee !== null && 'refusal' in fee) return fee;
  const { storeName, merchantName, address } = command;
  return {
    ...(command.label === undefined ? {} : { label }),
    ...(storeName == null ? {} : { storeName }),
    ...(merchantName == null ? {} : { merchantName }),
    ...(address == null ? {} : { address }),
    ...(fee === null ? {} : { channelFeeType: fee.type, channelFeeValue: fee.value }),
  };
}

async function openModification(
  domain: Domain,
  tx: Tx,
  { caller, qrCodeId }: ModifyQrCode,
  asked: PendingModification,
): Promise<(Refusal & { readonly qrCode?: QrCode }) | { qrCode: QrCode; isNew: boolean }> {
  const qrCode = await lockQrCodeFor(tx, caller, qrCodeId);
  if ('refusal' in qrCode) return qrCode;
  const decision = decideModification(qrCode, asked);
  if (typeof decision === 'object') return { ...decision, qrCode };
  if (decision === 'NOTHING_TO_DO') return { qrCode, isNew: false };
  if (decision === 'CHANGE_LABEL') {
    await changeLabel(tx, qrCode, asked.label ?? null);
    return { qrCode, isNew: false };
  }

  const { notifySignType } = domain;
  const place = await findPlaceFor(tx, caller, qrCode.storeId);
  if ('refusal' in place) return place;
  const refusal = refuseBizData(
    { ...bizDataOf(place, qrCode, asked), notifySignType },
    COMMAND_FIELDS,
    ['qrCodeId'],
  );
  if (refusal !== undefined) return { ...refusal, qrCode };

  await openQrCodeChange(domain, tx, qrCode, 'MODIFY', asked);
  return { qrCode, isNew: true };
}

const COMMAND_FIELDS = {
  storeName: ['storeName'],
  secondaryMerchantName: ['merchantName'],
  address: ['address'],
  'channelFee.type': ['channelFee', 'type'],
  'channelFee.value': ['channelFee', 'value'],
} as const;

/** A label is ours alone: Alipay never hears of it. */
async function changeLabel(tx: Tx, qrCode: QrCode, label: string | null): Promise<void> {
  if (qrCode.label === label) return;
  const changed = { label, updatedAt: tx.now() };
  await tx.manager.update(QrCode, { id: qrCode.id }, changed);
  Object.assign(qrCode, changed);
  tx.changedQrCodeIds.add(qrCode.id);
}
