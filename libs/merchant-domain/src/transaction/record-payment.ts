import { type Money } from '@countersign/alipay-protocol';

import { type Tx } from '../database/tx';
import { appendEvent } from '../event/append-event';
import { type QrCode } from '../qr-code/qr-code.entity';
import { Transaction } from './transaction.entity';
import {
  alipayStatusOf,
  beijingMidnightAfter,
  cancelledAt,
  isPaid,
  paymentInstitutionOf,
  seenWith,
  transactionStatusOf,
} from './transaction.rules';

/** What one verified message of Alipay's says of a trade, whichever way it came. */
export interface TradeObservation {
  readonly alipayTransId: string;
  readonly partnerTransId: string | null;
  readonly alipayStatus: string;
  readonly amount: Money;
  readonly createdAt: Date | null;
  readonly paidAt: Date | null;
  readonly buyerLogin: string | null;
  readonly institutionCode: string | null;
  /** When Alipay says it happened. */
  readonly occurredAt: Date;
}

/** In the timeline, of a payment of which nobody had told when it was made. */
export const PAID_AT_GUESSED = { paidAt: 'guessed' };

/** A message that contradicts what is on record: it is shown to people, and changes nothing. */
export interface Contradiction {
  readonly contradiction: string;
  readonly field: 'amount' | 'currency' | 'partnerTransId';
  readonly expected: string;
  readonly actual: string;
}

/** A trade we hear of for the first time; its wallet is asked for once (decision 11). */
export function newTransaction(tx: Tx, seen: TradeObservation, code: QrCode | null): Transaction {
  const now = tx.now();
  const transaction = new Transaction();
  transaction.id = tx.newId();
  transaction.alipayTransId = seen.alipayTransId;
  transaction.partnerTransId = seen.partnerTransId;
  transaction.alipayStatusesSeen = [];
  transaction.status = 'AWAITING_PAYMENT';
  transaction.alipayStatus = seen.alipayStatus;
  transaction.amountMinor = seen.amount.minor;
  transaction.currency = seen.amount.currency;
  transaction.refundedMinor = 0n;
  transaction.pendingRefundMinor = 0n;
  transaction.paymentInstitutionCode = seen.institutionCode;
  transaction.paymentInstitution = paymentInstitutionOf(seen.institutionCode);
  transaction.institutionCheckAt = null;
  transaction.institutionAttempts = 0;
  transaction.saleReference = null;
  transaction.feeMinor = null;
  transaction.netMinor = null;
  transaction.settlementCurrency = null;
  transaction.settledAt = null;
  transaction.buyerLogin = seen.buyerLogin;
  transaction.paidAt = null;
  transaction.paidAtGuessed = false;
  transaction.cancelStatus = null;
  transaction.cancelRequestedBy = null;
  transaction.cancelAttempts = 0;
  transaction.cancelNextCheckAt = null;
  transaction.cancelFailureCode = null;
  transaction.qrCodeId = code?.id ?? null;
  transaction.storeId = code?.storeId ?? null;
  transaction.createdAt = seen.createdAt ?? now;
  transaction.updatedAt = now;
  return transaction;
}

/**
 * Applies one message to a locked (or new) transaction and tells its events: the one door through
 * which Alipay's word on a trade comes in. Nothing is saved here.
 */
export function recordPayment(
  tx: Tx,
  transaction: Transaction,
  seen: TradeObservation,
  actor: string,
): Contradiction | { readonly changed: boolean } {
  const contradiction = contradictionOf(transaction, seen);
  if (contradiction !== undefined) return contradiction;

  const before = factsOf(transaction);
  const wasPaid = isPaid(transaction.alipayStatusesSeen);
  transaction.alipayStatusesSeen = seenWith(transaction.alipayStatusesSeen, seen.alipayStatus);
  transaction.alipayStatus = alipayStatusOf(transaction.alipayStatusesSeen);
  fillGaps(transaction, seen);
  if (wasPaid) tellTimeLearned(tx, transaction, before.paidAt, actor);
  const closedByCancel =
    transaction.cancelStatus === 'PENDING' &&
    transaction.alipayStatusesSeen.includes('TRADE_CLOSED');
  if (closedByCancel) {
    transaction.cancelStatus = 'DONE';
    transaction.cancelNextCheckAt = null;
  }
  transaction.status = transactionStatusOf(transaction);

  const becamePaid = !wasPaid && isPaid(transaction.alipayStatusesSeen);
  if (becamePaid) {
    appendEvent(tx, transaction, {
      type: 'PAYMENT_RECEIVED',
      actor,
      amountMinor: transaction.amountMinor,
      occurredAt: transaction.paidAt ?? seen.occurredAt,
      ...(transaction.paidAtGuessed ? { detail: PAID_AT_GUESSED } : {}),
    });
  }
  if (closedByCancel) {
    appendEvent(tx, transaction, {
      type: 'CANCELLED',
      actor,
      amountMinor: transaction.amountMinor,
      occurredAt: cancelledAt(transaction, seen.occurredAt),
    });
  } else if (transaction.status !== before.status && !becamePaid) {
    appendEvent(tx, transaction, {
      type: 'STATUS_CHANGED',
      actor,
      occurredAt: seen.occurredAt,
      detail: { from: before.status, alipayStatus: transaction.alipayStatus },
    });
  }
  const changed = JSON.stringify(factsOf(transaction)) !== JSON.stringify(before);
  if (changed) transaction.updatedAt = tx.now();
  return { changed };
}

/**
 * Tills hear of payments by their store, and some by their code: of one that was paid before either
 * was known, now. With its store one learns its code, which is not told besides.
 */
export function tellPlaceLearned(
  tx: Tx,
  transaction: Transaction,
  before: Pick<Transaction, 'storeId' | 'qrCodeId'>,
  actor: string,
): void {
  const isNewStore = transaction.storeId !== before.storeId;
  if (!isNewStore && transaction.qrCodeId === before.qrCodeId) return;
  appendEvent(tx, transaction, {
    type: isNewStore ? 'STORE_LEARNED' : 'CODE_LEARNED',
    actor,
    amountMinor: transaction.amountMinor,
    occurredAt: tx.now(),
  });
}

/** Reports and statements go by the day: on which it was taken for another one, and looked for there. */
function tellTimeLearned(
  tx: Tx,
  transaction: Transaction,
  guess: Date | null,
  actor: string,
): void {
  const { paidAt, amountMinor } = transaction;
  if (guess === null || paidAt === null) return;
  if (beijingMidnightAfter(guess).getTime() === beijingMidnightAfter(paidAt).getTime()) return;
  appendEvent(tx, transaction, {
    type: 'TIME_LEARNED',
    actor,
    amountMinor,
    occurredAt: paidAt,
    detail: { guess: guess.toISOString() },
  });
}

/** What a message can change. */
function factsOf({
  status,
  alipayStatusesSeen,
  partnerTransId,
  paidAt,
  paidAtGuessed,
  buyerLogin,
  paymentInstitutionCode,
  cancelStatus,
}: Transaction): Pick<
  Transaction,
  | 'status'
  | 'alipayStatusesSeen'
  | 'partnerTransId'
  | 'paidAt'
  | 'paidAtGuessed'
  | 'buyerLogin'
  | 'paymentInstitutionCode'
  | 'cancelStatus'
> {
  return {
    status,
    alipayStatusesSeen,
    partnerTransId,
    paidAt,
    paidAtGuessed,
    buyerLogin,
    paymentInstitutionCode,
    cancelStatus,
  };
}

function contradictionOf(
  transaction: Transaction,
  seen: TradeObservation,
): Contradiction | undefined {
  if (seen.amount.currency !== transaction.currency) {
    return {
      contradiction: 'Alipay names another currency for a trade on record',
      field: 'currency',
      expected: transaction.currency,
      actual: seen.amount.currency,
    };
  }
  if (seen.amount.minor !== transaction.amountMinor) {
    return {
      contradiction: 'Alipay names another amount for a trade on record',
      field: 'amount',
      expected: transaction.amountMinor.toString(),
      actual: seen.amount.minor.toString(),
    };
  }
  if (
    seen.partnerTransId !== null &&
    transaction.partnerTransId !== null &&
    seen.partnerTransId !== transaction.partnerTransId
  ) {
    return {
      contradiction: 'Alipay names another order number for a trade on record',
      field: 'partnerTransId',
      expected: transaction.partnerTransId,
      actual: seen.partnerTransId,
    };
  }
  return undefined;
}

/** What an earlier message left out; what is known is not overwritten. */
function fillGaps(transaction: Transaction, seen: TradeObservation): void {
  transaction.partnerTransId ??= seen.partnerTransId;
  transaction.buyerLogin ??= seen.buyerLogin;
  if (isPaid(transaction.alipayStatusesSeen)) fillPaidAt(transaction, seen);
  if (transaction.paymentInstitutionCode === null && seen.institutionCode !== null) {
    transaction.paymentInstitutionCode = seen.institutionCode;
    transaction.paymentInstitution = paymentInstitutionOf(seen.institutionCode);
  }
}

/** A time that was guessed gives way to one that is told, or nearer to it. */
function fillPaidAt(transaction: Transaction, seen: TradeObservation): void {
  const { paidAt, paidAtGuessed } = transaction;
  // A resend is a day late: who pays on a code does so within minutes of its trade's beginning.
  const best = seen.paidAt ?? seen.createdAt ?? seen.occurredAt;
  const isBetter = paidAtGuessed && (seen.paidAt !== null || (paidAt !== null && best < paidAt));
  if (paidAt !== null && !isBetter) return;
  transaction.paidAt = best;
  transaction.paidAtGuessed = seen.paidAt === null;
}
