/**
 * WRONG: two records cannot both be right. UNPROVEN: the books say what no record of Alipay's
 * shows. OPEN: nothing disagrees, and somebody has to look.
 */
export type Weight = 'WRONG' | 'UNPROVEN' | 'OPEN';

export type RecordKind =
  'transaction' | 'refund' | 'cancel' | 'notification' | 'qrCode' | 'event' | 'gatewayCall';

interface Kind {
  readonly record: RecordKind;
  readonly weight: Weight;
  /** What whoever reads it does next. */
  readonly remedy: string;
}

const STOP_REFUNDS =
  'Give nothing back of this payment until Alipay’s portal or statement was looked at.';
const WORKER_STANDS = 'See whether a process with ROLE=all or worker runs and reaches Alipay.';

/** Everything that can disagree, and what to do about it. Names are kept: alerts go by them. */
export const DISAGREEMENT_KINDS = {
  TRANSACTION_SUMS: {
    record: 'transaction',
    weight: 'WRONG',
    remedy: `The sums of a payment are not those of its refunds: somebody wrote past the database’s trigger. ${STOP_REFUNDS}`,
  },
  TRANSACTION_OVERDRAWN: {
    record: 'transaction',
    weight: 'WRONG',
    remedy: `More is given back or under way than was paid. ${STOP_REFUNDS}`,
  },
  TRANSACTION_CANCELLED_AND_REFUNDED: {
    record: 'transaction',
    weight: 'WRONG',
    remedy: `A cancel and a refund both took money. ${STOP_REFUNDS}`,
  },
  TRANSACTION_CLOSED_UNEXPLAINED: {
    record: 'transaction',
    weight: 'WRONG',
    remedy: `Alipay has closed this paid payment, which gives all of it back, and the books hold less: sums count the rest as taken. The day’s statement enters what is missing. ${STOP_REFUNDS}`,
  },
  TRANSACTION_STATUS: {
    record: 'transaction',
    weight: 'WRONG',
    remedy:
      'The state does not follow from what was heard: refreshTransaction writes it anew. If it stays, report a fault.',
  },
  TRANSACTION_DIFFERS: {
    record: 'transaction',
    weight: 'WRONG',
    remedy:
      'Alipay’s message or answer names another value than the books: compare with the day’s statement before anything else is done with the payment.',
  },
  TRANSACTION_LACKS_STATUS: {
    record: 'transaction',
    weight: 'WRONG',
    remedy: 'Alipay told of a state that the payment never took up: call refreshTransaction.',
  },
  TRANSACTION_UNPROVEN: {
    record: 'transaction',
    weight: 'UNPROVEN',
    remedy:
      'No message or answer on record says so: call refreshTransaction, which asks Alipay and keeps the answer.',
  },
  PAYMENT_UNKNOWN: {
    record: 'gatewayCall',
    weight: 'WRONG',
    remedy:
      'Alipay told of a payment that is not in the books: call recoverTransaction with its numbers.',
  },
  REFUND_UNKNOWN: {
    record: 'gatewayCall',
    weight: 'WRONG',
    remedy: `A refund was asked for, or made, that the books do not hold: the sign of a restored backup. Send the request again with its old idempotencyKey. ${STOP_REFUNDS}`,
  },
  CALL_WITHOUT_TRANSACTION: {
    record: 'gatewayCall',
    weight: 'WRONG',
    remedy:
      'Money was asked back of a payment that the books do not hold: the sign of a restored backup. Call recoverTransaction, then send the request again with its old idempotencyKey.',
  },
  REFUND_FAILED_BUT_MADE: {
    record: 'refund',
    weight: 'WRONG',
    remedy: `Alipay made this refund, and the books call it FAILED: the money is gone. ${STOP_REFUNDS}`,
  },
  REFUND_NOTICE_DIFFERS: {
    record: 'notification',
    weight: 'WRONG',
    remedy: `Alipay’s message tells of a refund that the books do not hold, or hold otherwise: the day’s statement enters it, or names what is in its way. ${STOP_REFUNDS}`,
  },
  REFUND_CONTRADICTED: {
    record: 'refund',
    weight: 'WRONG',
    remedy:
      'Alipay said later that a refund on the books as SUCCEEDED was not made: look into Alipay’s portal.',
  },
  REFUND_AMOUNT: {
    record: 'refund',
    weight: 'WRONG',
    remedy: `Another amount or currency was asked of Alipay than stands in the books. ${STOP_REFUNDS}`,
  },
  REFUND_ID: {
    record: 'refund',
    weight: 'WRONG',
    remedy:
      'Its id does not follow from partner, trade and key, so that the same request could be made twice after a restore: report a fault.',
  },
  REFUND_NOT_SETTLED: {
    record: 'refund',
    weight: 'WRONG',
    remedy: `Alipay’s answer that it is made is on record, and the refund is still PENDING. ${WORKER_STANDS}`,
  },
  REFUND_OVERDUE: {
    record: 'refund',
    weight: 'WRONG',
    remedy: `It is due to be asked about, and nobody asks. ${WORKER_STANDS}`,
  },
  REFUND_UNPROVEN: {
    record: 'refund',
    weight: 'UNPROVEN',
    remedy:
      'No answer of Alipay’s, no statement and no person says that it was made: look into Alipay’s portal.',
  },
  REFUND_FAILED_UNPROVEN: {
    record: 'refund',
    weight: 'UNPROVEN',
    remedy: `No definite no of Alipay’s is on record, so that it may have been made. ${STOP_REFUNDS}`,
  },
  REFUND_WITHOUT_TRANSACTION: {
    record: 'refund',
    weight: 'WRONG',
    remedy: 'Its payment is missing: restore it from a backup.',
  },
  CANCEL_FAILED_BUT_MADE: {
    record: 'cancel',
    weight: 'WRONG',
    remedy: `Alipay cancelled this payment, and the books do not know: the money is gone. ${STOP_REFUNDS}`,
  },
  CANCEL_NOT_SETTLED: {
    record: 'cancel',
    weight: 'WRONG',
    remedy: `Alipay’s answer that it is done is on record, and the cancel is still pending. ${WORKER_STANDS}`,
  },
  CANCEL_OVERDUE: {
    record: 'cancel',
    weight: 'WRONG',
    remedy: `It is due to be asked about, and nobody asks. ${WORKER_STANDS}`,
  },
  CANCEL_UNPROVEN: {
    record: 'cancel',
    weight: 'UNPROVEN',
    remedy: 'No answer, message or statement says that it was done: look into Alipay’s portal.',
  },
  CANCEL_FAILED_UNPROVEN: {
    record: 'cancel',
    weight: 'UNPROVEN',
    remedy: `No definite no of Alipay’s is on record, so that it may have been done. ${STOP_REFUNDS}`,
  },
  NOTIFICATION_WITHOUT_TRANSACTION: {
    record: 'notification',
    weight: 'WRONG',
    remedy:
      'It counts as applied, and its payment is not in the books: call recoverTransaction with its numbers.',
  },
  NOTIFICATION_STUCK: {
    record: 'notification',
    weight: 'WRONG',
    remedy: `It was acknowledged, and nobody has processed it. ${WORKER_STANDS}`,
  },
  NOTIFICATION_ALTERED: {
    record: 'notification',
    weight: 'WRONG',
    remedy: 'Its bytes are not those that came: restore them from a backup.',
  },
  NOTIFICATION_QUARANTINED: {
    record: 'notification',
    weight: 'OPEN',
    remedy: 'Read its reason, mend the cause, then call replayNotification.',
  },
  QR_CODE_STATUS: {
    record: 'qrCode',
    weight: 'WRONG',
    remedy:
      'Alipay’s last word on this code is another: stop and restart it, or the reverse, so that it ends as it ought to be; what the books hold already is not asked for.',
  },
  QR_CODE_DIFFERS: {
    record: 'qrCode',
    weight: 'WRONG',
    remedy: 'Alipay was told another fee or currency: modifyQrCode sends what the books say.',
  },
  QR_CODE_OVERDUE: {
    record: 'qrCode',
    weight: 'WRONG',
    remedy: `A change of it is due to be asked about, and nobody asks. ${WORKER_STANDS}`,
  },
  QR_CODE_UNPROVEN: {
    record: 'qrCode',
    weight: 'UNPROVEN',
    remedy:
      'No answer on record issued it or took it over: modifyQrCode without changes asks Alipay and keeps the answer.',
  },
  QR_CODE_UNKNOWN: {
    record: 'gatewayCall',
    weight: 'WRONG',
    remedy:
      'Alipay issued or changed a code that the books do not hold: take it over with importQrCode.',
  },
  EVENT_MISSING: {
    record: 'event',
    weight: 'WRONG',
    remedy: 'Subscribers never heard of it: tell those who need to know, and report a fault.',
  },
  EVENT_TWICE: {
    record: 'event',
    weight: 'WRONG',
    remedy: 'Subscribers heard of one deed twice: tell those who add up, and report a fault.',
  },
  EVENT_UNFOUNDED: {
    record: 'event',
    weight: 'WRONG',
    remedy:
      'Subscribers heard of what the books do not hold: tell those who add up, and report a fault.',
  },
  EVENT_AMOUNT: {
    record: 'event',
    weight: 'WRONG',
    remedy:
      'Subscribers heard another amount than the books hold: tell those who add up, and report a fault.',
  },
  EVENT_TIME: {
    record: 'event',
    weight: 'WRONG',
    remedy:
      'Reports count it at another time than subscribers heard: compare with the day’s statement, and report a fault.',
  },
  EVENT_POSITION: {
    record: 'event',
    weight: 'WRONG',
    remedy: 'Two events share a position, so that a cursor may skip one: report a fault.',
  },
  EVENT_WITHOUT_RECORD: {
    record: 'event',
    weight: 'WRONG',
    remedy: 'The payment or refund it tells of is missing: restore it from a backup.',
  },
} as const satisfies Record<string, Kind>;

export type DisagreementKind = keyof typeof DISAGREEMENT_KINDS;

/** One place where the books and a record of Alipay's do not say the same. */
export interface Disagreement {
  readonly kind: DisagreementKind;
  readonly weight: Weight;
  readonly record: RecordKind;
  /** Of the record; of a cancel, of its transaction; of what is missing, of what it belongs to. */
  readonly id: string;
  readonly field: string;
  readonly books: string | null;
  readonly evidence: string | null;
  readonly remedy: string;
}

type Side = string | bigint | boolean | Date | readonly string[] | null | undefined;

/** What stands on either side. */
export interface Sides {
  readonly field: string;
  readonly books: Side;
  readonly evidence: Side;
}

export function disagreement(
  kind: DisagreementKind,
  id: string,
  { field, books, evidence }: Sides,
): Disagreement {
  return {
    kind,
    id,
    field,
    books: textOf(books),
    evidence: textOf(evidence),
    ...DISAGREEMENT_KINDS[kind],
  };
}

function textOf(side: Side): string | null {
  if (side === null || side === undefined) return null;
  if (side instanceof Date) return side.toISOString();
  return typeof side === 'object' ? side.join(', ') : String(side);
}
