import { RECONCILIATION } from '../event/actors';
import { minorIn } from '../minor-in';
import { partnerRefundIdOf } from '../refund/refund-transaction';
import { type Disagreement, disagreement } from './disagreement';
import { type ReadMessage, readMessages } from './message-sums.rules';
import {
  type Bounds,
  type CallOnRecord,
  inWords,
  isAmount,
  isOurOwnRefusal,
  isOverdue,
  type PaymentFile,
  REFUND_QUERY,
  type RefundOnBooks,
  ripe,
  SPOT_REFUND,
} from './payment-file';

/** Where a payment's refunds are not what the recorded calls and answers made of them. */
export function* refundFindings(file: PaymentFile, at: Bounds): Generator<Disagreement> {
  for (const refund of file.refunds) {
    const calls = file.calls.filter(({ refundId }) => refundId === refund.partnerRefundId);
    yield* identityFindings(file, refund, calls);
    yield* pendingFindings(refund, calls, at);
    yield* succeededFindings(file, refund, calls);
    yield* failedFindings(file, refund, calls);
  }
  for (const call of file.calls) {
    yield* amountFindings(file, call);
    yield* unknownFindings(file, call, at);
  }
  for (const message of readMessages(file.messages)) yield* noticeFindings(file, message);
}

/** A recorded answer that says: this refund was made. */
export function saysMade({ service, outcome, refundResult }: CallOnRecord): boolean {
  if (outcome !== 'SUCCEEDED') return false;
  return service === SPOT_REFUND || (service === REFUND_QUERY && refundResult === 'SUCCESS');
}

function saysNotMade({ service, outcome, refundResult }: CallOnRecord): boolean {
  return (
    service === REFUND_QUERY &&
    outcome === 'SUCCEEDED' &&
    (refundResult === 'FAILED' || refundResult === 'CANCELED')
  );
}

function* identityFindings(
  { transaction }: PaymentFile,
  refund: RefundOnBooks,
  calls: readonly CallOnRecord[],
): Generator<Disagreement> {
  if (refund.currency !== transaction.currency) {
    yield disagreement('REFUND_AMOUNT', refund.id, {
      field: 'currency',
      books: refund.currency,
      evidence: transaction.currency,
    });
  }
  const partnerId = calls.find((call) => call.partnerId !== null)?.partnerId;
  // One that only the statement knew, or a notice, carries the id that stands there.
  if (partnerId == null || /^(?:statement|notice):/.test(refund.idempotencyKey)) return;
  const derived = partnerRefundIdOf(partnerId, transaction.alipayTransId, refund.idempotencyKey);
  if (refund.partnerRefundId === derived) return;
  yield disagreement('REFUND_ID', refund.id, {
    field: 'partnerRefundId',
    books: refund.partnerRefundId,
    evidence: derived,
  });
}

function* pendingFindings(
  refund: RefundOnBooks,
  calls: readonly CallOnRecord[],
  at: Bounds,
): Generator<Disagreement> {
  if (refund.status !== 'PENDING') return;
  const made = ripe(calls.filter(saysMade), at);
  if (made !== undefined) {
    yield disagreement('REFUND_NOT_SETTLED', refund.id, {
      field: 'status',
      books: 'PENDING',
      evidence: inWords(made),
    });
  }
  if (isOverdue(refund.nextCheckAt, at)) {
    yield disagreement('REFUND_OVERDUE', refund.id, {
      field: 'nextCheckAt',
      books: refund.nextCheckAt,
      evidence: at.now,
    });
  }
}

function* succeededFindings(
  { events }: PaymentFile,
  refund: RefundOnBooks,
  calls: readonly CallOnRecord[],
): Generator<Disagreement> {
  if (refund.status !== 'SUCCEEDED') return;
  const made = calls.filter(saysMade);
  const isByStatement =
    refund.isOnStatement ||
    events.some(
      ({ refundId, type, actor }) =>
        refundId === refund.id && type === 'REFUND_SUCCEEDED' && actor === RECONCILIATION,
    );
  if (made.length === 0 && refund.resolvedBy === null && !isByStatement) {
    yield disagreement('REFUND_UNPROVEN', refund.id, {
      field: 'status',
      books: 'SUCCEEDED',
      evidence: calls.map(inWords).join('; ') || null,
    });
  }
  const lastMade = Math.max(...made.map(({ lastAt }) => lastAt.getTime()));
  const denial = calls.find((call) => saysNotMade(call) && call.lastAt.getTime() > lastMade);
  if (made.length > 0 && denial !== undefined) {
    yield disagreement('REFUND_CONTRADICTED', refund.id, {
      field: 'status',
      books: 'SUCCEEDED',
      evidence: inWords(denial),
    });
  }
}

function* failedFindings(
  { refunds }: PaymentFile,
  refund: RefundOnBooks,
  calls: readonly CallOnRecord[],
): Generator<Disagreement> {
  if (refund.status !== 'FAILED') return;
  const made = calls.find(saysMade);
  // A refusal leaves the key free: the same id may have been asked for once more, and made.
  const wasAskedAgain = refunds.some(
    ({ partnerRefundId, status }) =>
      partnerRefundId === refund.partnerRefundId && status !== 'FAILED',
  );
  if (made !== undefined && !wasAskedAgain) {
    yield disagreement('REFUND_FAILED_BUT_MADE', refund.id, {
      field: 'status',
      books: 'FAILED',
      evidence: inWords(made),
    });
    return;
  }
  if (!isRefused(refund, calls)) {
    yield disagreement('REFUND_FAILED_UNPROVEN', refund.id, {
      field: 'failureCode',
      books: refund.failureCode,
      evidence: calls.map(inWords).join('; ') || null,
    });
  }
}

/** Whether its end is a definite no, as decision 5 counts them. */
function isRefused(refund: RefundOnBooks, calls: readonly CallOnRecord[]): boolean {
  if (refund.resolvedBy !== null) return true;
  if (refund.attempts === 1 && isOurOwnRefusal(refund.failureCode)) return true;
  if (calls.some(saysNotMade)) return true;
  const isRefusedByCall = calls.some(
    ({ service, outcome, alipayCode }) =>
      service === SPOT_REFUND && outcome === 'REJECTED' && alipayCode === refund.failureCode,
  );
  const isNotFound = calls.some(({ refundResult }) => refundResult === 'NOT_FOUND');
  return isRefusedByCall && (refund.attempts === 1 || isNotFound);
}

/** A call asked for what no refund of that id holds; one that was made, for what the living one holds. */
function* amountFindings({ refunds }: PaymentFile, call: CallOnRecord): Generator<Disagreement> {
  const { askedAmount, askedCurrency } = call;
  if (call.service !== SPOT_REFUND || askedAmount === null || askedCurrency === null) return;
  const sameId = refunds.filter(({ partnerRefundId }) => partnerRefundId === call.refundId);
  const living = saysMade(call) ? sameId.filter(({ status }) => status !== 'FAILED') : [];
  const [first, ...others] = living.length > 0 ? living : sameId;
  if (first === undefined) return;
  const isAsked = [first, ...others].some(
    ({ amountMinor, currency }) =>
      currency === askedCurrency && isAmount(askedAmount, amountMinor, currency),
  );
  if (isAsked) return;
  yield disagreement('REFUND_AMOUNT', first.id, {
    field: 'amountMinor',
    books: `${first.amountMinor} ${first.currency}`,
    evidence: `${askedAmount} ${askedCurrency} (${inWords(call)})`,
  });
}

/** A refund that was made, or may have been, of which the books hold nothing. */
function* unknownFindings(
  { refunds }: PaymentFile,
  call: CallOnRecord,
  at: Bounds,
): Generator<Disagreement> {
  const mayBeMade = saysMade(call) || (call.service === SPOT_REFUND && call.outcome === 'UNKNOWN');
  if (!mayBeMade || ripe([call], at) === undefined) return;
  if (refunds.some(({ partnerRefundId }) => partnerRefundId === call.refundId)) return;
  yield disagreement('REFUND_UNKNOWN', call.id, {
    field: 'partnerRefundId',
    books: null,
    evidence: `${String(call.refundId)} (${inWords(call)})`,
  });
}

/**
 * A message tells of a refund that the books do not hold, or with another amount; open ones count. Some
 * tell the sum of all refunds so far (U41), and a statement may have told of it under another number.
 */
function* noticeFindings(
  { transaction, refunds }: PaymentFile,
  { id, refund: told }: ReadMessage,
): Generator<Disagreement> {
  const { currency, amountMinor, partnerTransId, cancelStatus } = transaction;
  if (told === null || told.id === partnerTransId) return;
  const minor = minorIn(told.fee, currency);
  const isCancel = minor === amountMinor && (cancelStatus === 'PENDING' || cancelStatus === 'DONE');
  if (minor === 0n || isCancel) return;
  const held = refunds.filter(({ status }) => status !== 'FAILED');
  const sameId = held.find(({ partnerRefundId }) => partnerRefundId === told.id);
  if (minor !== null && isHeld(minor, sameId, held)) return;
  const books = sameId ?? refunds.find(({ partnerRefundId }) => partnerRefundId === told.id);
  yield disagreement('REFUND_NOTICE_DIFFERS', id, {
    field: 'refund',
    books: books && `${books.amountMinor} ${books.currency} ${books.status}`,
    evidence: `${told.fee} ${currency} given back as ${told.id}`,
  });
}

function isHeld(
  minor: bigint,
  sameId: RefundOnBooks | undefined,
  held: readonly RefundOnBooks[],
): boolean {
  if (sameId === undefined) {
    return held.some(
      (one) => one.idempotencyKey.startsWith('statement:') && one.amountMinor === minor,
    );
  }
  const all = held.reduce((sum, one) => sum + one.amountMinor, 0n);
  return sameId.amountMinor <= minor && minor <= all;
}
