import { requireAction } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal } from '../domain';
import { askAlipay } from './ask-alipay';
import { findLiveQrCode, findPlaceFor } from './lock-qr-code';
import { type AskedQrCode, draftQrCode, insertQrCode, refuseNewQrCode } from './open-qr-code';
import { type QrCode } from './qr-code.entity';
import { type QrCodeResult, settleQrCode } from './settle-qr-code';

export interface CreateQrCode extends AskedQrCode {
  readonly caller: Caller;
}

/**
 * Asks Alipay for a store's code with or without a channel fee. There are these two and no more:
 * where one exists it is returned as it is, without a call (decision 8).
 */
export async function createQrCode(domain: Domain, command: CreateQrCode): Promise<QrCodeResult> {
  requireAction(command.caller, 'MANAGE_CODES');
  const draft = draftQrCode(domain, command, 'CREATE');
  if ('refusal' in draft) return draft;

  const opened = await domain.database.atomically(domain, (tx) =>
    openCreate(domain, tx, command.caller, draft),
  );
  if ('refusal' in opened) return opened;
  if (!opened.isNew) return { qrCode: opened.qrCode };

  const { id, nextCheckAt } = opened.qrCode;
  const outcome = await askAlipay(domain, opened.qrCode, 'CREATE');

  return settleQrCode(domain, id, 'CREATE', outcome, nextCheckAt);
}

async function openCreate(
  domain: Domain,
  tx: Tx,
  caller: Caller,
  draft: QrCode,
): Promise<Refusal | { readonly qrCode: QrCode; readonly isNew: boolean }> {
  const place = await findPlaceFor(tx, caller, draft.storeId);
  if ('refusal' in place) return place;
  const refusal = refuseNewQrCode(domain, place, draft);
  if (refusal !== undefined) return refusal;

  for (;;) {
    if (await insertQrCode(tx, draft)) return { qrCode: draft, isNew: true };
    const existing = await findLiveQrCode(tx, draft.storeId, draft.channelFeeType !== null);
    // None any more: it was deleted or refused between the two statements, and the place is free.
    if (existing !== null) return { qrCode: existing, isNew: false };
  }
}
