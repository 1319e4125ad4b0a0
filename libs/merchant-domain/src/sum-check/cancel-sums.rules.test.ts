import {
  AT,
  callOf,
  eventOf,
  fileOf,
  type Found,
  foundIn,
  messageOf,
  minutesAgo,
  NOW,
  type Records,
  tradeQueryOf,
} from '../../test/support/payment-file';
import { cancelFindings } from './cancel-sums.rules';
import { CANCEL, REFUND_QUERY } from './payment-file';

const MADE = callOf(CANCEL, { action: 'refund' });
/** As Alipay answers, too, of a trade that it does not know. */
const BARE = callOf(CANCEL);
const CLOSING = callOf(CANCEL, { action: 'close' });
const UNANSWERED = callOf(CANCEL, { outcome: 'UNKNOWN' });
const REJECTED = callOf(CANCEL, { outcome: 'REJECTED', alipayCode: 'NO' });
const CLOSED = tradeQueryOf({ tradeStatus: 'TRADE_CLOSED' });
const BY_STATEMENT = eventOf({ type: 'CANCELLED', actor: 'reconciliation' });
const MADE_IN_WORDS = `${CANCEL} SUCCEEDED at 2026-01-02T11:00:00.000Z`;

const DONE = { cancelStatus: 'DONE', cancelAttempts: 1 } as const;
const PENDING = { cancelStatus: 'PENDING', cancelAttempts: 1, cancelNextCheckAt: NOW } as const;
const FAILED = { cancelStatus: 'FAILED', cancelAttempts: 1, cancelFailureCode: 'NO' } as const;
const LATE = { ...FAILED, cancelAttempts: 2, cancelFailureCode: 'TRADE_CANCEL_TIME_OUT' } as const;

function found(records: Records): Found[] {
  return foundIn(cancelFindings(fileOf(records), AT));
}

describe('nothing is found of a cancel', () => {
  test.each<[string, Records]>([
    ['that nobody asked for', {}],
    ['that Alipay did', { transaction: DONE, calls: [UNANSWERED, MADE] }],
    [
      'that Alipay said yes to, and whose payment a query then saw closed',
      { transaction: DONE, calls: [BARE, CLOSED] },
    ],
    ['that Alipay said yes to without a word, yet', { transaction: PENDING, calls: [BARE] }],
    [
      'that Alipay said yes to, after which a query saw it paid',
      { transaction: LATE, calls: [BARE, tradeQueryOf()] },
    ],
    [
      'that closed what nobody had paid',
      {
        transaction: { ...DONE, alipayStatusesSeen: ['WAIT_BUYER_PAY'] },
        calls: [CLOSING],
      },
    ],
    [
      'that is said to have closed the payment, and is asked about',
      { transaction: PENDING, calls: [CLOSING] },
    ],
    [
      'that was said to have closed the payment, after which a query saw it paid',
      { transaction: LATE, calls: [CLOSING, tradeQueryOf()] },
    ],
    [
      'after which a query saw the payment closed',
      { transaction: DONE, calls: [UNANSWERED, CLOSED] },
    ],
    [
      'of which a message told',
      {
        transaction: DONE,
        messages: [messageOf(), messageOf({ trade_status: 'TRADE_CLOSED' })],
        calls: [UNANSWERED],
      },
    ],
    ['that the statement brought', { transaction: DONE, events: [eventOf(), BY_STATEMENT] }],
    ['that is under way', { transaction: PENDING, calls: [UNANSWERED, REJECTED] }],
    [
      'whose answer is on its way to the books',
      {
        transaction: PENDING,
        calls: [callOf(CANCEL, { action: 'refund', lastAt: minutesAgo(14) })],
      },
    ],
    ['while another call was made', { transaction: PENDING, calls: [callOf(REFUND_QUERY)] }],
    ['that was refused at once', { transaction: FAILED, calls: [REJECTED] }],
    [
      'that was refused at once, and asked about before',
      { transaction: FAILED, calls: [tradeQueryOf({ lastAt: minutesAgo(61) }), REJECTED] },
    ],
    [
      'that our own client refused to send',
      { transaction: { ...FAILED, cancelFailureCode: 'ALIPAY_REQUEST_INVALID' } },
    ],
    [
      'after which a query saw the payment',
      {
        transaction: LATE,
        calls: [callOf(CANCEL, { outcome: 'UNKNOWN', lastAt: minutesAgo(61) }), tradeQueryOf()],
      },
    ],
    [
      'in whose moment a query saw the payment',
      { transaction: LATE, calls: [UNANSWERED, tradeQueryOf()] },
    ],
  ])('%s', (_name, records) => {
    expect(found(records)).toEqual([]);
  });
});

const unproven: Found = ['CANCEL_UNPROVEN', 'payment', 'cancelStatus', 'DONE', null];
const unprovenFailure = (code: string): Found => [
  ...(['CANCEL_FAILED_UNPROVEN', 'payment', 'cancelFailureCode', code, null] as const),
];
const failedButMade = (books: string | null): Found => [
  ...(['CANCEL_FAILED_BUT_MADE', 'payment', 'cancelStatus', books, MADE_IN_WORDS] as const),
];

describe('a cancel and its calls', () => {
  test.each<[string, Records, Found]>([
    ['done, and said to have closed a payment', { transaction: DONE, calls: [CLOSING] }, unproven],
    ['done, and no answer says so', { transaction: DONE, calls: [UNANSWERED, REJECTED] }, unproven],
    ['done, and a query saw the payment', { transaction: DONE, calls: [tradeQueryOf()] }, unproven],
    [
      'done, and another call names a closed trade',
      { transaction: DONE, calls: [callOf(REFUND_QUERY, { tradeStatus: 'TRADE_CLOSED' })] },
      unproven,
    ],
    [
      'done, and not the statement told of it',
      { transaction: DONE, events: [{ ...BY_STATEMENT, actor: 'alipay' }] },
      unproven,
    ],
    [
      'done, and the statement told of something else',
      { transaction: DONE, events: [{ ...BY_STATEMENT, type: 'PAYMENT_RECEIVED' }] },
      unproven,
    ],
    [
      'made, and still pending',
      { transaction: PENDING, calls: [UNANSWERED, MADE] },
      ['CANCEL_NOT_SETTLED', 'payment', 'cancelStatus', 'PENDING', MADE_IN_WORDS],
    ],
    [
      'nobody asks about it',
      { transaction: { ...PENDING, cancelNextCheckAt: minutesAgo(6) }, calls: [UNANSWERED] },
      [
        ...(['CANCEL_OVERDUE', 'payment', 'cancelNextCheckAt'] as const),
        ...(['2026-01-02T11:54:00.000Z', '2026-01-02T12:00:00.000Z'] as const),
      ],
    ],
    ['failed, and made', { transaction: FAILED, calls: [REJECTED, MADE] }, failedButMade('FAILED')],
    ['made, and not in the books', { calls: [MADE] }, failedButMade(null)],
    ['failed without any call', { transaction: FAILED }, unprovenFailure('NO')],
    [
      'failed with another code',
      { transaction: { ...FAILED, cancelFailureCode: 'ANOTHER' }, calls: [REJECTED] },
      unprovenFailure('ANOTHER'),
    ],
    [
      'failed without a certain answer',
      { transaction: FAILED, calls: [{ ...UNANSWERED, alipayCode: 'NO' }] },
      unprovenFailure('NO'),
    ],
    [
      'failed when another call was refused',
      { transaction: FAILED, calls: [{ ...REJECTED, service: REFUND_QUERY }] },
      unprovenFailure('NO'),
    ],
    [
      'failed at a repeat, which may be refused because the first took effect',
      { transaction: { ...FAILED, cancelAttempts: 2 }, calls: [UNANSWERED, REJECTED] },
      unprovenFailure('NO'),
    ],
    [
      'failed at a repeat that our own client refused to send',
      {
        transaction: { ...LATE, cancelFailureCode: 'ALIPAY_REQUEST_INVALID' },
        calls: [UNANSWERED],
      },
      unprovenFailure('ALIPAY_REQUEST_INVALID'),
    ],
    [
      'failed, and a query saw the payment before',
      { transaction: LATE, calls: [tradeQueryOf({ lastAt: minutesAgo(61) }), UNANSWERED] },
      unprovenFailure('TRADE_CANCEL_TIME_OUT'),
    ],
    [
      'failed, and a query saw the payment only before the last attempt',
      {
        transaction: LATE,
        calls: [
          callOf(CANCEL, { outcome: 'UNKNOWN', lastAt: minutesAgo(62) }),
          tradeQueryOf({ lastAt: minutesAgo(61) }),
          UNANSWERED,
        ],
      },
      unprovenFailure('TRADE_CANCEL_TIME_OUT'),
    ],
    [
      'failed without any call, and a query saw the payment',
      { transaction: LATE, calls: [tradeQueryOf()] },
      unprovenFailure('TRADE_CANCEL_TIME_OUT'),
    ],
    [
      'failed, and a query saw no state',
      { transaction: LATE, calls: [UNANSWERED, tradeQueryOf({ tradeStatus: null })] },
      unprovenFailure('TRADE_CANCEL_TIME_OUT'),
    ],
    [
      'failed, and a query saw an unpaid trade',
      { transaction: LATE, calls: [UNANSWERED, tradeQueryOf({ tradeStatus: 'WAIT_BUYER_PAY' })] },
      unprovenFailure('TRADE_CANCEL_TIME_OUT'),
    ],
    [
      'failed, and another call names a paid trade',
      { transaction: LATE, calls: [UNANSWERED, tradeQueryOf({ service: REFUND_QUERY })] },
      unprovenFailure('TRADE_CANCEL_TIME_OUT'),
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});
