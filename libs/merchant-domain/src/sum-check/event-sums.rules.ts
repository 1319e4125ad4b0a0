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
  /** When the books say that it happened, where they say so. */
  readonly at?: Date | null;
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
    yield* timeFindings(told, expectation);
  }
  const refundIds = new Set(refunds.map(({ id }) => id));
  for (const { id, refundId, type } of events) {
    if (refundId === null ? !type.startsWith('REFUND_') : refundIds.has(refundId)) continue;
    yield disagreement('EVENT_WITHOUT_RECORD', id, {
      field: 'refundId',
      books: null,
      evidence: refundId === null ? `${type} of no refund` : `${type} of refund ${refundId}`,
    });
  }
}

function expectationsOf({ transaction, events, refunds }: PaymentFile): Expectation[] {
  const { amountMinor, cancelStatus, cancelRequestedBy, saleReference } = transaction;
  const paid = isPaid(transaction.alipayStatusesSeen);
  const cancel = `cancelStatus ${cancelStatus ?? 'none'}`;
  const isAskedByUs = cancelStatus !== null && cancelRequestedBy !== RECONCILIATION;
  return [
    {
      type: 'PAYMENT_RECEIVED',
      times: paid ? 'once' : 'never',
      because: paid ? 'paid' : 'not paid',
      amountMinor,
      // What was guessed when it was told may have been corrected since.
      at: events.some(({ isGuessed }) => isGuessed) ? null : transaction.paidAt,
    },
    {
      type: 'CLAIMED',
      times: saleReference === null ? 'never' : 'once',
      because: `sale ${saleReference ?? 'none'}`,
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
    // One that failed may have been followed by another.
    ...(cancelStatus === 'FAILED' || cancelStatus === null
      ? [
          {
            type: 'CANCEL_FAILED',
            times: cancelStatus === null ? 'never' : 'at least once',
            because: cancel,
            amountMinor,
          } as const,
        ]
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
      at: refund.settledAt,
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

/** Reports go by the books, and subscribers by the event. */
function* timeFindings(
  [told]: readonly EventOnBooks[],
  { times, at = null, because }: Expectation,
): Generator<Disagreement> {
  if (told === undefined || times !== 'once' || at === null) return;
  if (told.occurredAt.getTime() === at.getTime()) return;
  yield disagreement('EVENT_TIME', told.id, {
    field: 'occurredAt',
    books: `${at.toISOString()} (${because})`,
    evidence: told.occurredAt,
  });
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
