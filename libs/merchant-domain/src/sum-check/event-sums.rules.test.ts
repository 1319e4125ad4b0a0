import {
  eventOf,
  fileOf,
  type Found,
  foundIn,
  minutesAgo,
  type Records,
  refundOf,
} from '../../test/support/payment-file';
import { eventFindings } from './event-sums.rules';
import { type EventOnBooks, type PaymentOnBooks, type RefundOnBooks } from './payment-file';

type Type = EventOnBooks['type'];

function found(records: Records): Found[] {
  return foundIn(eventFindings(fileOf(records)));
}

const PAID = eventOf();
const told = (type: Type, some: Partial<EventOnBooks> = {}): EventOnBooks =>
  eventOf({ id: type, type, ...some });
const ofRefund = (type: Type, some: Partial<EventOnBooks> = {}): EventOnBooks =>
  told(type, { refundId: 'refund', amountMinor: 300n, ...some });
const BY_STATEMENT = { actor: 'reconciliation' } as const;

const ASKED_FOR: Partial<PaymentOnBooks> = { cancelStatus: 'PENDING', cancelRequestedBy: 'owner' };
const DONE: Partial<PaymentOnBooks> = { ...ASKED_FOR, cancelStatus: 'DONE' };
const FAILED: Partial<PaymentOnBooks> = { ...ASKED_FOR, cancelStatus: 'FAILED' };
const UNPAID: Partial<PaymentOnBooks> = { alipayStatusesSeen: ['WAIT_BUYER_PAY'] };

describe('the events tell of a payment', () => {
  test.each<[string, Partial<PaymentOnBooks>, EventOnBooks[]]>([
    ['that is not paid', UNPAID, []],
    ['that is paid', {}, [PAID]],
    ['without an amount', {}, [eventOf({ amountMinor: null, currency: null })]],
    [
      'and of what may happen any number of times',
      {},
      [PAID, told('STATUS_CHANGED'), told('STATUS_CHANGED', { amountMinor: 1n })],
    ],
    ['whose cancel was asked for', ASKED_FOR, [PAID, told('CANCEL_REQUESTED')]],
    ['that was cancelled', DONE, [PAID, told('CANCEL_REQUESTED'), told('CANCELLED')]],
    [
      'whose cancel the statement brought',
      { ...DONE, cancelRequestedBy: 'reconciliation' },
      [PAID, told('CANCELLED', BY_STATEMENT)],
    ],
    [
      'whose cancel failed twice',
      FAILED,
      [
        ...[PAID, told('CANCEL_REQUESTED'), told('CANCEL_FAILED')],
        ...[told('CANCEL_REQUESTED'), told('CANCEL_FAILED')],
      ],
    ],
    [
      'whose cancel failed once, and then was done',
      DONE,
      [
        ...[PAID, told('CANCEL_REQUESTED'), told('CANCEL_FAILED')],
        ...[told('CANCEL_REQUESTED'), told('CANCELLED')],
      ],
    ],
  ])('%s', (_name, transaction, events) => {
    expect(found({ transaction, events })).toEqual([]);
  });
});

test('a time that was guessed when the payment was told may be corrected since', () => {
  const events = [eventOf({ occurredAt: minutesAgo(90), isGuessed: true })];
  expect(found({ events })).toEqual([]);
  expect(found({ events: [eventOf({ occurredAt: minutesAgo(90) })] })).toHaveLength(1);
});

describe('the events tell of a refund', () => {
  const other = { id: 'other-event', refundId: 'other' };
  test.each<[string, Partial<RefundOnBooks>[], EventOnBooks[]]>([
    ['that is under way', [{ status: 'PENDING' }], [ofRefund('REFUND_REQUESTED')]],
    ['that was made', [{}], [ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_SUCCEEDED')]],
    [
      'that failed',
      [{ status: 'FAILED' }],
      [ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_FAILED')],
    ],
    ['that the statement brought', [{}], [ofRefund('REFUND_SUCCEEDED', BY_STATEMENT)]],
    [
      'that was asked for, and that the statement saw',
      [{}],
      [ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_SUCCEEDED', BY_STATEMENT)],
    ],
    [
      'and of another',
      [{}, { id: 'other' }],
      [
        ...[ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_SUCCEEDED')],
        ...[ofRefund('REFUND_REQUESTED', other), ofRefund('REFUND_SUCCEEDED', other)],
      ],
    ],
  ])('%s', (_name, refunds, events) => {
    expect(found({ refunds: refunds.map(refundOf), events: [PAID, ...events] })).toEqual([]);
  });
});

const missing = (type: Type, because: string, id = 'payment'): Found => [
  ...(['EVENT_MISSING', id, 'type', because, `no ${type}`] as const),
];
const unfounded = (type: Type, because: string, id: string = type): Found => [
  ...(['EVENT_UNFOUNDED', id, 'type', because, type] as const),
];
const twice = (type: Type, because: string, id: string, times = 2): Found => [
  ...(['EVENT_TWICE', id, 'type', because, `${times} times ${type}`] as const),
];

describe('the events of a payment do not tell what happened', () => {
  const again = { id: 'again' };
  test.each<[string, Partial<PaymentOnBooks>, EventOnBooks[], Found]>([
    ['paid, untold', {}, [], missing('PAYMENT_RECEIVED', 'paid')],
    ['not paid, told', UNPAID, [PAID], unfounded('PAYMENT_RECEIVED', 'not paid', 'event')],
    [
      'paid, told three times',
      {},
      [PAID, eventOf(again), eventOf({ id: 'third' })],
      twice('PAYMENT_RECEIVED', 'paid', 'again', 3),
    ],
    [
      'cancelled, untold',
      DONE,
      [PAID, told('CANCEL_REQUESTED')],
      missing('CANCELLED', 'cancelStatus DONE'),
    ],
    [
      'cancelled, told twice',
      DONE,
      [PAID, told('CANCEL_REQUESTED'), told('CANCELLED'), told('CANCELLED', again)],
      twice('CANCELLED', 'cancelStatus DONE', 'again'),
    ],
    [
      'not cancelled, told',
      {},
      [PAID, told('CANCELLED')],
      unfounded('CANCELLED', 'cancelStatus none'),
    ],
    [
      'asked to cancel, untold',
      ASKED_FOR,
      [PAID],
      missing('CANCEL_REQUESTED', 'cancelStatus PENDING'),
    ],
    [
      'not asked to cancel, told',
      {},
      [PAID, told('CANCEL_REQUESTED')],
      unfounded('CANCEL_REQUESTED', 'cancelStatus none'),
    ],
    [
      'not asked to cancel, told, and the statement brought it',
      { ...DONE, cancelRequestedBy: 'reconciliation' },
      [PAID, told('CANCELLED'), told('CANCEL_REQUESTED')],
      unfounded('CANCEL_REQUESTED', 'cancelStatus DONE'),
    ],
    [
      'a cancel failed, untold',
      FAILED,
      [PAID, told('CANCEL_REQUESTED')],
      missing('CANCEL_FAILED', 'cancelStatus FAILED'),
    ],
    [
      'a cancel failed that nobody asked for',
      {},
      [PAID, told('CANCEL_FAILED')],
      unfounded('CANCEL_FAILED', 'cancelStatus none'),
    ],
    ['claimed, untold', { saleReference: 'S-1' }, [PAID], missing('CLAIMED', 'sale S-1')],
    ['not claimed, told', {}, [PAID, told('CLAIMED')], unfounded('CLAIMED', 'sale none')],
    [
      'an event of a refund that names none',
      {},
      [PAID, told('REFUND_SUCCEEDED')],
      [
        ...(['EVENT_WITHOUT_RECORD', 'REFUND_SUCCEEDED', 'refundId', null] as const),
        'REFUND_SUCCEEDED of no refund',
      ],
    ],
    [
      'an event of a refund that is not there',
      {},
      [PAID, ofRefund('REFUND_SUCCEEDED')],
      [
        ...(['EVENT_WITHOUT_RECORD', 'REFUND_SUCCEEDED', 'refundId', null] as const),
        'REFUND_SUCCEEDED of refund refund',
      ],
    ],
  ])('%s', (_name, transaction, events, expected) => {
    expect(found({ transaction, events })).toEqual([expected]);
  });
});

describe('the events of a refund do not tell what happened', () => {
  const again = { id: 'again' };
  test.each<[string, Partial<RefundOnBooks>, EventOnBooks[], Found]>([
    [
      'asked for, untold',
      {},
      [ofRefund('REFUND_SUCCEEDED')],
      missing('REFUND_REQUESTED', 'refund refund SUCCEEDED', 'refund'),
    ],
    [
      'asked for, untold, while the statement told of something else',
      {},
      [ofRefund('REFUND_SUCCEEDED'), told('RECONCILED', BY_STATEMENT)],
      missing('REFUND_REQUESTED', 'refund refund SUCCEEDED', 'refund'),
    ],
    [
      'asked for, told twice',
      { status: 'PENDING' },
      [ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_REQUESTED', again)],
      twice('REFUND_REQUESTED', 'refund refund PENDING', 'again'),
    ],
    [
      'asked for, told twice, and the statement saw it',
      {},
      [
        ...[ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_REQUESTED', again)],
        ofRefund('REFUND_SUCCEEDED', BY_STATEMENT),
      ],
      twice('REFUND_REQUESTED', 'refund refund SUCCEEDED', 'again'),
    ],
    [
      'made, untold',
      {},
      [ofRefund('REFUND_REQUESTED')],
      missing('REFUND_SUCCEEDED', 'refund refund SUCCEEDED', 'refund'),
    ],
    [
      'made, told twice',
      {},
      [
        ...[ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_SUCCEEDED')],
        ofRefund('REFUND_SUCCEEDED', again),
      ],
      twice('REFUND_SUCCEEDED', 'refund refund SUCCEEDED', 'again'),
    ],
    [
      'not made, told',
      { status: 'PENDING' },
      [ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_SUCCEEDED')],
      unfounded('REFUND_SUCCEEDED', 'refund refund PENDING'),
    ],
    [
      'failed, untold',
      { status: 'FAILED' },
      [ofRefund('REFUND_REQUESTED')],
      missing('REFUND_FAILED', 'refund refund FAILED', 'refund'),
    ],
    [
      'not failed, told',
      { status: 'PENDING' },
      [ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_FAILED')],
      unfounded('REFUND_FAILED', 'refund refund PENDING'),
    ],
  ])('%s', (_name, refund, events, expected) => {
    expect(found({ refunds: [refundOf(refund)], events: [PAID, ...events] })).toEqual([expected]);
  });
});

describe('an event tells another amount', () => {
  const says = (id: string, books: string, evidence: string): Found => [
    ...(['EVENT_AMOUNT', id, 'amountMinor', books, evidence] as const),
  ];
  const refundEvents = (amountMinor: bigint): EventOnBooks[] => [
    ...[ofRefund('REFUND_REQUESTED'), ofRefund('REFUND_SUCCEEDED', { amountMinor })],
  ];
  test.each<[string, Records, Found]>([
    [
      'of the payment',
      { events: [eventOf({ amountMinor: 999n })] },
      says('event', '1000 HKD', '999 HKD (PAYMENT_RECEIVED)'),
    ],
    [
      'of the payment, in another currency',
      { events: [eventOf({ currency: 'USD' })] },
      says('event', '1000 HKD', '1000 USD (PAYMENT_RECEIVED)'),
    ],
    [
      'of the payment, in no currency',
      { events: [eventOf({ currency: null })] },
      says('event', '1000 HKD', '1000 null (PAYMENT_RECEIVED)'),
    ],
    [
      'of a refund: that of the payment',
      { refunds: [refundOf()], events: [PAID, ...refundEvents(1000n)] },
      says('REFUND_SUCCEEDED', '300 HKD', '1000 HKD (REFUND_SUCCEEDED)'),
    ],
    [
      'of a failed cancel',
      {
        transaction: FAILED,
        events: [PAID, told('CANCEL_REQUESTED'), told('CANCEL_FAILED', { amountMinor: 1n })],
      },
      says('CANCEL_FAILED', '1000 HKD', '1 HKD (CANCEL_FAILED)'),
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});

describe('an event tells another time', () => {
  const then = new Date('2026-01-01T11:00:00Z');
  const says = (id: string, because: string): Found => [
    ...(['EVENT_TIME', id, 'occurredAt', `2026-01-02T11:00:00.000Z (${because})`] as const),
    then.toISOString(),
  ];
  test.each<[string, Records, Found]>([
    ['of the payment', { events: [eventOf({ occurredAt: then })] }, says('event', 'paid')],
    [
      'of a refund',
      {
        refunds: [refundOf()],
        events: [
          ...[PAID, ofRefund('REFUND_REQUESTED')],
          ofRefund('REFUND_SUCCEEDED', { occurredAt: then }),
        ],
      },
      says('REFUND_SUCCEEDED', 'refund refund SUCCEEDED'),
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});
