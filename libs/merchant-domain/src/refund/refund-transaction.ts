import { createHash } from 'node:crypto';

import { AlipayProtocolError, type Money, parseAmount } from '@countersign/alipay-protocol';
import {
  type Outcome,
  type RefundQueryAnswer,
  type SpotRefundAnswer,
} from '@countersign/alipay-services';

import { requireAction } from '../access/access.rules';
import { gatewayTimeoutMsOf, HELD_UP, inFlightUntil, mayStillLeave } from '../database/claim-due';
import { type Tx } from '../database/tx';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { appendEvent } from '../event/append-event';
import { asOutcome } from '../gateway-call/as-outcome';
import { findDoubts } from '../restoration/books-whereabouts';
import { inDoubt, isInDoubt } from '../restoration/restoration.rules';
import { lockTransaction, lockTransactionFor } from '../transaction/lock-transaction';
import { alipayUnavailable } from '../transaction/refresh-transaction';
import { type Transaction } from '../transaction/transaction.entity';
import {
  amountOf,
  beijingMidnightAfter,
  partnerTransIdMissing,
} from '../transaction/transaction.rules';
import { isUnstorable } from '../unstorable-text';
import { queryRefund } from './query-refund';
import { Refund } from './refund.entity';
import {
  decideRefund,
  doubtfulAttempts,
  IDEMPOTENCY_KEY_MAX,
  isOfAnotherAmount,
  isSameRefund,
  KNOWN_TO_ALIPAY,
  mayYetTakeEffect,
} from './refund.rules';
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

const REASON_MAX = 128;
// What Alipay forbids in a value, half characters, which no charset has, and two that no XML has: the
// answer repeats the reason.
const NO_REASON = /["\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

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

  const { opened, query } = await openAsFarAsKnown(domain, command, asked);
  if ('refusal' in opened || opened.replayed) return opened;

  const sentTick = performance.now();
  const call = await sendRefund(domain, opened.refund, opened.transaction);

  const { id, attempts } = opened.refund;
  const exchange = {
    ...{ call, attempt: attempts },
    ...(query === undefined
      ? await overMidnight(domain, opened, call, sentTick)
      : { query, isTakenUp: true }),
  };
  return settleRefund(domain, id, exchange, command.caller.subject);
}

/**
 * A yes that was under way at midnight does not tell on which of the two days the refund took effect:
 * Alipay is asked, for as long as the call itself might have taken.
 */
async function overMidnight(
  domain: Domain,
  { refund, transaction }: { readonly refund: Refund; readonly transaction: Transaction },
  call: Outcome<SpotRefundAnswer>,
  sentTick: number,
): Promise<{ readonly query?: Outcome<RefundQueryAnswer> }> {
  const isOfToday = domain.now() < beijingMidnightAfter(refund.createdAt);
  const leftMs = Math.floor(gatewayTimeoutMsOf(domain) - (performance.now() - sentTick));
  if (call.kind !== 'SUCCEEDED' || isOfToday || leftMs < 1) return {};
  const signal = AbortSignal.timeout(leftMs);
  return { query: await queryRefund(domain, transaction, refund.partnerRefundId, { signal }) };
}

function readAsked(command: RefundTransaction): Asked | Refusal {
  const { idempotencyKey, reason } = command;
  const isKey = idempotencyKey.trim() !== '' && idempotencyKey.length <= IDEMPOTENCY_KEY_MAX;
  if (!isKey || isUnstorable(idempotencyKey)) {
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

/**
 * Opens the refund. Of a payment in doubt after a restored backup only what Alipay knows under the
 * refund's id is taken up: sent again, it moves no money. Anything new waits (guarantee 18).
 */
async function openAsFarAsKnown(
  domain: Domain,
  command: RefundTransaction,
  asked: Asked,
): Promise<{ readonly opened: RefundResult; readonly query?: Outcome<RefundQueryAnswer> }> {
  const open = (isMade: boolean): Promise<RefundResult | InDoubt> =>
    domain.database.atomically(domain, (tx) => openRefund(domain, tx, { command, asked, isMade }));
  const opened = await open(false);
  if (!('inDoubt' in opened)) return { opened };

  const query = await queryMade(domain, opened.inDoubt, command.idempotencyKey);
  if ('refusal' in query) return { opened: { ...query, transaction: opened.inDoubt } };
  const openedAgain = await open(true);
  return 'inDoubt' in openedAgain
    ? { opened: { ...inDoubt(), transaction: openedAgain.inDoubt } }
    : { opened: openedAgain, query };
}

interface InDoubt {
  readonly inDoubt: Transaction;
}

/** What Alipay says of a refund that it knows as made, or in the making; else the refusal. */
async function queryMade(
  domain: Domain,
  transaction: Transaction,
  idempotencyKey: string,
): Promise<Refusal | Outcome<RefundQueryAnswer>> {
  if (transaction.partnerTransId === null) return partnerTransIdMissing();
  const query = await queryRefund(
    domain,
    transaction,
    partnerRefundIdOf(domain.alipay.partnerId, transaction.alipayTransId, idempotencyKey),
  );
  if (query.kind === 'UNKNOWN') return alipayUnavailable();
  const isMade =
    query.kind === 'SUCCEEDED' && ['SUCCESS', 'PROCESSING'].includes(query.answer.refundStatus);
  return isMade ? query : inDoubt();
}

async function openRefund(
  domain: Domain,
  tx: Tx,
  {
    command,
    asked,
    isMade,
  }: { readonly command: RefundTransaction; readonly asked: Asked; readonly isMade: boolean },
): Promise<RefundResult | InDoubt> {
  const transaction = await lockTransactionFor(tx, command.caller, command.transactionId);
  if ('refusal' in transaction) return transaction;
  const partnerRefundId = partnerRefundIdOf(
    domain.alipay.partnerId,
    transaction.alipayTransId,
    command.idempotencyKey,
  );
  const sameDeed = await findDeed(tx, transaction, command.idempotencyKey, partnerRefundId);
  const earlier = sameDeed.find(({ status }) => status !== 'FAILED');
  if (earlier !== undefined) {
    if (!isSameRefund(earlier, asked)) return conflict(transaction);
    return { refund: earlier, transaction, replayed: true };
  }
  const doubtful = sameDeed.filter(mayYetTakeEffect);
  if (doubtful.some((one) => !isSameRefund(one, asked))) return conflict(transaction);
  if (!isMade && isInDoubt(transaction, await findDoubts(tx.manager))) {
    return { inDoubt: transaction };
  }
  // What may have been made under this id was of that amount, whatever is left by now.
  const made = doubtful.find((one) => !(isMade && isOfAnotherAmount(one)));
  const amount = made === undefined ? asked.amount : amountOf(made);
  const decision = decideRefund(transaction, amount, command.caller.refundLimit, { isMade });
  if ('refusal' in decision) return { ...decision, transaction };

  const refund = new Refund();
  refund.id = tx.newId();
  refund.transactionId = transaction.id;
  refund.partnerRefundId = partnerRefundId;
  refund.idempotencyKey = command.idempotencyKey;
  refund.requestedMinor = asked.amount?.minor ?? null;
  refund.amountMinor = decision.minor;
  refund.currency = transaction.currency;
  refund.reason = asked.reason;
  refund.status = 'PENDING';
  refund.failureCode = null;
  // What Alipay knows already was called for before, although no call of it is on record.
  refund.attempts = doubtfulAttempts(sameDeed) + (isMade ? 2 : 1);
  refund.nextCheckAt = inFlightUntil(domain);
  refund.inFlightUntil = refund.nextCheckAt;
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
    ...(isMade ? { detail: KNOWN_TO_ALIPAY } : {}),
  });
  return { refund, transaction: reloaded ?? transaction, replayed: false };
}

/** By its key, or by its id at Alipay: a statement's line, which may have told of it, has no key. */
async function findDeed(
  tx: Tx,
  { id: transactionId }: Transaction,
  idempotencyKey: string,
  partnerRefundId: string,
): Promise<Refund[]> {
  return tx.manager.findBy(Refund, [
    { transactionId, idempotencyKey },
    { transactionId, partnerRefundId },
  ]);
}

function conflict(transaction: Transaction): RefundResult {
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

/**
 * One attempt, while its lease lasts; a repeat keeps ids and content. To another account than the one
 * that was asked first Alipay knows neither trade nor refund, which would prove nothing.
 */
export async function sendRefund(
  domain: Domain,
  refund: Refund,
  transaction: Transaction,
): Promise<Outcome<SpotRefundAnswer>> {
  if (!mayStillLeave(domain, refund.inFlightUntil)) return HELD_UP;
  const { partnerRefundId, idempotencyKey } = refund;
  const { partnerId } = domain.alipay;
  if (partnerRefundId !== partnerRefundIdOf(partnerId, transaction.alipayTransId, idempotencyKey)) {
    return OF_ANOTHER_ACCOUNT;
  }
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

/** What a call comes to that only the account that was asked first may repeat. */
const OF_ANOTHER_ACCOUNT = {
  kind: 'UNKNOWN',
  cause: new Error('the refund was asked for under another partner id, and is not sent under ours'),
} as const;
