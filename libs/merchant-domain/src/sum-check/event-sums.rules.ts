import { RECONCILIATION } from '../event/actors';
import { type TransactionEventType } from '../event/transaction-event.entity';
import { isPaid } from '../transaction/transaction.rules';
import { type Disagreement, disagreement } from './disagreement';
import { type EventOnBooks, type PaymentFile, type RefundOnBooks } from './payment-file';

/** What happened once, happened never, or may have happened any number of times. */
type Times = 'once' | 'never' | 'at least once' | 'at most once';

interface Expectation {
  readonly type: TransactionEventType;
  readonly refund?: RefundOnBooks;
  readonly times: Times;
  readonly because: string;
  /** What each of them has to say, where it names an amount. */
  readonly amountMinor: bigint;
}

/** Where the events of a payment do not tell what happened, each thing once. */
export function* eventFindings(file: PaymentFile): Generator<Disagreement> {
  const { transaction, events, refunds } = file;
  for (const expectation of expectationsOf(file)) {
    const told = events.filter(
      ({ type, refundId }) =>
        type === expectation.type && refundId === (expectation.refund?.id ?? null),
    );
    yield* countFindings(transaction.id, told, expectation);
    for (const event of told) yield* amountFindings(event, expectation, transaction.currency);
  }
  const refundIds = new Set(refunds.map(({ id }) => id));
  for (const { id, refundId, type } of events) {
    if (refundId === null || refundIds.has(refundId)) continue;
    yield disagreement('EVENT_WITHOUT_RECORD', id, {
      field: 'refundId',
      books: null,
      evidence: `${type} of refund ${refundId}`,
    });
  }
}

function expectationsOf({ transaction, events, refunds }: PaymentFile): Expectation[] {
  const { amountMinor, cancelStatus, cancelRequestedBy } = transaction;
  const paid = isPaid(transaction.alipayStatusesSeen);
  const cancel = `cancelStatus ${cancelStatus ?? 'none'}`;
  const isAskedByUs = cancelStatus !== null && cancelRequestedBy !== RECONCILIATION;
  return [
    {
      type: 'PAYMENT_RECEIVED',
      times: paid ? 'once' : 'never',
      because: paid ? 'paid' : 'not paid',
      amountMinor,
    },
    {
      type: 'CANCELLED',
      times: cancelStatus === 'DONE' ? 'once' : 'never',
      because: cancel,
      amountMinor,
    },
    {
      type: 'CANCEL_REQUESTED',
      times: isAskedByUs ? 'at least once' : 'never',
      because: cancel,
      amountMinor,
    },
    ...(cancelStatus === 'FAILED'
      ? [{ type: 'CANCEL_FAILED', times: 'at least once', because: cancel, amountMinor } as const]
      : []),
    ...refunds.flatMap((refund) => expectationsOfRefund(refund, events)),
  ];
}

function expectationsOfRefund(
  refund: RefundOnBooks,
  events: readonly EventOnBooks[],
): Expectation[] {
  const because = `refund ${refund.id} ${refund.status}`;
  const common = { refund, because, amountMinor: refund.amountMinor };
  // The statement brings a refund that nobody asked for here.
  const isByStatement = events.some(
    ({ refundId, actor }) => refundId === refund.id && actor === RECONCILIATION,
  );
  return [
    { ...common, type: 'REFUND_REQUESTED', times: isByStatement ? 'at most once' : 'once' },
    {
      ...common,
      type: 'REFUND_SUCCEEDED',
      times: refund.status === 'SUCCEEDED' ? 'once' : 'never',
    },
    { ...common, type: 'REFUND_FAILED', times: refund.status === 'FAILED' ? 'once' : 'never' },
  ];
}

function* countFindings(
  transactionId: string,
  told: readonly EventOnBooks[],
  { type, times, because, refund }: Expectation,
): Generator<Disagreement> {
  const [first, second] = told;
  if (first === undefined && (times === 'once' || times === 'at least once')) {
    yield disagreement('EVENT_MISSING', refund?.id ?? transactionId, {
      field: 'type',
      books: because,
      evidence: `no ${type}`,
    });
  }
  if (first !== undefined && times === 'never') {
    yield disagreement('EVENT_UNFOUNDED', first.id, {
      field: 'type',
      books: because,
      evidence: type,
    });
  }
  if (second !== undefined && (times === 'once' || times === 'at most once')) {
    yield disagreement('EVENT_TWICE', second.id, {
      field: 'type',
      books: because,
      evidence: `${told.length} times ${type}`,
    });
  }
}

function* amountFindings(
  event: EventOnBooks,
  { amountMinor }: Expectation,
  currency: string,
): Generator<Disagreement> {
  if (event.amountMinor === null) return;
  if (event.amountMinor === amountMinor && event.currency === currency) return;
  yield disagreement('EVENT_AMOUNT', event.id, {
    field: 'amountMinor',
    books: `${amountMinor} ${currency}`,
    evidence: `${event.amountMinor} ${String(event.currency)} (${event.type})`,
  });
}
