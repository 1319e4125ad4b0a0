import { type QrCode, type QrCodeStatus } from '../qr-code/qr-code.entity';
import { type Disagreement, disagreement } from './disagreement';
import { type Bounds, isOverdue } from './payment-file';

export const CREATE_CODE = 'alipay.commerce.qrcode.create';
export const MODIFY_CODE = 'alipay.commerce.qrcode.modify';
export const MODIFY_CODE_STATUS = 'alipay.commerce.qrcode.modifyStatus';

/** A code, and what Alipay said yes to about it, the oldest first. */
export interface QrCodeFile {
  readonly qrCode: QrCodeOnBooks;
  readonly agreed: readonly QrCodeAgreement[];
}

export type QrCodeOnBooks = Pick<
  QrCode,
  | 'id'
  | 'code'
  | 'status'
  | 'pendingChange'
  | 'nextCheckAt'
  | 'transactionCurrency'
  | 'settlementCurrency'
  | 'channelFeeType'
  | 'channelFeeValue'
>;

export interface QrCodeAgreement {
  readonly id: string;
  readonly service: string;
  readonly startedAt: Date;
  /** STOP, RESTART or DELETE. */
  readonly change: string | null;
  readonly bizData: string | null;
}

/** Where a code is not what Alipay last agreed to. */
export function* qrCodeFindings(file: QrCodeFile, at: Bounds): Generator<Disagreement> {
  const { qrCode, agreed } = file;
  if (qrCode.pendingChange !== null) {
    if (!isOverdue(qrCode.nextCheckAt, at)) return;
    yield disagreement('QR_CODE_OVERDUE', qrCode.id, {
      field: 'nextCheckAt',
      books: qrCode.nextCheckAt,
      evidence: `${qrCode.pendingChange} is pending`,
    });
    return;
  }
  if (qrCode.status === 'PENDING' || qrCode.status === 'REJECTED') return;

  if (!agreed.some(({ service }) => service === CREATE_CODE || service === MODIFY_CODE)) {
    yield disagreement('QR_CODE_UNPROVEN', qrCode.id, {
      field: 'code',
      books: qrCode.code,
      evidence: null,
    });
  }
  yield* statusFindings(file);
  yield* contentFindings(file);
}

function* statusFindings({ qrCode, agreed }: QrCodeFile): Generator<Disagreement> {
  const last = agreed.filter(({ service }) => service === MODIFY_CODE_STATUS).at(-1);
  const follows = last === undefined ? 'ACTIVE' : STATUS_AFTER[last.change ?? ''];
  if (follows === undefined || follows === qrCode.status) return;
  yield disagreement('QR_CODE_STATUS', qrCode.id, {
    field: 'status',
    books: qrCode.status,
    evidence: last === undefined ? 'nothing but its creation' : saidAt(last.change, last),
  });
}

const STATUS_AFTER: Readonly<Record<string, QrCodeStatus>> = {
  STOP: 'STOPPED',
  RESTART: 'ACTIVE',
  DELETE: 'DELETED',
};

/** The fee and the currencies alone: names belong to the store, whose other code may change them. */
function* contentFindings({ qrCode, agreed }: QrCodeFile): Generator<Disagreement> {
  const last = agreed.filter(({ bizData }) => bizData !== null).at(-1);
  const content = last?.bizData == null ? null : readContent(last.bizData);
  if (last === undefined || content === null) return;
  const stands = {
    transactionCurrency: qrCode.transactionCurrency,
    settlementCurrency: qrCode.settlementCurrency,
    channelFee: feeOf(qrCode.channelFeeType, qrCode.channelFeeValue),
  };
  for (const field of ['transactionCurrency', 'settlementCurrency', 'channelFee'] as const) {
    if (stands[field] === content[field]) continue;
    yield disagreement('QR_CODE_DIFFERS', qrCode.id, {
      field,
      books: stands[field],
      evidence: saidAt(content[field], last),
    });
  }
}

function readContent(bizData: string): Record<string, string | null> {
  const content = asObject(JSON.parse(bizData));
  const fee = asObject(content['channel_fee']);
  return {
    transactionCurrency: asText(content['trans_currency']),
    settlementCurrency: asText(content['currency']),
    channelFee: feeOf(asText(fee['type']), asText(fee['value'])),
  };
}

function feeOf(type: string | null, value: string | null): string | null {
  return type === null || value === null ? null : `${type} ${value}`;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function saidAt(what: string | null | undefined, { service, startedAt }: QrCodeAgreement): string {
  return `${what ?? 'none'} (${service} SUCCEEDED at ${startedAt.toISOString()})`;
}
