import { isDeepStrictEqual } from 'node:util';

import { type Rejected } from '@countersign/alipay-services';

import { type Refusal, refuse } from '../domain';
import { because } from '../gateway-call/alipay-no';
import {
  type PendingModification,
  type PendingQrCodeChange,
  type QrCode,
  type QrCodeStatus,
} from './qr-code.entity';

/** Where a status can go. DELETED is for ever, and a refused code is asked for anew. */
export const NEXT_QR_CODE_STATUS = {
  PENDING: ['ACTIVE', 'REJECTED'],
  ACTIVE: ['STOPPED', 'DELETED'],
  STOPPED: ['ACTIVE', 'DELETED'],
  DELETED: [],
  REJECTED: [],
} as const satisfies Record<QrCodeStatus, readonly QrCodeStatus[]>;

/** The changes of a code that customers can pay on or could again. */
export type QrCodeStatusChange = Extract<PendingQrCodeChange, 'STOP' | 'RESTART' | 'DELETE'>;

/** Where a code stands once Alipay has said yes; a modification leaves it where it is. */
const STATUS_AFTER = {
  CREATE: 'ACTIVE',
  IMPORT: 'ACTIVE',
  STOP: 'STOPPED',
  RESTART: 'ACTIVE',
  DELETE: 'DELETED',
} as const satisfies Record<Exclude<PendingQrCodeChange, 'MODIFY'>, QrCodeStatus>;

export function statusAfter(change: PendingQrCodeChange, status: QrCodeStatus): QrCodeStatus {
  return change === 'MODIFY' ? status : STATUS_AFTER[change];
}

/** Whether to ask Alipay for a change of status, or what else to say (decision 10). */
export function decideStatusChange(
  qrCode: QrCode,
  change: QrCodeStatusChange,
): Refusal | 'ASK' | 'NOTHING_TO_DO' {
  if (qrCode.pendingChange === change) return 'NOTHING_TO_DO';
  const refusal = refuseWhilePending(qrCode) ?? refuseWhereGone(qrCode, change);
  if (refusal !== undefined) return refusal;
  return qrCode.status === statusAfter(change, qrCode.status) ? 'NOTHING_TO_DO' : 'ASK';
}

/** Whether to ask Alipay for a modification, to change only what is ours, or what else to say. */
export function decideModification(
  qrCode: QrCode,
  asked: PendingModification,
): Refusal | 'ASK' | 'CHANGE_LABEL' | 'NOTHING_TO_DO' {
  if (qrCode.pendingChange === 'MODIFY' && isDeepStrictEqual(qrCode.pendingModification, asked)) {
    return 'NOTHING_TO_DO';
  }
  const refusal = refuseWhilePending(qrCode) ?? refuseWhereGone(qrCode, 'MODIFY');
  if (refusal !== undefined) return refusal;
  if (asked.channelFeeType !== undefined && qrCode.channelFeeType === null) {
    return refuse(
      'INVALID_INPUT',
      'This code was made without a channel fee and cannot get one: create the code with the fee beside it.',
      { field: ['channelFee'] },
    );
  }
  // One without changes sends what is on record, and our address: for a code that has fallen silent.
  return isDeepStrictEqual(Object.keys(asked), ['label']) ? 'CHANGE_LABEL' : 'ASK';
}

function refuseWhilePending({ pendingChange, nextCheckAt }: QrCode): Refusal | undefined {
  if (pendingChange === null) return undefined;
  const when = nextCheckAt === null ? 'soon' : `at ${nextCheckAt.toISOString()}`;
  return refuse(
    'NOT_ALLOWED_IN_STATE',
    `Alipay has not answered yet whether it will ${DEEDS[pendingChange]} this code; it is asked again ${when}. Wait for that answer first.`,
  );
}

function refuseWhereGone(
  { status }: QrCode,
  change: QrCodeStatusChange | 'MODIFY',
): Refusal | undefined {
  if (status === 'DELETED' && change !== 'DELETE') {
    return refuse(
      'NOT_ALLOWED_IN_STATE',
      `This code is deleted, and that cannot be undone: create a new one instead of trying to ${DEEDS[change]} it.`,
    );
  }
  if (status === 'REJECTED' || status === 'PENDING') {
    return refuse(
      'NOT_ALLOWED_IN_STATE',
      `Alipay has not issued this code, so there is nothing to ${DEEDS[change]}: create it again.`,
    );
  }
  return undefined;
}

const DEEDS: Readonly<Record<PendingQrCodeChange, string>> = {
  CREATE: 'create',
  IMPORT: 'take over',
  MODIFY: 'modify',
  STOP: 'stop',
  RESTART: 'restart',
  DELETE: 'delete',
};

/** Why Alipay's no is a no, and whose turn it is, for a person. */
export function refuseAsAlipay(change: PendingQrCodeChange, no: Rejected): Refusal {
  const remedy = no.signed
    ? 'Correct what it objects to, then try again.'
    : 'It objects to the request itself (keys, partner id, contract or parameters): this takes whoever runs this system.';
  return refuse(
    'ALIPAY_REJECTED',
    `Alipay refused to ${DEEDS[change]} this code ${because(no.alipayCode, no.message)}. ${remedy}`,
    { alipayCode: no.alipayCode },
  );
}

/** Our own no to a code that Alipay issued twice: a payment could not be told apart. */
export const CODE_ALREADY_IN_USE = 'CODE_ALREADY_IN_USE';

export function refuseSharedCode(): Refusal {
  return refuse(
    'ALIPAY_REJECTED',
    'Alipay answered with a code that is on record already, at another counter or as a deleted one: ask Alipay to issue a new code for this store.',
    { alipayCode: CODE_ALREADY_IN_USE },
  );
}
