import {
  type Outcome,
  type RefundQueryAnswer,
  type SpotRefundAnswer,
} from '@countersign/alipay-services';

import { Not } from 'typeorm';

import { settlePauseMs } from '../database/settle-pause';
import { type Tx } from '../database/tx';
import { type Domain, type Refusal, refuse } from '../domain';
import { ALIPAY } from '../event/actors';
import { appendEvent } from '../event/append-event';
import { andThen, because } from '../gateway-call/alipay-no';
import { lockTransaction, saveTransaction } from '../transaction/lock-transaction';
import { type Transaction } from '../transaction/transaction.entity';
import { isClosedUnexplained, transactionStatusOf } from '../transaction/transaction.rules';
import { Refund } from './refund.entity';
import { type RefundResult } from './refund-transaction';
import {
  isOfAnotherAmount,
  type RefundEvidence,
  type RefundVerdict,
  refundVerdict,
} from './refund.rules';
import { takeUpRefund } from './take-up-refund';

export interface RefundExchange {
  readonly call: Outcome<SpotRefundAnswer>;
  readonly query?: Outcome<RefundQueryAnswer>;
  /** Which of the refund's calls it was; the newest when left out. */
  readonly attempt?: number;
  /** Alipay knew it already when it came into our books, which a restored backup lacks. */
  readonly isTakenUp?: boolean;
}

/**
 * The one door through which a refund ends. Harmless when it comes second: a late answer to a
 * settled refund changes nothing, and one that contradicts it becomes a visible discrepancy.
 */
export async function settleRefund(
  domain: Domain,
  refundId: string,
  exchange: RefundExchange,
  actor: string,
): Promise<RefundResult> {
  return domain.database.atomically(domain, async (tx) => {
    const { refund, transaction } = await lockRefund(tx, refundId);
    const verdict = refundVerdict(evidenceOf(refund, await withoutOldNews(tx, refund, exchange)));
    if (refund.status !== 'PENDING') {
      if (contradictsEnd(refund, verdict, exchange)) {
        reportContradiction(tx, refund, transaction, verdict, actor);
        const takenUp = await takeUpMade(tx, refund, transaction, verdict);
        if (takenUp !== null) return { ...takenUp, replayed: false };
      }
      return { refund, transaction, replayed: false };
    }
    const isNewest = (exchange.attempt ?? refund.attempts) === refund.attempts;
    if (verdict.status !== 'SUCCEEDED' && !isNewest) {
      // A newer call may be under way, and may yet take effect: its answer counts, and its lease.
      return { refund, transaction, replayed: false };
    }
    if (verdict.status === 'PENDING') {
      refund.nextCheckAt = new Date(tx.now().getTime() + settlePauseMs(refund.attempts));
      refund.inFlightUntil = null;
      const { nextCheckAt, inFlightUntil } = refund;
      await tx.manager.update(Refund, { id: refund.id }, { nextCheckAt, inFlightUntil });
      reportStillOpen(domain, refund, exchange);
      return { refund, transaction, replayed: false };
    }

    const at = verdict.status === 'SUCCEEDED' ? tookEffectAt(exchange, tx.now()) : tx.now();
    const settled = await endRefund(tx, refund, transaction, verdict, actor, { at });
    domain.log?.info('refund settled', { refundId, outcome: verdict.status });
    if (verdict.status === 'SUCCEEDED') return { ...settled, replayed: false };
    if (exchange.isTakenUp === true && isOfAnotherAmount(refund)) {
      return { ...anotherAmount(), ...settled, replayed: false };
    }
    return {
      ...refuse(
        'ALIPAY_REJECTED',
        `Alipay refused this refund ${because(verdict.failureCode)}. No money was given back.${andThen(verdict.failureCode)}`,
        { alipayCode: verdict.failureCode },
      ),
      ...settled,
      replayed: false,
    };
  });
}

function anotherAmount(): Refusal {
  return refuse(
    'IDEMPOTENCY_CONFLICT',
    'Alipay has made a refund of another amount under this idempotency key: send the requests of that time again in their order, or wait for the statement.',
    { field: ['idempotencyKey'] },
  );
}

/** Of a refund that Alipay knows, the query tells when it was taken in: reports count it on that day. */
function tookEffectAt({ query }: RefundExchange, now: Date): Date {
  const at = query?.kind === 'SUCCEEDED' ? query.answer.createdAt : undefined;
  return at === undefined || at > now ? now : at;
}

/** Said after each repeat that settles nothing, for this may need a person in the end (decision 5). */
function reportStillOpen(
  { log }: Domain,
  { id, partnerRefundId, attempts }: Refund,
  { call, query }: RefundExchange,
): void {
  if (attempts === 1) return;
  log?.warn('a refund is still open', {
    refundId: id,
    partnerRefundId,
    attempts,
    call: call.kind,
    alipayCode: call.kind === 'SUCCEEDED' ? undefined : call.alipayCode,
    query: query?.kind === 'SUCCEEDED' ? query.answer.refundStatus : query?.kind,
  });
}

/** The refund and its payment, locked in the one order: transaction, then refund. */
export async function lockRefund(
  tx: Tx,
  refundId: string,
): Promise<{ refund: Refund; transaction: Transaction }> {
  const { transactionId } = await tx.manager.findOneByOrFail(Refund, { id: refundId });
  const transaction = await lockTransaction(tx, transactionId);
  const refund = await tx.manager.findOneOrFail(Refund, {
    where: { id: refundId },
    lock: { mode: 'for_no_key_update' },
  });
  if (transaction === null) throw new Error(`refund ${refundId} has no transaction`);
  return { refund, transaction };
}

/** Writes the end of a refund, and what it makes of its payment. */
export async function endRefund(
  tx: Tx,
  refund: Refund,
  before: Transaction,
  verdict: Exclude<RefundVerdict, { status: 'PENDING' }>,
  actor: string,
  {
    detail = {},
    at = tx.now(),
  }: { readonly detail?: Record<string, string>; readonly at?: Date } = {},
): Promise<{ refund: Refund; transaction: Transaction }> {
  refund.status = verdict.status;
  refund.failureCode = verdict.status === 'FAILED' ? verdict.failureCode : null;
  refund.nextCheckAt = null;
  refund.inFlightUntil = null;
  refund.settledAt = at;
  // What ends with it, and nothing else: whoever read it without a lock does not know of a call since.
  const { status, failureCode, nextCheckAt, inFlightUntil, settledAt } = refund;
  const { resolutionNote, resolvedBy } = refund;
  await tx.manager.update(
    Refund,
    { id: refund.id },
    { status, failureCode, nextCheckAt, inFlightUntil, settledAt, resolutionNote, resolvedBy },
  );

  // Read again: the database keeps the sums, and the state follows from them.
  const transaction = (await lockTransaction(tx, before.id)) ?? before;
  transaction.status = transactionStatusOf(transaction);
  transaction.updatedAt = tx.now();
  await saveTransaction(tx, transaction);
  appendEvent(tx, transaction, {
    type: verdict.status === 'SUCCEEDED' ? 'REFUND_SUCCEEDED' : 'REFUND_FAILED',
    actor,
    refundId: refund.id,
    amountMinor: refund.amountMinor,
    occurredAt: at,
    detail: {
      ...detail,
      ...(verdict.status === 'FAILED' ? { alipayCode: verdict.failureCode } : {}),
    },
  });
  if (verdict.status === 'FAILED') reportClosing(tx, refund, transaction, actor);
  return { refund, transaction };
}

/** That Alipay has closed the payment was taken for this refund's effect when it was heard of. */
function reportClosing(tx: Tx, refund: Refund, transaction: Transaction, actor: string): void {
  const { amountMinor, refundedMinor, pendingRefundMinor } = transaction;
  const given = refundedMinor + pendingRefundMinor;
  const wasExplained = given + refund.amountMinor >= amountMinor;
  if (!wasExplained || !isClosedUnexplained(transaction)) return;
  appendEvent(tx, transaction, {
    type: 'DISCREPANCY_FOUND',
    actor,
    amountMinor: amountMinor - given,
    occurredAt: tx.now(),
    detail: { field: 'refundedAmount', expected: given.toString(), actual: amountMinor.toString() },
  });
}

/**
 * Asked for again after a definite no, a refund has the id of the one that failed: as long as Alipay has
 * not finished the new call, a query may still tell of the old one. Alipay writes whole seconds, by its own
 * clock: what may be from before the end of the old one settles nothing, and the answer to a repeat does.
 */
async function withoutOldNews(
  tx: Tx,
  { id, partnerRefundId, requestedBy }: Refund,
  exchange: RefundExchange,
): Promise<RefundExchange> {
  const { call, query } = exchange;
  const isFailure = query?.kind === 'SUCCEEDED' && FAILURES.includes(query.answer.refundStatus);
  // What a notice took up is never sent: there is no new call.
  const isSent = requestedBy !== ALIPAY;
  if (!isFailure || !isSent || (call.kind === 'REJECTED' && call.signed)) return exchange;
  const old = await tx.manager.findOne(Refund, {
    where: { id: Not(id), partnerRefundId, status: 'FAILED' },
    order: { settledAt: 'DESC' },
  });
  if (old?.settledAt == null) return exchange;
  const { createdAt: toldOf } = query.answer;
  const isNew = toldOf !== undefined && +toldOf > +old.settledAt + CLOCKS_APART_MS;
  return isNew ? exchange : { ...exchange, query: OLD_NEWS };
}

/** A clock that is less far from Alipay's is not warned of (apps/merchant-api/src/alipay-watch.ts). */
const CLOCKS_APART_MS = 60_000;

const FAILURES: readonly string[] = ['FAILED', 'CANCELED'];
const OLD_NEWS = {
  kind: 'UNKNOWN',
  cause: new Error('the query tells of an earlier refund under this id'),
} as const;

function evidenceOf(
  refund: Refund,
  { call, query, isTakenUp = false }: RefundExchange,
): RefundEvidence {
  return {
    attempts: refund.attempts,
    call,
    isTakenUp,
    ...(query === undefined ? {} : { query: queryEvidence(query) }),
  };
}

function queryEvidence(query: Outcome<RefundQueryAnswer>): NonNullable<RefundEvidence['query']> {
  if (query.kind !== 'SUCCEEDED') return { status: 'UNKNOWN' };
  return { status: query.answer.refundStatus, errorCode: query.answer.refundErrorCode ?? null };
}

/**
 * What Alipay knew nothing of when it was asked it may have made since: that contradicts a person's
 * word that it was made, and not Alipay's own.
 */
function contradictsEnd(
  { status, resolvedBy }: Refund,
  verdict: RefundVerdict,
  { query }: RefundExchange,
): boolean {
  if (verdict.status === 'PENDING' || verdict.status === status) return false;
  const wasNotThere = query?.kind === 'SUCCEEDED' && query.answer.refundStatus === 'NOT_FOUND';
  return !wasNotThere || verdict.status === 'SUCCEEDED' || resolvedBy !== null;
}

/** Made after all: its amount must not be given back once more, under another key, while people look into it. */
async function takeUpMade(
  tx: Tx,
  refund: Refund,
  transaction: Transaction,
  verdict: RefundVerdict,
): Promise<{ readonly refund: Refund; readonly transaction: Transaction } | null> {
  if (refund.status !== 'FAILED' || verdict.status !== 'SUCCEEDED') return null;
  const { transactionId, partnerRefundId } = refund;
  const isHeld = await tx.manager.existsBy(Refund, {
    ...{ transactionId, partnerRefundId, status: Not('FAILED' as const) },
  });
  return isHeld ? null : takeUpRefund(tx, transaction, refund, { from: 'answer', at: tx.now() });
}

function reportContradiction(
  tx: Tx,
  refund: Refund,
  transaction: Transaction,
  verdict: RefundVerdict,
  actor: string,
): void {
  appendEvent(tx, transaction, {
    type: 'DISCREPANCY_FOUND',
    actor,
    refundId: refund.id,
    amountMinor: refund.amountMinor,
    occurredAt: tx.now(),
    detail: { field: 'refund.status', expected: refund.status, actual: verdict.status },
  });
}
