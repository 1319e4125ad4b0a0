import { type OverseasQueryAnswer } from '@countersign/alipay-services';
import { In, Not } from 'typeorm';

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
 * to make a record with, or when it is about another payment (`isAboutAnother`).
 */
export async function observeQuery(
  domain: Domain,
  tx: Tx,
  answer: OverseasQueryAnswer,
  code: QrCode | null,
): Promise<Transaction | null> {
  if (!answer.namesAlipayTransId) await lockOrder(tx, answer);
  const known = await tx.manager.findOne(Transaction, {
    where: { alipayTransId: answer.alipayTransId },
    lock: { mode: 'for_no_key_update' },
  });
  const isOfKnown = known?.partnerTransId === answer.partnerTransId;
  if (!isOfKnown && (await isAboutAnother(tx, answer))) return null;
  const seen = observationOfQuery(answer, known, tx.now());
  if (seen === null) return known;

  const transaction = known ?? (await insertObserved(tx, seen, code));
  apply(domain, tx, transaction, seen);
  await saveTransaction(tx, transaction);
  return transaction;
}

/**
 * An answer that names the order number alone is about the payment on record of that order. Its other
 * number is only what we asked with: a person may have mistyped it, or somebody else's message named it.
 */
export async function isAboutAnother(
  tx: Tx,
  { namesAlipayTransId, alipayTransId, partnerTransId }: OverseasQueryAnswer,
): Promise<boolean> {
  if (namesAlipayTransId) return false;
  const other = { partnerTransId, alipayTransId: Not(alipayTransId) };
  return tx.manager.existsBy(Transaction, other);
}

const ORDER_LOCK = 4_711_004;

/**
 * Until the end of the block no other answer that names this order alone is looked at: no unique index
 * keeps two of them, asked for with different numbers, from making a record each. Before any row.
 */
async function lockOrder(tx: Tx, { partnerTransId }: OverseasQueryAnswer): Promise<void> {
  await tx.manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [
    ORDER_LOCK,
    partnerTransId,
  ]);
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
