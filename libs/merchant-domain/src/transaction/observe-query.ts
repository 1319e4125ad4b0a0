import { type OverseasQueryAnswer } from '@countersign/alipay-services';

import { type Tx } from '../database/tx';
import { type Domain } from '../domain';
import { ALIPAY } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { type QrCode } from '../qr-code/qr-code.entity';
import { saveTransaction } from './lock-transaction';
import { newTransaction, recordPayment, type TradeObservation } from './record-payment';
import { Transaction } from './transaction.entity';

/** What an answered query says of a trade; without an amount it cannot make a new record. */
export function observationOfQuery(
  answer: OverseasQueryAnswer,
  known: Transaction | null,
  now: Date,
): TradeObservation | null {
  const amount =
    answer.amount ??
    (known === null ? undefined : { minor: known.amountMinor, currency: known.currency });
  if (amount === undefined || amount.minor === 0n) return null;
  return {
    alipayTransId: answer.alipayTransId,
    partnerTransId: answer.partnerTransId,
    alipayStatus: answer.tradeStatus,
    amount,
    createdAt: null,
    paidAt: answer.payTime ?? null,
    buyerLogin: answer.buyerLoginId ?? null,
    institutionCode: answer.paymentInst ?? null,
    occurredAt: answer.payTime ?? now,
  };
}

/**
 * Applies an answered query to the record, and makes the record when there was none. The answer is
 * bound to our partner id, so it is as good as a notification; one that contradicts the record
 * becomes a visible discrepancy and changes nothing.
 */
export async function observeQuery(
  domain: Domain,
  tx: Tx,
  answer: OverseasQueryAnswer,
  code: QrCode | null,
): Promise<Transaction | null> {
  const known = await tx.manager.findOne(Transaction, {
    where: { alipayTransId: answer.alipayTransId },
    lock: { mode: 'pessimistic_write' },
  });
  const seen = observationOfQuery(answer, known, tx.now());
  if (seen === null) return known;

  const transaction = known ?? (await insertObserved(tx, seen, code));
  const result = recordPayment(tx, transaction, seen, ALIPAY);
  if ('contradiction' in result) {
    appendEvent(tx, transaction, {
      type: 'DISCREPANCY_FOUND',
      actor: ALIPAY,
      occurredAt: tx.now(),
      detail: {
        field: result.field,
        expected: result.expected,
        actual: result.actual,
        from: 'query',
      },
    });
    domain.log?.error('a query contradicts the record', {
      transactionId: transaction.id,
      field: result.field,
    });
    return transaction;
  }
  transaction.institutionCheckAt = null;
  await saveTransaction(tx, transaction);
  return transaction;
}

async function insertObserved(
  tx: Tx,
  seen: TradeObservation,
  code: QrCode | null,
): Promise<Transaction> {
  const fresh = newTransaction(tx, seen, code);
  await tx.manager
    .createQueryBuilder()
    .insert()
    .into(Transaction)
    .values(fresh)
    .orIgnore()
    .execute();
  // Whoever was first to hear of it wrote the row; from here on it is locked.
  return tx.manager.findOneOrFail(Transaction, {
    where: { alipayTransId: seen.alipayTransId },
    lock: { mode: 'pessimistic_write' },
  });
}
