import { type Fields } from '@countersign/alipay-protocol';

import {
  AT,
  eventOf,
  fileOf,
  type Found,
  foundIn,
  messageOf,
  minutesAgo,
  type Records,
  refundOf,
  tradeQueryOf,
} from '../../test/support/payment-file';
import {
  CANCEL,
  type CallOnRecord,
  type MessageOnRecord,
  type PaymentOnBooks,
  TRADE_QUERY,
} from './payment-file';
import { needsMoreProof, transactionFindings } from './transaction-sums.rules';

function found(records: Records): Found[] {
  return foundIn(transactionFindings(fileOf(records), AT));
}

/** Said by a message that names none of our codes: a query must confirm it. */
const unconfirmed = (says: Fields = {}): MessageOnRecord[] => [
  messageOf(says, { codeCurrency: null }),
];
const UNHEARD: Partial<PaymentOnBooks> = {
  status: 'AWAITING_PAYMENT',
  alipayStatus: 'UNKNOWN',
  alipayStatusesSeen: [],
  paidAt: null,
};
const CANCELLED = { status: 'CANCELLED', cancelStatus: 'DONE' } as const;
const BY_STATEMENT = eventOf({ actor: 'reconciliation' });
const PART = refundOf({ amountMinor: 600n });
const CLOSED = {
  transaction: {
    ...{ status: 'CLOSED', alipayStatus: 'TRADE_CLOSED' },
    alipayStatusesSeen: ['TRADE_CLOSED', 'TRADE_SUCCESS'],
  },
  messages: [messageOf(), messageOf({ trade_status: 'TRADE_CLOSED' })],
} as const satisfies Records;
const refunded = (minor: bigint): Partial<PaymentOnBooks> => ({
  status: 'PARTIALLY_REFUNDED',
  refundedMinor: minor,
});

describe('nothing is found of a payment', () => {
  test.each<[string, Records]>([
    ['that its message told', {}],
    ['that a query saw', { messages: [], calls: [tradeQueryOf()] }],
    ['that a query saw by our number', { messages: [], calls: [tradeQueryOf({ tradeNo: null })] }],
    ['that the statement brought', { messages: [], events: [eventOf(), BY_STATEMENT] }],
    [
      'whose refunds use it up to the cent',
      {
        transaction: { ...refunded(600n), pendingRefundMinor: 400n },
        refunds: [
          PART,
          refundOf({ status: 'PENDING', amountMinor: 400n }),
          refundOf({ status: 'FAILED', amountMinor: 999n }),
        ],
      },
    ],
    ['that was cancelled', { transaction: CANCELLED }],
    [
      'that was refunded after a cancel failed',
      { transaction: { ...refunded(600n), cancelStatus: 'FAILED' }, refunds: [PART] },
    ],
    [
      'that a refund under way has closed',
      {
        ...CLOSED,
        transaction: { ...CLOSED.transaction, status: 'PAID', pendingRefundMinor: 1000n },
        refunds: [refundOf({ status: 'PENDING', amountMinor: 1000n })],
      },
    ],
    [
      'that was closed unpaid',
      {
        transaction: {
          ...{ status: 'CLOSED', alipayStatus: 'TRADE_CLOSED', paidAt: null },
          alipayStatusesSeen: ['TRADE_CLOSED'],
        },
        messages: [messageOf({ trade_status: 'TRADE_CLOSED' })],
      },
    ],
    ['whose message names no amount', { messages: [messageOf({ total_fee: '' })] }],
    ['whose message has no order number', { messages: [messageOf({ out_trade_no: '' })] }],
    [
      'whose message has no state',
      { messages: [messageOf({ trade_status: '' })], calls: [tradeQueryOf()] },
    ],
    [
      'whose message is not taken at its word, whatever it says',
      {
        messages: [
          messageOf(
            { currency: 'USD', out_trade_no: 'ANOTHER', trade_status: 'TRADE_CLOSED' },
            { codeCurrency: null, qrCodeId: null },
          ),
        ],
        calls: [tradeQueryOf()],
      },
    ],
    [
      'whose query’s answer says nothing but the state',
      {
        messages: [],
        calls: [tradeQueryOf({ currency: null, amount: null, orderNo: null })],
      },
    ],
    ['whose query says no state', { calls: [tradeQueryOf({ tradeStatus: null })] }],
    [
      'whose order number is not known yet',
      { transaction: { partnerTransId: null }, messages: [], calls: [tradeQueryOf()] },
    ],
    [
      'whose new state is on its way to the books',
      { calls: [tradeQueryOf({ tradeStatus: 'TRADE_FINISHED', lastAt: minutesAgo(14) })] },
    ],
    [
      'that a query saw closed by its cancel',
      { transaction: CANCELLED, calls: [tradeQueryOf({ tradeStatus: 'TRADE_CLOSED' })] },
    ],
    ['while a query saw another trade', { calls: [tradeQueryOf({ tradeNo: 'T2', amount: '1' })] }],
    [
      'while a query was not believed',
      { calls: [tradeQueryOf({ outcome: 'UNKNOWN', amount: '1' })] },
    ],
    ['while another call says less', { calls: [tradeQueryOf({ service: CANCEL, amount: '1' })] }],
  ])('%s', (_name, records) => {
    expect(found(records)).toEqual([]);
  });
});

const CLOSED_UNEXPLAINED = ['TRANSACTION_CLOSED_UNEXPLAINED', 'payment', 'refundedMinor'] as const;

describe('sums and states that do not follow', () => {
  test.each<[string, Records, Found]>([
    [
      'less refunded than its refunds',
      { transaction: refunded(599n), refunds: [PART] },
      ['TRANSACTION_SUMS', 'payment', 'refundedMinor', '599', '600'],
    ],
    [
      'more pending than its refunds',
      { transaction: { pendingRefundMinor: 1n } },
      ['TRANSACTION_SUMS', 'payment', 'pendingRefundMinor', '1', '0'],
    ],
    [
      'more given back than was paid',
      {
        transaction: { ...refunded(600n), pendingRefundMinor: 401n },
        refunds: [PART, refundOf({ status: 'PENDING', amountMinor: 401n })],
      },
      ['TRANSACTION_OVERDRAWN', 'payment', 'amountMinor', '1000', '1001'],
    ],
    [
      'cancelled and refunded',
      { transaction: { ...CANCELLED, refundedMinor: 600n }, refunds: [PART] },
      ['TRANSACTION_CANCELLED_AND_REFUNDED', 'payment', 'cancelStatus', 'DONE', '600 refunded'],
    ],
    ['closed, and nothing given back', CLOSED, [...CLOSED_UNEXPLAINED, '0', '1000, TRADE_CLOSED']],
    [
      'closed, and a part given back',
      {
        ...CLOSED,
        transaction: { ...CLOSED.transaction, refundedMinor: 600n, pendingRefundMinor: 399n },
        refunds: [PART, refundOf({ status: 'PENDING', amountMinor: 399n })],
      },
      [...CLOSED_UNEXPLAINED, '999', '1000, TRADE_CLOSED'],
    ],
    [
      'another state',
      { transaction: { status: 'CLOSED' } },
      ['TRANSACTION_STATUS', 'payment', 'status', 'CLOSED', 'PAID'],
    ],
    [
      'another raw value',
      { transaction: { alipayStatus: 'TRADE_CLOSED' } },
      ['TRANSACTION_STATUS', 'payment', 'alipayStatus', 'TRADE_CLOSED', 'TRADE_SUCCESS'],
    ],
    [
      'paid at no time',
      { transaction: { paidAt: null } },
      ['TRANSACTION_STATUS', 'payment', 'isPaid', 'false', 'true'],
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});

const differs = (field: string, books: string | null, evidence: string): Found => [
  ...(['TRANSACTION_DIFFERS', 'payment', field, books, evidence] as const),
];
const lacksStatus = (books: string, evidence: string): Found => [
  ...(['TRANSACTION_LACKS_STATUS', 'payment', 'alipayStatusesSeen', books, evidence] as const),
];

describe('what a message says, and the books do not', () => {
  const from = (value: string): string => `${value} (notification message)`;
  test.each<[string, Records, Found]>([
    [
      'the amount',
      { messages: [messageOf({ total_fee: '10.01' })] },
      differs('amountMinor', '1000', from('10.01')),
    ],
    [
      'the number',
      { messages: [messageOf({ trade_no: 'T2' })] },
      differs('alipayTransId', '2026010222001', from('T2')),
    ],
    [
      'no number',
      { messages: [messageOf({ trade_no: '' })] },
      differs('alipayTransId', '2026010222001', from('undefined')),
    ],
    [
      'the currency',
      { messages: [messageOf({ currency: 'USD' })] },
      differs('currency', 'HKD', from('USD')),
    ],
    [
      'the order number',
      { messages: [messageOf({ out_trade_no: 'ANOTHER' })] },
      differs('partnerTransId', 'ORDER', from('ANOTHER')),
    ],
    [
      'an order number that the books lack',
      { transaction: { partnerTransId: null } },
      differs('partnerTransId', null, from('ORDER')),
    ],
    [
      'the code',
      { messages: [messageOf({}, { qrCodeId: 'another' })] },
      differs('qrCodeId', 'code', from('another')),
    ],
    [
      'the amount, though it is not taken at its word',
      { messages: unconfirmed({ total_fee: '10.01' }), calls: [tradeQueryOf()] },
      differs('amountMinor', '1000', from('10.01')),
    ],
    [
      'a state',
      { messages: [messageOf(), messageOf({ trade_status: 'TRADE_CLOSED' })] },
      lacksStatus('TRADE_SUCCESS', from('TRADE_CLOSED')),
    ],
    ['the only state', { transaction: UNHEARD }, lacksStatus('', from('TRADE_SUCCESS'))],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});

describe('what an answer says, and the books do not', () => {
  const from = (value: string): string =>
    `${value} (${TRADE_QUERY} SUCCEEDED at 2026-01-02T11:00:00.000Z)`;
  const closed: Partial<CallOnRecord> = { tradeStatus: 'TRADE_CLOSED' };
  test.each<[string, Partial<CallOnRecord>, Partial<PaymentOnBooks>, Found]>([
    ['the amount', { amount: '10.01' }, {}, differs('amountMinor', '1000', from('10.01'))],
    [
      'the amount alone',
      { amount: '10.01', currency: null },
      {},
      differs('amountMinor', '1000', from('10.01')),
    ],
    [
      'the currency, in which its amount is another',
      { amount: '1.28', currency: 'USD' },
      {},
      differs('currency', 'HKD', from('USD')),
    ],
    [
      'the order number',
      { orderNo: 'ANOTHER' },
      {},
      differs('partnerTransId', 'ORDER', from('ANOTHER')),
    ],
    ['that it is closed', closed, {}, lacksStatus('TRADE_SUCCESS', from('TRADE_CLOSED'))],
    [
      'that it is closed after a cancel failed',
      closed,
      { cancelStatus: 'FAILED' },
      lacksStatus('TRADE_SUCCESS', from('TRADE_CLOSED')),
    ],
    [
      'that it is finished though it was cancelled',
      { tradeStatus: 'TRADE_FINISHED' },
      CANCELLED,
      lacksStatus('TRADE_SUCCESS', from('TRADE_FINISHED')),
    ],
  ])('%s', (_name, call, transaction, expected) => {
    expect(found({ transaction, calls: [tradeQueryOf(call)] })).toEqual([expected]);
  });
});

describe('what the books say, and no record of Alipay’s', () => {
  test.each<[string, Records, string]>([
    ['nothing was heard', { messages: [] }, 'TRADE_SUCCESS'],
    ['nothing was heard, and no state is known', { transaction: UNHEARD, messages: [] }, 'none'],
    [
      'no state is known, and the message is not taken at its word',
      { transaction: UNHEARD, messages: unconfirmed() },
      'none',
    ],
    ['its message is not taken at its word', { messages: unconfirmed() }, 'TRADE_SUCCESS'],
    [
      'one of two states',
      { transaction: { alipayStatusesSeen: ['TRADE_SUCCESS', 'WAIT_BUYER_PAY'] } },
      'WAIT_BUYER_PAY',
    ],
    [
      'a query of another trade',
      { messages: [], calls: [tradeQueryOf({ tradeNo: 'T2' })] },
      'TRADE_SUCCESS',
    ],
    [
      'a query that was not believed',
      { messages: [], calls: [tradeQueryOf({ outcome: 'UNKNOWN' })] },
      'TRADE_SUCCESS',
    ],
    ['another call', { messages: [], calls: [tradeQueryOf({ service: CANCEL })] }, 'TRADE_SUCCESS'],
  ])('%s', (_name, records, status) => {
    expect(found(records)).toEqual([
      ['TRANSACTION_UNPROVEN', 'payment', 'alipayStatusesSeen', status, null],
    ]);
    expect(needsMoreProof(fileOf(records))).toBe(true);
  });

  test('its message proves it', () => {
    expect(needsMoreProof(fileOf())).toBe(false);
  });
});
