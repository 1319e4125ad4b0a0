import { RECONCILIATION } from '../event/actors';
import { isPaid } from '../transaction/transaction.rules';
import { type Disagreement, disagreement } from './disagreement';
import { readMessages } from './message-sums.rules';
import {
  type Bounds,
  CANCEL,
  inWords,
  isOurOwnRefusal,
  isOverdue,
  type PaymentFile,
  ripe,
  TRADE_QUERY,
} from './payment-file';

/** Where a payment's cancel is not what the recorded calls and answers made of it. */
export function* cancelFindings(file: PaymentFile, at: Bounds): Generator<Disagreement> {
  const { id, cancelStatus, cancelNextCheckAt, cancelFailureCode } = file.transaction;
  const paid = isPaid(file.transaction.alipayStatusesSeen);
  const made = file.calls.filter(
    (it) =>
      it.service === CANCEL &&
      it.outcome === 'SUCCEEDED' &&
      // Of what was paid that gives nothing back.
      !(paid && it.action === 'close') &&
      // Said of any trade, known or not (PROTOCOL.md, U21).
      (it.action !== null || isKnownClosed(file)),
  );
  const ripeMade = ripe(made, at);
  const sides = { field: 'cancelStatus', books: cancelStatus };

  if (cancelStatus === 'DONE' && made.length === 0 && !isKnownClosed(file)) {
    yield disagreement('CANCEL_UNPROVEN', id, { ...sides, evidence: null });
  }
  if (cancelStatus === 'PENDING' && ripeMade !== undefined) {
    yield disagreement('CANCEL_NOT_SETTLED', id, { ...sides, evidence: inWords(ripeMade) });
  }
  if (cancelStatus === 'PENDING' && isOverdue(cancelNextCheckAt, at)) {
    yield disagreement('CANCEL_OVERDUE', id, {
      field: 'cancelNextCheckAt',
      books: cancelNextCheckAt,
      evidence: at.now,
    });
  }
  if (cancelStatus !== 'DONE' && cancelStatus !== 'PENDING' && ripeMade !== undefined) {
    yield disagreement('CANCEL_FAILED_BUT_MADE', id, { ...sides, evidence: inWords(ripeMade) });
  } else if (cancelStatus === 'FAILED' && !isRefused(file)) {
    yield disagreement('CANCEL_FAILED_UNPROVEN', id, {
      field: 'cancelFailureCode',
      books: cancelFailureCode,
      evidence: null,
    });
  }
}

/** A message, a query or the statement said so, where the call itself had no certain answer. */
function isKnownClosed({ calls, messages, events }: PaymentFile): boolean {
  return (
    calls.some((it) => it.service === TRADE_QUERY && it.tradeStatus === 'TRADE_CLOSED') ||
    readMessages(messages).some((it) => it.tradeStatus === 'TRADE_CLOSED') ||
    events.some(({ type, actor }) => type === 'CANCELLED' && actor === RECONCILIATION)
  );
}

/** A definite no to the only attempt, or a query that showed the payment after the last one. */
function isRefused({ transaction, calls }: PaymentFile): boolean {
  const { cancelAttempts, cancelFailureCode } = transaction;
  const isOnlyAttempt = cancelAttempts === 1;
  if (isOnlyAttempt && isOurOwnRefusal(cancelFailureCode)) return true;
  const cancels = calls.filter(({ service }) => service === CANCEL);
  if (cancels.length === 0) return false;
  const lastAskedAt = Math.max(...cancels.map(({ lastAt }) => lastAt.getTime()));
  return (
    calls.some(
      ({ service, tradeStatus, lastAt }) =>
        service === TRADE_QUERY &&
        tradeStatus !== null &&
        isPaid([tradeStatus]) &&
        lastAt.getTime() >= lastAskedAt,
    ) ||
    cancels.some(
      ({ outcome, alipayCode }) =>
        isOnlyAttempt && outcome === 'REJECTED' && alipayCode === cancelFailureCode,
    )
  );
}
