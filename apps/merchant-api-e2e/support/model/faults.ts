import {
  ACQUIRE_CANCEL,
  LOST_ANSWERS,
  OVERSEAS_QUERY,
  QRCODE_CREATE,
  QRCODE_MODIFY,
  QRCODE_MODIFY_STATUS,
  REFUND_QUERY,
  SPOT_REFUND,
} from '../lost-answers';

/** What goes wrong at the gateway with the next calls about one thing. */
export interface Mishap {
  readonly service: string;
  readonly kind: string;
  readonly times: number;
}

/** Refusals that settle something, and some that settle nothing. */
const REFUSALS = [
  'refuse:TRADE_HAS_CLOSE',
  'refuse:MERCHANT_BALANCE_NOT_ENOUGH',
  'refuse:SYSTEM_ERROR',
  'refuse-unsigned:ILLEGAL_SIGN',
  'refuse-unsigned:EXTERFACE_IS_CLOSED',
];
const HARMLESS = ['gbk', 'slow:20', 'slow:600', 'cut:0', 'cut:60', 'cut:400'];
const USUAL = [...LOST_ANSWERS, ...REFUSALS, ...HARMLESS];

/** Done, and nobody knows: what a repeat is then answered is the heart of the matter. */
export const LOST_AFTER_EFFECT = [
  ...(['timeout-after-effect', 'reset-after-effect', 'system-error-after-effect'] as const),
  ...(['bad-signature', 'unsigned', 'other-answer', 'cut:60', 'slow:600'] as const),
];

/**
 * What can happen to a call of each service. The answer of a create repeats nothing of the
 * question, so that another store's code cannot be told from ours: there it never happens.
 */
export const MISHAPS: Readonly<Record<string, readonly string[]>> = {
  [SPOT_REFUND]: [...USUAL, 'refuse:RETURN_AMOUNT_EXCEED'],
  [REFUND_QUERY]: USUAL,
  [ACQUIRE_CANCEL]: [...USUAL, 'refuse:TRADE_CANCEL_TIME_OUT'],
  [OVERSEAS_QUERY]: [...USUAL, 'refuse:TRADE_NOT_EXIST'],
  [QRCODE_CREATE]: USUAL.filter((kind) => kind !== 'other-answer'),
  [QRCODE_MODIFY]: USUAL,
  [QRCODE_MODIFY_STATUS]: USUAL,
};

/** A kind without its detail, as the gateway counts it. */
export function wordOf(kind: string): string {
  return kind.split(':')[0] ?? kind;
}

/** The kinds by which a service refuses. */
export function refusalsIn(service: string): string[] {
  return (MISHAPS[service] ?? []).filter(isRefusal);
}

export function isRefusal(kind: string): boolean {
  return kind.startsWith('refuse');
}

export const MAIL_TROUBLES = ['drop', 'duplicate', 'delay:40', 'bad-signature', 'reorder'];
