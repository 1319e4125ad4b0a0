import { type OverseasQueryAnswer } from '@countersign/alipay-services';
import { In } from 'typeorm';

import { settlePauseMs } from '../database/settle-pause';
import { type Tx } from '../database/tx';
import { updateRows } from '../database/write-rows';
import { type Domain } from '../domain';
import { ALIPAY } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { type QrCode } from '../qr-code/qr-code.entity';
import { saveTransaction } from './lock-transaction';
import { newTransaction, recordPayment, type TradeObservation } from './record-payment';
import { Transaction } from './transaction.entity';
import { isPaid } from './transaction.rules';

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
    // A query tells when was paid, and of nothing else when it happened: then it is heard of now.
    occurredAt: isPaid([answer.tradeStatus]) ? (answer.payTime ?? now) : now,
  };
}

/**
 * Applies an answered query to the record, and makes the record when there was none. The answer is
 * bound to our partner id, so it is as good as a notification; one that contradicts the record
 * becomes a visible discrepancy and changes nothing. Null, and nothing done, when it names no amount
 * to make a record with, or the order number alone: the other number is then only what we asked with,
 * which a person may have mistyped, or somebody else's message named.
 */
export async function observeQuery(
  domain: Domain,
  tx: Tx,
  answer: OverseasQueryAnswer,
  code: QrCode | null,
): Promise<Transaction | null> {
  const known = await tx.manager.findOne(Transaction, {
    where: { alipayTransId: answer.alipayTransId },
    lock: { mode: 'for_no_key_update' },
  });
  if (!answer.namesAlipayTransId && known?.partnerTransId !== answer.partnerTransId) return null;
  const seen = observationOfQuery(answer, known, tx.now());
  if (seen === null) return known;

  const transaction = known ?? (await insertObserved(tx, seen, code));
  apply(domain, tx, transaction, seen);
  await saveTransaction(tx, transaction);
  return transaction;
}

/** The same for answers about trades on record, all with one statement. */
export async function observeQueries(
  domain: Domain,
  tx: Tx,
  answers: readonly OverseasQueryAnswer[],
): Promise<void> {
  // In one order, so that two workers never wait for each other.
  const known = await tx.manager.find(Transaction, {
    where: { alipayTransId: In(answers.map(({ alipayTransId }) => alipayTransId)) },
    order: { alipayTransId: 'ASC' },
    lock: { mode: 'for_no_key_update' },
  });
  const observed = new Set<Transaction>();
  for (const answer of answers) {
    const transaction = known.find(({ alipayTransId }) => alipayTransId === answer.alipayTransId);
    if (transaction === undefined) continue;
    const seen = observationOfQuery(answer, transaction, tx.now());
    if (seen === null) askLater(tx, transaction);
    else apply(domain, tx, transaction, seen);
    observed.add(transaction);
  }
  await updateRows(tx, Transaction, [...observed]);
}

/**
 * A contradiction is told, once: whatever the answer, the wallet is not asked for again, unless it is
 * older than the payment. Then it is after a pause that grows, or at once where that has been asked for.
 */
function apply(domain: Domain, tx: Tx, transaction: Transaction, seen: TradeObservation): void {
  const isOlder = seen.alipayStatus === 'WAIT_BUYER_PAY' && isPaid(transaction.alipayStatusesSeen);
  if (!isOlder) transaction.institutionCheckAt = null;
  else askLater(tx, transaction);
  // Closed, and paid before: what was given back of it since is another matter.
  if (seen.alipayStatus === 'TRADE_CLOSED' && seen.paidAt !== null) {
    recordPayment(tx, transaction, { ...seen, alipayStatus: 'TRADE_SUCCESS' }, ALIPAY);
  }
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
  }
}

/** What is due by now has been asked for since. */
function askLater(tx: Tx, transaction: Transaction): void {
  const { institutionCheckAt, institutionAttempts } = transaction;
  if (institutionCheckAt === null || institutionCheckAt <= tx.now()) return;
  transaction.institutionCheckAt = new Date(
    tx.now().getTime() + settlePauseMs(institutionAttempts),
  );
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
    lock: { mode: 'for_no_key_update' },
  });
}
