import { RECONCILIATION } from '../event/actors';
import {
  alipayStatusOf,
  isClosedUnexplained,
  isPaid,
  transactionStatusOf,
} from '../transaction/transaction.rules';
import { type Disagreement, disagreement } from './disagreement';
import { readMessages, type ReadMessage } from './message-sums.rules';
import {
  type Bounds,
  type CallOnRecord,
  inWords,
  isAmount,
  type PaymentFile,
  ripe,
  TRADE_QUERY,
} from './payment-file';

/** Where a payment's own fields do not follow from its refunds, its cancel and what was heard. */
export function* transactionFindings(file: PaymentFile, at: Bounds): Generator<Disagreement> {
  yield* sumFindings(file);
  yield* statusFindings(file);
  const messages = readMessages(file.messages);
  for (const message of messages) yield* messageFindings(file, message);
  for (const call of answersAbout(file)) yield* queryFindings(file, call, at);
  for (const status of unprovenStatuses(file, messages)) {
    yield disagreement('TRANSACTION_UNPROVEN', file.transaction.id, {
      field: 'alipayStatusesSeen',
      books: status,
      evidence: null,
    });
  }
}

/** Whether a look at the calls that name no payment of ours may yet prove what this one says. */
export function needsMoreProof(file: PaymentFile): boolean {
  return unprovenStatuses(file, readMessages(file.messages)).length > 0;
}

function* sumFindings({ transaction, refunds }: PaymentFile): Generator<Disagreement> {
  const { id, amountMinor, refundedMinor, pendingRefundMinor } = transaction;
  const sumOf = (status: string): bigint =>
    refunds.reduce((sum, one) => (one.status === status ? sum + one.amountMinor : sum), 0n);
  const [succeeded, pending] = [sumOf('SUCCEEDED'), sumOf('PENDING')];

  if (refundedMinor !== succeeded) {
    const sides = { field: 'refundedMinor', books: refundedMinor, evidence: succeeded };
    yield disagreement('TRANSACTION_SUMS', id, sides);
  }
  if (pendingRefundMinor !== pending) {
    const sides = { field: 'pendingRefundMinor', books: pendingRefundMinor, evidence: pending };
    yield disagreement('TRANSACTION_SUMS', id, sides);
  }
  if (succeeded + pending > amountMinor) {
    const sides = { field: 'amountMinor', books: amountMinor, evidence: succeeded + pending };
    yield disagreement('TRANSACTION_OVERDRAWN', id, sides);
  }
  if (transaction.cancelStatus === 'DONE' && succeeded > 0n) {
    const sides = { field: 'cancelStatus', books: 'DONE', evidence: `${succeeded} refunded` };
    yield disagreement('TRANSACTION_CANCELLED_AND_REFUNDED', id, sides);
  }
  if (isClosedUnexplained(transaction)) {
    const given = refundedMinor + pendingRefundMinor;
    const sides = {
      field: 'refundedMinor',
      books: given,
      evidence: `${amountMinor}, TRADE_CLOSED`,
    };
    yield disagreement('TRANSACTION_CLOSED_UNEXPLAINED', id, sides);
  }
}

function* statusFindings({ transaction }: PaymentFile): Generator<Disagreement> {
  const { id, alipayStatusesSeen: seen } = transaction;
  const follows = {
    status: transactionStatusOf(transaction),
    alipayStatus: alipayStatusOf(seen),
    isPaid: isPaid(seen),
  };
  const stands = {
    status: transaction.status,
    alipayStatus: transaction.alipayStatus,
    isPaid: transaction.paidAt !== null,
  };
  for (const field of ['status', 'alipayStatus', 'isPaid'] as const) {
    if (stands[field] === follows[field]) continue;
    const sides = { field, books: stands[field], evidence: follows[field] };
    yield disagreement('TRANSACTION_STATUS', id, sides);
  }
}

function* messageFindings(
  { transaction }: PaymentFile,
  message: ReadMessage,
): Generator<Disagreement> {
  const from = (value: string): string => `${value} (notification ${message.id})`;
  const { id, amountMinor, currency, partnerTransId, alipayTransId, qrCodeId } = transaction;
  const differs = (field: string, books: string | bigint | null, said: string): Disagreement =>
    disagreement('TRANSACTION_DIFFERS', id, { field, books, evidence: from(said) });

  if (message.totalFee !== undefined && !isAmount(message.totalFee, amountMinor, currency)) {
    yield differs('amountMinor', amountMinor, message.totalFee);
  }
  if (message.tradeNo !== alipayTransId) {
    yield differs('alipayTransId', alipayTransId, String(message.tradeNo));
  }
  if (!message.isTakenAtItsWord) return;

  if (message.currency !== currency) yield differs('currency', currency, String(message.currency));
  if (message.orderNo !== undefined && message.orderNo !== partnerTransId) {
    yield differs('partnerTransId', partnerTransId, message.orderNo);
  }
  if (message.qrCodeId !== qrCodeId) yield differs('qrCodeId', qrCodeId, String(message.qrCodeId));
  if (
    message.tradeStatus !== undefined &&
    !transaction.alipayStatusesSeen.includes(message.tradeStatus)
  ) {
    yield disagreement('TRANSACTION_LACKS_STATUS', id, {
      field: 'alipayStatusesSeen',
      books: transaction.alipayStatusesSeen,
      evidence: from(message.tradeStatus),
    });
  }
}

/** What a believed answer to a question about this trade says of it. */
function* queryFindings(
  { transaction }: PaymentFile,
  call: CallOnRecord,
  at: Bounds,
): Generator<Disagreement> {
  const { id, amountMinor, currency, partnerTransId, alipayStatusesSeen: seen } = transaction;
  const differs = (field: string, books: string | bigint | null, said: string): Disagreement =>
    disagreement('TRANSACTION_DIFFERS', id, {
      field,
      books,
      evidence: `${said} (${inWords(call)})`,
    });

  if (call.currency !== null && call.currency !== currency) {
    yield differs('currency', currency, call.currency);
  } else if (call.amount !== null && !isAmount(call.amount, amountMinor, currency)) {
    yield differs('amountMinor', amountMinor, call.amount);
  }
  if (call.orderNo !== null && partnerTransId !== null && call.orderNo !== partnerTransId) {
    yield differs('partnerTransId', partnerTransId, call.orderNo);
  }
  const { tradeStatus } = call;
  if (tradeStatus === null || seen.includes(tradeStatus)) return;
  // A cancel that a query settled is done without the raw value that settled it.
  if (tradeStatus === 'TRADE_CLOSED' && transaction.cancelStatus === 'DONE') return;
  if (ripe([call], at) === undefined) return;
  yield disagreement('TRANSACTION_LACKS_STATUS', id, {
    field: 'alipayStatusesSeen',
    books: seen,
    evidence: `${tradeStatus} (${inWords(call)})`,
  });
}

function unprovenStatuses(file: PaymentFile, messages: readonly ReadMessage[]): string[] {
  const said = new Set([
    ...messages.flatMap((it) => (it.isTakenAtItsWord ? [it.tradeStatus] : [])),
    ...answersAbout(file).flatMap(({ tradeStatus, payTime }) => [
      tradeStatus,
      ...(payTime === null ? [] : ['TRADE_SUCCESS']),
    ]),
    // A statement's line says that it was paid.
    ...(file.events.some(({ actor }) => actor === RECONCILIATION) ? ['TRADE_SUCCESS'] : []),
  ]);
  const { alipayStatusesSeen: seen } = file.transaction;
  return said.size === 0 && seen.length === 0 ? ['none'] : seen.filter((it) => !said.has(it));
}

function answersAbout({ transaction, calls }: PaymentFile): readonly CallOnRecord[] {
  return calls.filter(
    ({ service, outcome, tradeNo }) =>
      service === TRADE_QUERY &&
      outcome === 'SUCCEEDED' &&
      (tradeNo === null || tradeNo === transaction.alipayTransId),
  );
}
