import { createHash } from 'node:crypto';

import { AlipayProtocolError, type Money, parseAmount } from '@countersign/alipay-protocol';
import { type Outcome, type SpotRefundAnswer } from '@countersign/alipay-services';

import { requireAction } from '../access/access.rules';
import { inFlightUntil } from '../database/claim-due';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { asOutcome } from '../gateway-call/as-outcome';
import { lockTransaction, lockTransactionFor } from '../transaction/lock-transaction';
import { type Transaction } from '../transaction/transaction.entity';
import { Refund } from './refund.entity';
import { decideRefund, isSameRefund } from './refund.rules';
import { settleRefund } from './settle-refund';

export interface RefundTransaction {
  readonly caller: Caller;
  readonly transactionId: string;
  /** As the person gave it; absent: everything that is left. */
  readonly amount?: { readonly amount: string; readonly currency: string };
  readonly reason?: string;
  /** Names the deed: the same key on the same trade is the same refund, for ever (decision 15). */
  readonly idempotencyKey: string;
}

export type RefundResult =
  | { readonly refund: Refund; readonly transaction: Transaction; readonly replayed: boolean }
  | (Refusal & {
      readonly refund?: Refund;
      readonly transaction?: Transaction;
      readonly replayed?: boolean;
    });

const IDEMPOTENCY_KEY_MAX = 255;
const REASON_MAX = 128;
// What Alipay forbids in a value, and half characters, which no charset has.
const NO_REASON = /["\p{Cc}\p{Cs}]/u;

interface Asked {
  readonly amount: Money | null;
  readonly reason: string | null;
}

/**
 * Refunds a payment in part or in full (PROTOCOL.md §6.1). The refund is on record before Alipay
 * is asked, and stays PENDING under the same id until the outcome is certain.
 */
export async function refundTransaction(
  domain: Domain,
  command: RefundTransaction,
): Promise<RefundResult> {
  requireAction(command.caller, 'GIVE_BACK');
  const asked = readAsked(command);
  if ('refusal' in asked) return asked;

  const opened = await domain.database.atomically(domain, (tx) =>
    openRefund(domain, tx, command, asked),
  );
  if ('refusal' in opened || opened.replayed) return opened;

  const outcome = await sendRefund(domain, opened.refund, opened.transaction);

  return settleRefund(domain, opened.refund.id, { call: outcome }, command.caller.subject);
}

function readAsked(command: RefundTransaction): Asked | Refusal {
  const { idempotencyKey, reason } = command;
  if (idempotencyKey.trim() === '' || idempotencyKey.length > IDEMPOTENCY_KEY_MAX) {
    return refuse(
      'INVALID_INPUT',
      `An idempotency key has 1 to ${IDEMPOTENCY_KEY_MAX} characters: make one per refund, and send it again when you repeat.`,
      { field: ['idempotencyKey'] },
    );
  }
  if (reason !== undefined && (Array.from(reason).length > REASON_MAX || NO_REASON.test(reason))) {
    return refuse(
      'INVALID_INPUT',
      `A reason has at most ${REASON_MAX} characters, no double quotation mark and no control characters: shorten it, or write ' instead.`,
      { field: ['reason'] },
    );
  }
  const blankless = reason === undefined || reason.trim() === '' ? null : reason;
  if (command.amount === undefined) return { amount: null, reason: blankless };
  try {
    return {
      amount: parseAmount(command.amount.amount, command.amount.currency),
      reason: blankless,
    };
  } catch (error) {
    if (!(error instanceof AlipayProtocolError)) throw error;
    return refuse('INVALID_INPUT', error.message, { field: ['amount', 'amount'] });
  }
}

async function openRefund(
  domain: Domain,
  tx: Tx,
  command: RefundTransaction,
  asked: Asked,
): Promise<RefundResult> {
  const transaction = await lockTransactionFor(tx, command.caller, command.transactionId);
  if ('refusal' in transaction) return transaction;
  const earlier = await findByKey(tx, transaction, command.idempotencyKey);
  if (earlier !== null) return replay(earlier, transaction, asked);
  const decision = decideRefund(transaction, asked.amount, command.caller.refundLimit);
  if ('refusal' in decision) return { ...decision, transaction };

  const refund = new Refund();
  refund.id = tx.newId();
  refund.transactionId = transaction.id;
  refund.partnerRefundId = partnerRefundIdOf(
    domain.alipay.partnerId,
    transaction.alipayTransId,
    command.idempotencyKey,
  );
  refund.idempotencyKey = command.idempotencyKey;
  refund.requestedMinor = asked.amount?.minor ?? null;
  refund.amountMinor = decision.minor;
  refund.currency = transaction.currency;
  refund.reason = asked.reason;
  refund.status = 'PENDING';
  refund.failureCode = null;
  refund.attempts = 1;
  refund.nextCheckAt = inFlightUntil(domain);
  refund.requestedBy = command.caller.subject;
  refund.resolutionNote = null;
  refund.resolvedBy = null;
  refund.createdAt = tx.now();
  refund.settledAt = null;
  await tx.manager.insert(Refund, refund);

  const reloaded = await lockTransaction(tx, transaction.id);
  appendEvent(tx, reloaded ?? transaction, {
    type: 'REFUND_REQUESTED',
    actor: command.caller.subject,
    refundId: refund.id,
    amountMinor: refund.amountMinor,
    occurredAt: tx.now(),
  });
  return { refund, transaction: reloaded ?? transaction, replayed: false };
}

async function findByKey(
  tx: Tx,
  transaction: Transaction,
  idempotencyKey: string,
): Promise<Refund | null> {
  return tx.manager
    .createQueryBuilder(Refund, 'refund')
    .where('refund.transactionId = :id and refund.idempotencyKey = :idempotencyKey', {
      id: transaction.id,
      idempotencyKey,
    })
    .andWhere(`refund.status <> 'FAILED'`)
    .getOne();
}

function replay(refund: Refund, transaction: Transaction, asked: Asked): RefundResult {
  if (isSameRefund(refund, asked)) return { refund, transaction, replayed: true };
  return {
    ...refuse(
      'IDEMPOTENCY_CONFLICT',
      'This idempotency key already stands for another refund of this payment: use a new key for a new refund.',
      { field: ['idempotencyKey'] },
    ),
    transaction,
  };
}

/**
 * The refund's id at Alipay. Derived, not drawn: the same request sent again after a restored
 * backup carries the same id, and Alipay then does nothing twice (decision 15).
 */
export function partnerRefundIdOf(
  partnerId: string,
  alipayTransId: string,
  idempotencyKey: string,
): string {
  const deed = JSON.stringify([partnerId, alipayTransId, idempotencyKey]);
  return `R${createHash('sha256').update(deed).digest('hex').slice(0, 40)}`;
}

/** One attempt; a repeat keeps ids and content. */
export async function sendRefund(
  domain: Domain,
  refund: Refund,
  transaction: Transaction,
): Promise<Outcome<SpotRefundAnswer>> {
  return asOutcome(() =>
    domain.alipay.spotRefund({
      partnerTransId: transaction.partnerTransId ?? '',
      alipayTransId: transaction.alipayTransId,
      partnerRefundId: refund.partnerRefundId,
      amount: { minor: refund.amountMinor, currency: refund.currency },
      ...(refund.reason === null ? {} : { reason: refund.reason }),
    }),
  );
}
