import { type TradeNotification } from '@countersign/alipay-services';
import { JsonContains } from 'typeorm';

import { type Tx } from '../database/tx';
import { type Domain } from '../domain';
import { ALIPAY } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { TransactionEvent } from '../event/transaction-event.entity';
import { minorIn } from '../minor-in';
import { Refund } from '../refund/refund.entity';
import { takeUpRefund } from '../refund/take-up-refund';
import { findDoubts } from '../restoration/books-whereabouts';
import { isInDoubt } from '../restoration/restoration.rules';
import { lockTransaction } from '../transaction/lock-transaction';
import { type Transaction } from '../transaction/transaction.entity';
import { isClosedUnexplained } from '../transaction/transaction.rules';

/** A message that was applied to a payment, and by which money was given back. */
export interface RefundNotice {
  readonly transaction: Transaction;
  readonly notification: TradeNotification;
}

/** A refund that a notice names, so that it can be looked up. */
interface ToldRefund {
  readonly partnerRefundId: string;
  /** The amount as written. */
  readonly fee: string;
  /** Null where it is no amount of the payment's currency. */
  readonly minor: bigint | null;
  readonly at: Date;
}

export function tellsOfRefund({ transaction, notification }: RefundNotice): boolean {
  const isNamed = notification.refundFee !== undefined && notification.outBizNo !== undefined;
  return isNamed || isClosedUnexplained(transaction);
}

/**
 * Compares what Alipay tells of refunds with the books. A notice settles nothing (decision 5), and what
 * it contradicts becomes a visible discrepancy. Of a payment in doubt after a restored backup the books
 * are known to lack refunds: what was asked for is sent again, and the statement tells (guarantee 18).
 */
export async function hearRefunds(
  domain: Pick<Domain, 'log'>,
  tx: Tx,
  notices: readonly RefundNotice[],
): Promise<void> {
  if (notices.length === 0) return;
  const doubts = await findDoubts(tx.manager);
  for (const { transaction, notification } of notices) {
    // A query that found it only now has not told when it was made: the message does.
    const told = notification.gmtPayment ?? notification.gmtCreate;
    const { createdAt, confirmedAt } = transaction;
    const paidAt = told ?? transaction.paidAt;
    const paidAtGuessed = told === undefined && transaction.paidAtGuessed;
    if (isInDoubt({ paidAt, paidAtGuessed, createdAt, confirmedAt }, doubts)) continue;
    const refund = toldIn(notification, transaction, tx.now());
    const lacking =
      refund === undefined ? 0n : await hearRefund(domain, tx, transaction.id, refund);
    const at = notification.notifyTime ?? tx.now();
    await hearClosing(domain, tx, transaction.id, { at, lacking });
  }
}

/** What is left of a paid payment that Alipay has closed was given back, and nobody here knows how. */
async function hearClosing(
  domain: Pick<Domain, 'log'>,
  tx: Tx,
  transactionId: string,
  { at, lacking }: { readonly at: Date; readonly lacking: bigint },
): Promise<void> {
  const transaction = await lockTransaction(tx, transactionId);
  if (transaction === null || !isClosedUnexplained(transaction)) return;
  const { amountMinor, refundedMinor, pendingRefundMinor } = transaction;
  const given = refundedMinor + pendingRefundMinor;
  if (given + lacking === amountMinor) return; // that refund is told already
  await report(domain, tx, transaction, {
    amountMinor: amountMinor - given,
    at,
    detail: { field: 'refundedAmount', expected: given.toString(), actual: amountMinor.toString() },
  });
}

function toldIn(
  { refundFee: fee, outBizNo: partnerRefundId, notifyTime }: TradeNotification,
  { currency, amountMinor, partnerTransId, cancelStatus }: Transaction,
  now: Date,
): ToldRefund | undefined {
  if (fee === undefined || partnerRefundId === undefined) return undefined;
  if (partnerRefundId === partnerTransId) return undefined; // the order's own number names no refund
  const minor = minorIn(fee, currency);
  const isCancel = minor === amountMinor && (cancelStatus === 'PENDING' || cancelStatus === 'DONE');
  return minor === 0n || isCancel
    ? undefined
    : { partnerRefundId, fee, minor, at: notifyTime ?? now };
}

/** Answers how much of what it tells the books do not hold. */
async function hearRefund(
  domain: Pick<Domain, 'log'>,
  tx: Tx,
  transactionId: string,
  told: ToldRefund,
): Promise<bigint> {
  const { partnerRefundId, fee, minor, at } = told;
  const transaction = await lockTransaction(tx, transactionId);
  if (transaction === null) return 0n;
  const sameId = await tx.manager.findBy(Refund, { transactionId, partnerRefundId });
  const differs = (refund: Refund | undefined, detail: Difference): Promise<void> =>
    report(domain, tx, transaction, {
      ...(refund === undefined ? {} : { refundId: refund.id }),
      ...(minor === null ? {} : { amountMinor: minor }),
      at,
      detail: { ...detail, partnerRefundId, told: minor?.toString() ?? fee },
    });
  const living = sameId.find(({ status }) => status !== 'FAILED');
  if (living !== undefined) {
    // One that is open is asked about anyway. Some of Alipay's notices tell the sum of all so far (U41).
    const all = transaction.refundedMinor + transaction.pendingRefundMinor;
    if (minor !== null && living.amountMinor <= minor && minor <= all) return 0n;
    await differs(living, {
      ...{ field: 'refund.amount', expected: living.amountMinor.toString() },
      actual: minor?.toString() ?? fee,
    });
    return 0n;
  }
  const failed = sameId.find(({ amountMinor }) => amountMinor === minor) ?? sameId[0];
  const expected = failed?.status ?? 'UNKNOWN';
  await differs(failed, { field: 'refund.status', expected, actual: 'SUCCEEDED' });
  // Only of our own making and amount: any other the statement may tell under another number (§9.1).
  const isTakenUp =
    failed?.amountMinor === minor &&
    (await takeUpRefund(tx, transaction, failed, { from: 'notification', at })) !== null;
  return isTakenUp ? 0n : (minor ?? 0n);
}

type Difference = Readonly<Record<'field' | 'expected' | 'actual', string>>;

/** Once, however many messages say the same. */
async function report(
  domain: Pick<Domain, 'log'>,
  tx: Tx,
  transaction: Transaction,
  {
    at,
    detail: difference,
    ...of
  }: {
    readonly at: Date;
    readonly detail: Difference & Readonly<Record<string, string>>;
    readonly refundId?: string;
    readonly amountMinor?: bigint;
  },
): Promise<void> {
  const { id: transactionId } = transaction;
  const detail = { ...difference, from: 'notification' };
  const isTold =
    tx.events.some(
      (event) =>
        event.transactionId === transactionId &&
        JSON.stringify(event.detail) === JSON.stringify(detail),
    ) ||
    (await tx.manager.existsBy(TransactionEvent, {
      ...{ transactionId, type: 'DISCREPANCY_FOUND', detail: JsonContains(detail) },
    }));
  if (isTold) return;
  appendEvent(tx, transaction, {
    type: 'DISCREPANCY_FOUND',
    actor: ALIPAY,
    occurredAt: at,
    detail,
    ...of,
  });
  domain.log?.warn('a notification tells of money given back that the books do not hold', {
    transactionId,
    field: detail.field,
  });
}
