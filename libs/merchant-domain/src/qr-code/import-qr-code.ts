import { requireAction } from '../access/access.rules';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { askAlipay } from './ask-alipay';
import { type CreateQrCode } from './create-qr-code';
import { findLiveQrCode, findPlaceFor, releaseRefusedCode } from './lock-qr-code';
import { draftQrCode, insertQrCode, refuseNewQrCode } from './open-qr-code';
import { QrCode } from './qr-code.entity';
import { type QrCodeResult, settleQrCode } from './settle-qr-code';

export interface ImportQrCode extends CreateQrCode {
  /** The text inside the picture that is on the wall already. */
  readonly code: string;
}

/**
 * Takes over a code that was made elsewhere: a MODIFY with our address makes Alipay report its
 * payments here (decision 8).
 */
export async function importQrCode(domain: Domain, command: ImportQrCode): Promise<QrCodeResult> {
  requireAction(command.caller, 'MANAGE_CODES');
  const draft = draftQrCode(domain, command, 'IMPORT');
  if ('refusal' in draft) return draft;
  const code = readCode(command.code);
  if (typeof code === 'object') return code;
  draft.code = code;

  const opened = await domain.database.atomically(domain, (tx) =>
    openImport(domain, tx, { caller: command.caller, draft, code }),
  );
  if ('refusal' in opened) return opened;
  if (!opened.isNew) return { qrCode: opened.qrCode };

  const { id, nextCheckAt } = opened.qrCode;
  const outcome = await askAlipay(domain, opened.qrCode, 'IMPORT');

  return settleQrCode(domain, id, 'IMPORT', outcome, nextCheckAt);
}

const CODE_LENGTH_MAX = 512;

function readCode(text: string): string | Refusal {
  const code = text.trim();
  if (code === '' || code.length > CODE_LENGTH_MAX || /["\p{Cc}\s]/u.test(code)) {
    return refuse(
      'INVALID_INPUT',
      `A code is the text inside the picture, such as https://qr.alipay.com/…, without blanks and at most ${CODE_LENGTH_MAX} characters: scan the picture and give what it says.`,
      { field: ['code'] },
    );
  }
  return code;
}

async function openImport(
  domain: Domain,
  tx: Tx,
  {
    caller,
    draft,
    code,
  }: { readonly caller: Caller; readonly draft: QrCode; readonly code: string },
): Promise<
  (Refusal & { readonly qrCode?: QrCode }) | { readonly qrCode: QrCode; readonly isNew: boolean }
> {
  const place = await findPlaceFor(tx, caller, draft.storeId);
  if ('refusal' in place) return place;
  const refusal = refuseNewQrCode(domain, place, draft);
  if (refusal !== undefined) return refusal;
  await releaseRefusedCode(tx, code);

  for (;;) {
    if (await insertQrCode(tx, draft)) return { qrCode: draft, isNew: true };
    const known = await tx.manager.findOneBy(QrCode, { code });
    if (known !== null && known.storeId !== draft.storeId) return refuseTaken();
    if (known?.status === 'DELETED') return { ...refuseDeleted(), qrCode: known };
    if (known !== null) return { qrCode: known, isNew: false };
    const live = await findLiveQrCode(tx, draft.storeId, draft.channelFeeType !== null);
    if (live !== null) return refuseSecond(live);
  }
}

function refuseTaken(): Refusal {
  return refuse(
    'INVALID_INPUT',
    'This code is on record for another store already: a code stands at one counter.',
    { field: ['code'] },
  );
}

function refuseDeleted(): Refusal {
  return refuse(
    'NOT_ALLOWED_IN_STATE',
    'This code was deleted, and that cannot be undone: take it off the wall, and create a new one.',
    { field: ['code'] },
  );
}

function refuseSecond(live: QrCode): Refusal {
  const kind = live.channelFeeType === null ? 'without' : 'with';
  const name = live.code ?? 'one that Alipay has not issued yet';
  return refuse(
    'INVALID_INPUT',
    `This store has a code ${kind} a channel fee already (${name}): delete that one first, or register another store for this counter.`,
    { field: ['code'] },
  );
}
