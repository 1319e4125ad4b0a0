import {
  AlipayProtocolError,
  type Fields,
  parseAmount,
  type Verified,
} from '@countersign/alipay-protocol';
import { AlipayNotificationUnreadable, readTradeNotification } from '@countersign/alipay-services';
import { MoreThan, Not } from 'typeorm';

import { settlePauseMs } from '../database/settle-pause';
import { type Tx } from '../database/tx';
import { ALIPAY } from '../event/actors';
import { QrCode } from '../qr-code/qr-code.entity';
import { Refund, type RefundStatus } from '../refund/refund.entity';
import { saveTransaction } from '../transaction/lock-transaction';
import { isPlaceGuessed } from '../transaction/guessed-place';
import { tellPlaceLearned } from '../transaction/record-payment';
import { type Transaction } from '../transaction/transaction.entity';
import { isPaid } from '../transaction/transaction.rules';
import { hearRefunds, type RefundNotice, tellsOfRefund } from './hear-refunds';
import { canBeCutOtherwise } from './notification-content';
import { Notification } from './notification.entity';
import { findPaidCode } from './paid-code';

/**
 * A query or a statement has confirmed a trade: the messages about it that waited for that are
 * applied, and the code that the address of one names is where it was paid. One that contradicts the
 * record stays where it is, and one that tells more than was confirmed waits on.
 */
export async function applyQuarantinedOf(tx: Tx, transaction: Transaction): Promise<void> {
  const waiting = await tx.manager
    .createQueryBuilder(Notification, 'notification')
    .setLock('for_no_key_update')
    .where(`notification.status = 'QUARANTINED' and notification.awaitsQuery`)
    .andWhere('notification.tradeNo = :tradeNo', { tradeNo: transaction.alipayTransId })
    .orderBy('notification.id')
    .getMany();

  const refundNotices: RefundNotice[] = [];
  for (const notification of waiting) {
    const fields = notification.fields ?? {};
    const code = await findPaidCode(tx.manager, notification.qrCodeId);
    const differs =
      differenceOf(fields, code, transaction) ??
      ((await wasPaidElsewhere(tx, notification, code, transaction)) ? 'code' : undefined);
    const isTakenAtItsWord = code !== null && !canBeCutOtherwise(fields);
    if (differs !== undefined) {
      await end(tx, notification, transaction, {
        reason: `It names another ${differs} than what Alipay has confirmed about this trade.`,
      });
    } else if (isTakenAtItsWord) {
      await end(tx, notification, null, { status: 'RECEIVED', reason: null });
      tx.hasFilledInbox = true;
    } else if (tellsMore(fields, transaction)) {
      await waitOn(tx, notification, transaction);
    } else if (canBeCutOtherwise(fields) && (await tellsOfUnknownRefund(tx, fields, transaction))) {
      await end(tx, notification, transaction, {
        reason:
          'It may tell of a refund that the books do not hold, and can be read in another way.',
      });
    } else {
      if (code !== null && transaction.qrCodeId === null) {
        await takeCode(tx, transaction, code, ALIPAY);
      }
      await end(tx, notification, transaction, {
        ...{ status: 'APPLIED', reason: null, appliedAt: tx.now() },
      });
      if (!canBeCutOtherwise(fields)) refundNotices.push(...noticeIn(fields, transaction));
    }
  }
  await hearRefunds({}, tx, refundNotices);
}

function noticeIn(fields: Fields, transaction: Transaction): RefundNotice[] {
  try {
    // Only what verified is kept for a query to confirm.
    const notification = readTradeNotification(fields as Verified<Fields>);
    const notice = { transaction, notification };
    return tellsOfRefund(notice) ? [notice] : [];
  } catch (error) {
    if (error instanceof AlipayNotificationUnreadable) return [];
    throw error;
  }
}

async function tellsOfUnknownRefund(
  tx: Tx,
  { out_biz_no: partnerRefundId = '', refund_fee: fee = '' }: Fields,
  { id: transactionId, partnerTransId }: Transaction,
): Promise<boolean> {
  if (fee === '' || partnerRefundId === '' || partnerRefundId === partnerTransId) return false;
  const known = { transactionId, partnerRefundId, status: Not<RefundStatus>('FAILED') };
  return !(await tx.manager.existsBy(Refund, known));
}

async function end(
  tx: Tx,
  { id }: Notification,
  transaction: Transaction | null,
  outcome: Partial<Pick<Notification, 'status' | 'reason' | 'appliedAt'>>,
): Promise<void> {
  await tx.manager.update(
    Notification,
    { id },
    {
      transactionId: transaction?.id ?? null,
      awaitsQuery: false,
      nextCheckAt: null,
      ...outcome,
    },
  );
}

/** Asked about again: what has confirmed the trade may be from before this message. */
async function waitOn(
  tx: Tx,
  { id, attempts }: Notification,
  transaction: Transaction,
): Promise<void> {
  const nextCheckAt = new Date(tx.now().getTime() + settlePauseMs(attempts));
  await tx.manager.update(Notification, { id }, { transactionId: transaction.id, nextCheckAt });
}

/** Whether a message says that was paid, or closed, what nobody has confirmed to be so. */
function tellsMore(
  { trade_status: status = '' }: Fields,
  { alipayStatusesSeen: seen }: Transaction,
): boolean {
  if (seen.includes('TRADE_CLOSED')) return false; // nothing follows it
  return status === 'TRADE_CLOSED' || (isPaid([status]) && !isPaid(seen));
}

/** Neither a query nor a statement says where: the secret address does, or whoever was there. */
export async function takeCode(
  tx: Tx,
  transaction: Transaction,
  code: QrCode,
  actor: string,
): Promise<void> {
  const { storeId, qrCodeId } = transaction;
  transaction.qrCodeId = code.id;
  transaction.storeId = code.storeId;
  if (isPaid(transaction.alipayStatusesSeen)) {
    tellPlaceLearned(tx, transaction, { storeId, qrCodeId }, actor);
  }
  await saveTransaction(tx, transaction);
}

/** What of the record a message contradicts; what it leaves out contradicts nothing. */
function differenceOf(
  fields: Fields,
  code: QrCode | null,
  transaction: Transaction,
): string | undefined {
  const given = (name: string): string | undefined =>
    fields[name] === '' ? undefined : fields[name];
  const currency = given('currency') ?? given('trans_currency') ?? code?.transactionCurrency;
  if (currency !== undefined && currency !== transaction.currency) return 'currency';
  const amount = given('total_fee');
  if (amount !== undefined && !isAmountOf(amount, transaction)) return 'amount';
  const order = given('out_trade_no');
  const { partnerTransId, qrCodeId } = transaction;
  if (order !== undefined && partnerTransId !== null && order !== partnerTransId) {
    return 'order number';
  }
  if (code !== null && qrCodeId !== null && code.id !== qrCodeId) return 'code';
  return undefined;
}

/**
 * Its address is that of a code which a restored backup lacks, and a line has put the payment down at another
 * one, or at a store where it is none of the codes. One that was made since may be the same code on the wall,
 * created again.
 */
async function wasPaidElsewhere(
  tx: Tx,
  { qrCodeId }: Notification,
  code: QrCode | null,
  transaction: Transaction,
): Promise<boolean> {
  if (qrCodeId === null || code !== null || !(await isPlaceGuessed(tx, transaction))) return false;
  const { qrCodeId: id, storeId, paidAt, createdAt } = transaction;
  return !(await tx.manager.existsBy(QrCode, {
    ...(id === null ? { storeId: storeId ?? '' } : { id }),
    createdAt: MoreThan(paidAt ?? createdAt),
  }));
}

function isAmountOf(text: string, { amountMinor, currency }: Transaction): boolean {
  try {
    return parseAmount(text, currency).minor === amountMinor;
  } catch (error) {
    if (error instanceof AlipayProtocolError) return false;
    throw error;
  }
}
