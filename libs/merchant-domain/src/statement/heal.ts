import { type TransactionStatementLine } from '@countersign/alipay-services';
import { Not } from 'typeorm';

import { insertIfAbsent } from '../database/insert-if-absent';
import { type Tx } from '../database/tx';
import { RECONCILIATION } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { applyQuarantinedOf } from '../inbox/quarantine';
import { QrCode } from '../qr-code/qr-code.entity';
import { Refund } from '../refund/refund.entity';
import { keyNobodyGave } from '../refund/refund.rules';
import { endRefund } from '../refund/settle-refund';
import { lockTransaction, saveTransaction } from '../transaction/lock-transaction';
import {
  newTransaction,
  recordPayment,
  type TradeObservation,
} from '../transaction/record-payment';
import { Transaction } from '../transaction/transaction.entity';
import { amountOf, isPaid, transactionStatusOf } from '../transaction/transaction.rules';
import { amountIn, CLOCKS_APART_MS } from './matching.rules';

/** What any line that speaks of a payment says of it. */
export type PaymentLine = Pick<
  TransactionStatementLine,
  | 'lineNumber'
  | 'partnerTransactionId'
  | 'transactionId'
  | 'amount'
  | 'transAmount'
  | 'paymentTime'
  | 'issue'
  | 'secondaryMerchantId'
>;

/** What a refund's line says of it, in either file. */
export type RefundLine = PaymentLine & Pick<TransactionStatementLine, 'remark'>;

/** Where a line stands, for the timeline of what it heals. */
export interface Source {
  readonly fileName: string;
  readonly lineNumber: number;
  readonly placeOf: FindPlace;
  /** When a refund took effect, where the line tells: reports count it on that day. */
  readonly refundedAt: Date | null;
}

/** The store and the code where a merchant's customers pay, as far as a line tells. */
export type FindPlace = (
  line: Pick<PaymentLine, 'secondaryMerchantId' | 'paymentTime'>,
) => Promise<Place>;

interface Place {
  readonly storeId: string | null;
  readonly code: QrCode | null;
}

const NOWHERE: Place = { storeId: null, code: null };

/**
 * Looks each merchant up once: a file tells of few, many times. Who pays before the store's first code is on
 * record pays at a code of another system, which may hang in any shop of that merchant: the file server keeps
 * a week of such days when the first code is made here, and a store may wait for its own for days. So does who
 * pays once none of the store's codes takes payments any more.
 */
export function createFindPlace(tx: Tx): FindPlace {
  const found = new Map<string, Promise<PlaceWithin>>();
  return async ({ secondaryMerchantId, paymentTime }) => {
    const looked = found.get(secondaryMerchantId) ?? findPlace(tx, secondaryMerchantId);
    found.set(secondaryMerchantId, looked);
    const { place, since, until } = await looked;
    const isBefore = +paymentTime < +since - CLOCKS_APART_MS;
    const isAfter = until !== null && +paymentTime > +until + CLOCKS_APART_MS;
    return isBefore || isAfter ? NOWHERE : place;
  };
}

/**
 * Takes a payment up from its line: a new record, or the one that lacks it. Everything the line
 * does not say, Alipay is asked for next; messages about it that waited are applied. Null when
 * another has just made the record: then the line has to be looked at again.
 */
export async function healPayment(
  tx: Tx,
  line: PaymentLine,
  known: Transaction | null,
  source: Source,
): Promise<Transaction | null> {
  const amount =
    (known === null ? undefined : amountIn(line, known.currency)) ??
    line.transAmount ??
    line.amount;
  const seen: TradeObservation = {
    alipayTransId: line.transactionId,
    partnerTransId: line.partnerTransactionId,
    // Of what is known to be paid the line tells another thing, and not that it can be refunded no more.
    alipayStatus:
      known !== null && isPaid(known.alipayStatusesSeen) ? known.alipayStatus : 'TRADE_SUCCESS',
    amount,
    createdAt: null,
    paidAt: line.paymentTime,
    buyerLogin: null,
    institutionCode: line.issue === '' ? null : line.issue,
    occurredAt: line.paymentTime,
  };
  const transaction = known ?? (await insertPayment(tx, seen, await source.placeOf(line)));
  if (transaction === null) return null;
  recordPayment(tx, transaction, seen, RECONCILIATION);
  transaction.institutionCheckAt = tx.now();
  await saveTransaction(tx, transaction);
  await applyQuarantinedOf(tx, transaction);
  reconciled(tx, transaction, source);
  return transaction;
}

async function insertPayment(
  tx: Tx,
  seen: TradeObservation,
  place: Place,
): Promise<Transaction | null> {
  const fresh = newTransaction(tx, seen, place.code);
  fresh.storeId = place.storeId;
  if (!(await insertIfAbsent(tx, Transaction, fresh))) return null;
  return tx.manager.findOneOrFail(Transaction, {
    where: { alipayTransId: seen.alipayTransId },
    lock: { mode: 'for_no_key_update' },
  });
}

/**
 * A line names the merchant and no store. Where the merchant has one store only, or one code, it
 * is there that the customer paid. Nobody pays at a store without a code, nor at what was refused.
 */
async function findPlace(tx: Tx, alipayMerchantId: string): Promise<PlaceWithin> {
  const [store, ...others]: { id: string }[] = await tx.manager.query(
    `select s.id from stores s join merchants m on m.id = s.merchant_id
     where m.alipay_merchant_id = $1 limit 2`,
    [alipayMerchantId],
  );
  if (store === undefined || others.length > 0) return ALWAYS_NOWHERE;
  const codes = await tx.manager.find(QrCode, {
    where: { storeId: store.id, status: Not('REJECTED') },
    order: { createdAt: 'ASC', id: 'ASC' },
  });
  const [first, second] = codes;
  if (first === undefined) return ALWAYS_NOWHERE;
  const isClosed = codes.every(
    ({ status, pendingChange }) =>
      pendingChange === null && (status === 'STOPPED' || status === 'DELETED'),
  );
  return {
    place: { storeId: store.id, code: second === undefined ? first : null },
    since: first.createdAt,
    until: isClosed ? new Date(Math.max(...codes.map(({ updatedAt }) => +updatedAt))) : null,
  };
}

interface PlaceWithin {
  readonly place: Place;
  /** When its first code came into the books. */
  readonly since: Date;
  /** When the last of its codes was stopped or deleted; null while customers can, or may, pay there. */
  readonly until: Date | null;
}

const ALWAYS_NOWHERE: PlaceWithin = { place: NOWHERE, since: new Date(0), until: null };

/** A refund that the statement knows and our books do not, or not yet, or not any more. */
export async function healRefund(
  tx: Tx,
  line: RefundLine,
  known: { readonly refunds: readonly Refund[]; readonly payment: Transaction },
  source: Source,
): Promise<Refund> {
  const pending = known.refunds.find(({ status }) => status === 'PENDING');
  const refund = pending ?? (await insertRefund(tx, line, known));
  const payment = (await lockTransaction(tx, known.payment.id)) ?? known.payment;
  if (!isPaid(payment.alipayStatusesSeen)) await notePaid(tx, payment, line, source);
  const ended = await endRefund(tx, refund, payment, { status: 'SUCCEEDED' }, RECONCILIATION, {
    detail: { statement: `${source.fileName}:${source.lineNumber}` },
    ...(source.refundedAt === null ? {} : { at: source.refundedAt }),
  });
  return ended.refund;
}

/**
 * What was given back was paid, though nobody has told us so: else sums would hold the refund and
 * not its payment. When, the line does not say; it was not long after the trade was made.
 */
async function notePaid(
  tx: Tx,
  payment: Transaction,
  { paymentTime: refundedAt }: RefundLine,
  source: Source,
): Promise<void> {
  const seen: TradeObservation = {
    alipayTransId: payment.alipayTransId,
    partnerTransId: payment.partnerTransId,
    alipayStatus: 'TRADE_SUCCESS',
    amount: amountOf(payment),
    createdAt: null,
    paidAt: null,
    buyerLogin: null,
    institutionCode: null,
    occurredAt: payment.createdAt < refundedAt ? payment.createdAt : refundedAt,
  };
  recordPayment(tx, payment, seen, RECONCILIATION);
  payment.institutionCheckAt = tx.now();
  await saveTransaction(tx, payment);
  reconciled(tx, payment, source);
}

async function insertRefund(
  tx: Tx,
  line: RefundLine,
  { refunds, payment }: { readonly refunds: readonly Refund[]; readonly payment: Transaction },
): Promise<Refund> {
  const { minor: amountMinor } = amountIn(line, payment.currency) ?? line.amount;
  // Asked for with another amount, it was asked for wrongly: what the line tells is not that request.
  const failed = refunds.find((one) => one.amountMinor === amountMinor);
  const refund = new Refund();
  refund.id = tx.newId();
  refund.transactionId = payment.id;
  refund.partnerRefundId = line.partnerTransactionId;
  refund.idempotencyKey =
    failed?.idempotencyKey ?? keyNobodyGave('statement', line.partnerTransactionId);
  refund.requestedMinor = failed?.requestedMinor ?? null;
  refund.amountMinor = amountMinor;
  refund.currency = payment.currency;
  refund.reason = failed?.reason ?? (line.remark === '' ? null : line.remark);
  refund.status = 'PENDING';
  refund.failureCode = null;
  refund.attempts = failed?.attempts ?? 0;
  refund.nextCheckAt = tx.now();
  refund.inFlightUntil = null;
  refund.requestedBy = failed?.requestedBy ?? RECONCILIATION;
  refund.resolutionNote = null;
  refund.resolvedBy = null;
  refund.createdAt = line.paymentTime;
  refund.settledAt = null;
  await tx.manager.insert(Refund, refund);
  return refund;
}

/** A cancel that the statement knows: the whole payment was given back. */
export async function healCancel(
  tx: Tx,
  line: TransactionStatementLine,
  known: Transaction | null,
  source: Source,
): Promise<Transaction | null> {
  const transaction = known ?? (await healPayment(tx, line, null, source));
  if (transaction === null) return null;
  transaction.cancelStatus = 'DONE';
  transaction.cancelNextCheckAt = null;
  transaction.cancelRequestedBy ??= RECONCILIATION;
  transaction.status = transactionStatusOf(transaction);
  transaction.updatedAt = tx.now();
  await saveTransaction(tx, transaction);
  appendEvent(tx, transaction, {
    type: 'CANCELLED',
    actor: RECONCILIATION,
    amountMinor: transaction.amountMinor,
    occurredAt: line.paymentTime,
    detail: { statement: `${source.fileName}:${source.lineNumber}` },
  });
  return transaction;
}

function reconciled(tx: Tx, transaction: Transaction, source: Source): void {
  appendEvent(tx, transaction, {
    type: 'RECONCILED',
    actor: RECONCILIATION,
    amountMinor: transaction.amountMinor,
    occurredAt: tx.now(),
    detail: { statement: `${source.fileName}:${source.lineNumber}` },
  });
}
