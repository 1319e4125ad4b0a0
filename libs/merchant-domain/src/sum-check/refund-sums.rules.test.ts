import { type Fields } from '@countersign/alipay-protocol';

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
  REFUND_ID,
  refundCallOf,
  refundIdOf,
  refundOf,
} from '../../test/support/payment-file';
import {
  CANCEL,
  type MessageOnRecord,
  REFUND_QUERY,
  SPOT_REFUND,
  TRADE_QUERY,
} from './payment-file';
import { refundFindings, saysMade } from './refund-sums.rules';

const MADE = refundCallOf();
const UNANSWERED = refundCallOf({ outcome: 'UNKNOWN' });
const REJECTED = refundCallOf({ outcome: 'REJECTED', alipayCode: 'NO' });
const query = (refundResult: string, some: Partial<typeof MADE> = {}): typeof MADE =>
  callOf(REFUND_QUERY, { refundId: REFUND_ID, refundResult, ...some });
const AN_HOUR_AGO = '2026-01-02T11:00:00.000Z';
const MADE_IN_WORDS = `${SPOT_REFUND} SUCCEEDED at ${AN_HOUR_AGO}`;
const UNANSWERED_IN_WORDS = `${SPOT_REFUND} UNKNOWN at ${AN_HOUR_AGO}`;
const REJECTED_IN_WORDS = `${SPOT_REFUND} REJECTED NO at ${AN_HOUR_AGO}`;
const queryInWords = (at = AN_HOUR_AGO): string => `${REFUND_QUERY} SUCCEEDED at ${at}`;

const PENDING = refundOf({ status: 'PENDING', nextCheckAt: NOW });
const FAILED = refundOf({ status: 'FAILED', failureCode: 'NO' });
const FAILED_AT_A_REPEAT = { ...FAILED, attempts: 2 };
const OTHER = refundOf({ id: 'other', partnerRefundId: 'R-other', resolvedBy: 'owner' });
const BY_STATEMENT = eventOf({
  type: 'REFUND_SUCCEEDED',
  refundId: 'refund',
  actor: 'reconciliation',
});

const noticeOf = (says: Fields = {}): MessageOnRecord =>
  messageOf({ out_biz_no: REFUND_ID, refund_fee: '3.00', ...says });
const NOTICE = noticeOf();

function found(records: Records): Found[] {
  return foundIn(refundFindings(fileOf(records), AT));
}

describe('nothing is found of a refund', () => {
  test.each<[string, Records]>([
    ['that Alipay made', { refunds: [refundOf()], calls: [MADE] }],
    ['that a query saw', { refunds: [refundOf()], calls: [UNANSWERED, query('SUCCESS')] }],
    ['that a person closed as made', { refunds: [refundOf({ resolvedBy: 'owner' })] }],
    ['that the statement proves', { refunds: [refundOf()], events: [eventOf(), BY_STATEMENT] }],
    [
      'that the statement brought under an id of its own',
      {
        refunds: [refundOf({ partnerRefundId: 'R1', idempotencyKey: 'statement:R1' })],
        calls: [query('SUCCESS', { refundId: 'R1' })],
      },
    ],
    [
      'that a notice brought under an id of its own',
      {
        refunds: [refundOf({ partnerRefundId: 'R1', idempotencyKey: 'notice:R1' })],
        calls: [query('SUCCESS', { refundId: 'R1' })],
      },
    ],
    ['of which a message tells', { refunds: [refundOf()], calls: [MADE], messages: [NOTICE] }],
    ['that is open, and of which a message tells', { refunds: [PENDING], messages: [NOTICE] }],
    [
      'that was made at last, and of which a message tells',
      { refunds: [FAILED, refundOf({ id: 'again' })], calls: [REJECTED, MADE], messages: [NOTICE] },
    ],
    ['while a message names nothing', { messages: [noticeOf({ refund_fee: '0.00' })] }],
    [
      'of which a message tells the sum of all',
      { refunds: [refundOf(), OTHER], calls: [MADE], messages: [noticeOf({ refund_fee: '6.00' })] },
    ],
    [
      'that a statement brought under another number',
      {
        refunds: [refundOf({ partnerRefundId: 'R1', idempotencyKey: 'statement:R1' })],
        calls: [query('SUCCESS', { refundId: 'R1' })],
        messages: [NOTICE],
      },
    ],
    ['while a message names the order alone', { messages: [noticeOf({ out_biz_no: 'ORDER' })] }],
    [
      'while a message tells of the cancel',
      {
        transaction: { cancelStatus: 'PENDING' },
        messages: [noticeOf({ refund_fee: '10.00' })],
      },
    ],
    ['that is under way', { refunds: [PENDING], calls: [UNANSWERED, query('PROCESSING')] }],
    ['whose repeat was refused', { refunds: [PENDING], calls: [UNANSWERED, REJECTED] }],
    [
      'whose answer is on its way to the books',
      { refunds: [PENDING], calls: [refundCallOf({ lastAt: minutesAgo(14) })] },
    ],
    ['that was refused at once', { refunds: [FAILED], calls: [REJECTED] }],
    [
      'that was refused at once, and asked about',
      { refunds: [FAILED], calls: [query('PROCESSING'), REJECTED] },
    ],
    [
      'that was refused at a repeat, and not found',
      { refunds: [FAILED_AT_A_REPEAT], calls: [UNANSWERED, REJECTED, query('NOT_FOUND')] },
    ],
    [
      'that a query calls failed',
      { refunds: [FAILED_AT_A_REPEAT], calls: [UNANSWERED, query('FAILED')] },
    ],
    [
      'that a query calls cancelled',
      { refunds: [FAILED_AT_A_REPEAT], calls: [UNANSWERED, query('CANCELED')] },
    ],
    ['that a person closed as failed', { refunds: [{ ...FAILED, resolvedBy: 'owner' }] }],
    [
      'that our own client refused to send',
      { refunds: [{ ...FAILED, failureCode: 'ALIPAY_REQUEST_INVALID' }] },
    ],
    [
      'that was refused, asked for once more with another amount, and made',
      {
        refunds: [FAILED, refundOf({ id: 'again', amountMinor: 200n })],
        calls: [REJECTED, refundCallOf({ askedAmount: '2.00' })],
      },
    ],
    [
      'that was refused, and is asked for once more with another amount',
      { refunds: [FAILED, { ...PENDING, id: 'again', amountMinor: 200n }], calls: [REJECTED] },
    ],
    ['that is one of two', { refunds: [refundOf(), OTHER], calls: [MADE] }],
    [
      'that was denied before it was made',
      {
        refunds: [refundOf()],
        calls: [query('FAILED', { lastAt: minutesAgo(61) }), MADE],
      },
    ],
    [
      'that was denied in the moment in which it was made',
      { refunds: [refundOf()], calls: [MADE, query('FAILED')] },
    ],
    [
      'that was denied between two answers that it is made',
      {
        refunds: [refundOf()],
        calls: [
          MADE,
          query('FAILED', { lastAt: minutesAgo(40) }),
          query('SUCCESS', { lastAt: minutesAgo(20) }),
        ],
      },
    ],
    [
      'whose last query had no answer',
      {
        refunds: [refundOf()],
        calls: [MADE, query('FAILED', { outcome: 'UNKNOWN', lastAt: minutesAgo(20) })],
      },
    ],
    ['whose call’s content is not known', { calls: [refundCallOf({ outcome: 'REJECTED' })] }],
    [
      'that was asked for without an amount on record',
      { refunds: [refundOf()], calls: [refundCallOf({ askedAmount: null })] },
    ],
    [
      'that was asked for without a currency on record',
      { refunds: [refundOf()], calls: [refundCallOf({ askedCurrency: null })] },
    ],
    [
      'that another call names with another amount',
      {
        refunds: [refundOf()],
        calls: [MADE, query('SUCCESS', { askedAmount: '9.99', askedCurrency: 'HKD' })],
      },
    ],
  ])('%s', (_name, records) => {
    expect(found(records)).toEqual([]);
  });
});

describe('what is made, and what is not', () => {
  test.each([
    ['a yes to the call', MADE, true],
    ['a query that saw it', query('SUCCESS'), true],
    ['no answer', UNANSWERED, false],
    ['a no', REJECTED, false],
    ['a query that sees it under way', query('PROCESSING'), false],
    ['a query that was not believed', query('SUCCESS', { outcome: 'UNKNOWN' }), false],
    ['a yes to a cancel', callOf(CANCEL, { refundResult: 'SUCCESS' }), false],
  ])('%s', (_name, call, isMade) => {
    expect(saysMade(call)).toBe(isMade);
  });
});

const LATER = '2026-01-02T11:40:00.000Z';
const unprovenFailure = (evidence: string | null, code = 'NO'): Found => [
  'REFUND_FAILED_UNPROVEN',
  'refund',
  'failureCode',
  code,
  evidence,
];
const unproven = (evidence: string | null): Found => [
  'REFUND_UNPROVEN',
  'refund',
  'status',
  'SUCCEEDED',
  evidence,
];
const failedButMade = (id: string): Found => [
  'REFUND_FAILED_BUT_MADE',
  id,
  'status',
  'FAILED',
  MADE_IN_WORDS,
];

describe('a refund and its calls', () => {
  test.each<[string, Records, Found]>([
    [
      'its currency is not the payment’s',
      { refunds: [refundOf({ currency: 'USD', resolvedBy: 'owner' })] },
      ['REFUND_AMOUNT', 'refund', 'currency', 'USD', 'HKD'],
    ],
    [
      'its id does not follow from its key',
      {
        refunds: [refundOf({ idempotencyKey: 'another', partnerRefundId: REFUND_ID })],
        calls: [query('SUCCESS', { partnerId: null }), MADE],
      },
      ['REFUND_ID', 'refund', 'partnerRefundId', REFUND_ID, refundIdOf('another')],
    ],
    [
      'made, and still pending',
      { refunds: [PENDING], calls: [UNANSWERED, MADE] },
      ['REFUND_NOT_SETTLED', 'refund', 'status', 'PENDING', MADE_IN_WORDS],
    ],
    [
      'nobody asks about it',
      { refunds: [{ ...PENDING, nextCheckAt: minutesAgo(6) }], calls: [UNANSWERED] },
      ['REFUND_OVERDUE', 'refund', 'nextCheckAt', '2026-01-02T11:54:00.000Z', NOW.toISOString()],
    ],
    ['made without any call', { refunds: [refundOf()] }, unproven(null)],
    [
      'made, and no answer says so',
      { refunds: [refundOf()], calls: [UNANSWERED, query('FAILED')] },
      unproven(`${UNANSWERED_IN_WORDS}; ${queryInWords()}`),
    ],
    [
      'made, and the statement brought another',
      { refunds: [refundOf()], events: [eventOf({ ...BY_STATEMENT, refundId: 'other' })] },
      unproven(null),
    ],
    [
      'made, and the statement told of something else',
      { refunds: [refundOf()], events: [eventOf({ ...BY_STATEMENT, type: 'REFUND_REQUESTED' })] },
      unproven(null),
    ],
    [
      'made, and not the statement told of it',
      { refunds: [refundOf()], events: [eventOf({ ...BY_STATEMENT, actor: 'alipay' })] },
      unproven(null),
    ],
    [
      'made, and denied later',
      {
        refunds: [refundOf()],
        calls: [MADE, query('CANCELED', { lastAt: minutesAgo(20) })],
      },
      ['REFUND_CONTRADICTED', 'refund', 'status', 'SUCCEEDED', queryInWords(LATER)],
    ],
    ['failed, and made', { refunds: [FAILED], calls: [REJECTED, MADE] }, failedButMade('refund')],
    [
      'failed, and made, beside another that was made',
      { refunds: [FAILED, OTHER], calls: [REJECTED, MADE] },
      failedButMade('refund'),
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });

  test('failed twice under one id, and made', () => {
    const refunds = [FAILED, { ...FAILED, id: 'again' }];

    expect(found({ refunds, calls: [MADE] })).toEqual([
      failedButMade('refund'),
      failedButMade('again'),
    ]);
  });
});

describe('a refund that failed without a definite no', () => {
  test.each<[string, Records, Found]>([
    ['no call at all', { refunds: [FAILED] }, unprovenFailure(null)],
    [
      'a refusal of our own to a repeat',
      { refunds: [{ ...FAILED_AT_A_REPEAT, failureCode: 'ALIPAY_REQUEST_INVALID' }] },
      unprovenFailure(null, 'ALIPAY_REQUEST_INVALID'),
    ],
    [
      'a no to a repeat, and nothing looked for',
      { refunds: [FAILED_AT_A_REPEAT], calls: [UNANSWERED, REJECTED] },
      unprovenFailure(`${UNANSWERED_IN_WORDS}; ${REJECTED_IN_WORDS}`),
    ],
    [
      'nothing found, and no refusal',
      { refunds: [FAILED], calls: [query('NOT_FOUND')] },
      unprovenFailure(queryInWords()),
    ],
    [
      'another refusal',
      { refunds: [{ ...FAILED, failureCode: 'ANOTHER' }], calls: [REJECTED] },
      unprovenFailure(REJECTED_IN_WORDS, 'ANOTHER'),
    ],
    [
      'an answer that is not certain',
      { refunds: [FAILED], calls: [{ ...UNANSWERED, alipayCode: 'NO' }] },
      unprovenFailure(`${SPOT_REFUND} UNKNOWN NO at ${AN_HOUR_AGO}`),
    ],
    [
      'a query that was refused',
      { refunds: [FAILED], calls: [query('', { outcome: 'REJECTED', alipayCode: 'NO' })] },
      unprovenFailure(`${REFUND_QUERY} REJECTED NO at ${AN_HOUR_AGO}`),
    ],
    [
      'a query that was not believed',
      { refunds: [FAILED], calls: [query('FAILED', { outcome: 'UNKNOWN' })] },
      unprovenFailure(`${REFUND_QUERY} UNKNOWN at ${AN_HOUR_AGO}`),
    ],
    [
      'a query about the payment alone',
      {
        refunds: [FAILED],
        calls: [callOf(TRADE_QUERY, { refundId: REFUND_ID, refundResult: 'FAILED' })],
      },
      unprovenFailure(`${TRADE_QUERY} SUCCEEDED at ${AN_HOUR_AGO}`),
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});

describe('what was asked of Alipay, and is not what the books hold', () => {
  test.each<[string, Records, Found[]]>([
    [
      'another amount',
      { refunds: [OTHER, refundOf()], calls: [refundCallOf({ askedAmount: '3.01' })] },
      [['REFUND_AMOUNT', 'refund', 'amountMinor', '300 HKD', `3.01 HKD (${MADE_IN_WORDS})`]],
    ],
    [
      'another currency',
      { refunds: [refundOf()], calls: [refundCallOf({ askedCurrency: 'USD' })] },
      [['REFUND_AMOUNT', 'refund', 'amountMinor', '300 HKD', `3.00 USD (${MADE_IN_WORDS})`]],
    ],
    [
      'made with the amount of the one that failed',
      { refunds: [FAILED, refundOf({ id: 'again', amountMinor: 200n })], calls: [REJECTED, MADE] },
      [['REFUND_AMOUNT', 'again', 'amountMinor', '200 HKD', `3.00 HKD (${MADE_IN_WORDS})`]],
    ],
    [
      'made with another amount, and failed in the books',
      { refunds: [{ ...FAILED, amountMinor: 200n }], calls: [MADE] },
      [
        failedButMade('refund'),
        ['REFUND_AMOUNT', 'refund', 'amountMinor', '200 HKD', `3.00 HKD (${MADE_IN_WORDS})`],
      ],
    ],
    [
      'made, and of none in the books',
      { calls: [MADE] },
      [['REFUND_UNKNOWN', 'call', 'partnerRefundId', null, `${REFUND_ID} (${MADE_IN_WORDS})`]],
    ],
    [
      'seen by a query, and of none in the books',
      { refunds: [OTHER], calls: [query('SUCCESS')] },
      [['REFUND_UNKNOWN', 'call', 'partnerRefundId', null, `${REFUND_ID} (${queryInWords()})`]],
    ],
    [
      'perhaps made, and of none in the books',
      { calls: [UNANSWERED] },
      [
        [
          ...(['REFUND_UNKNOWN', 'call', 'partnerRefundId', null] as const),
          `${REFUND_ID} (${UNANSWERED_IN_WORDS})`,
        ],
      ],
    ],
    ['refused, and of none in the books', { calls: [REJECTED] }, []],
    ['asked about without an answer', { calls: [query('', { outcome: 'UNKNOWN' })] }, []],
    ['made just now', { calls: [refundCallOf({ lastAt: minutesAgo(14) })] }, []],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual(expected);
  });
});

describe('what a message tells of a refund, and the books hold otherwise', () => {
  const differs = (books: string | null, fee = '3.00'): Found => [
    ...(['REFUND_NOTICE_DIFFERS', 'message', 'refund', books] as const),
    `${fee} HKD given back as ${REFUND_ID}`,
  ];
  test.each<[string, Records, Found]>([
    ['of none in the books', { messages: [NOTICE] }, differs(null)],
    ['of another in the books', { refunds: [OTHER], messages: [NOTICE] }, differs(null)],
    [
      'that has failed',
      { refunds: [FAILED], calls: [REJECTED], messages: [NOTICE] },
      differs('300 HKD FAILED'),
    ],
    [
      'of another amount',
      { refunds: [refundOf()], calls: [MADE], messages: [noticeOf({ refund_fee: '3.01' })] },
      differs('300 HKD SUCCEEDED', '3.01'),
    ],
    [
      'of more than all together',
      { refunds: [refundOf(), OTHER], calls: [MADE], messages: [noticeOf({ refund_fee: '6.01' })] },
      differs('300 HKD SUCCEEDED', '6.01'),
    ],
    [
      'of less',
      { refunds: [refundOf()], calls: [MADE], messages: [noticeOf({ refund_fee: '2.99' })] },
      differs('300 HKD SUCCEEDED', '2.99'),
    ],
    [
      'of a part, after a cancel',
      { transaction: { cancelStatus: 'PENDING' }, messages: [NOTICE] },
      differs(null),
    ],
    [
      'of all, after a cancel that failed',
      {
        transaction: { cancelStatus: 'FAILED' },
        messages: [noticeOf({ refund_fee: '10.00' })],
      },
      differs(null, '10.00'),
    ],
    [
      'of what a statement brought with another amount',
      {
        refunds: [
          refundOf({ partnerRefundId: 'R1', idempotencyKey: 'statement:R1', amountMinor: 200n }),
        ],
        calls: [query('SUCCESS', { refundId: 'R1' })],
        messages: [NOTICE],
      },
      differs(null),
    ],
    [
      'of another amount than the one that followed the failed one',
      {
        refunds: [FAILED, { ...PENDING, id: 'again', amountMinor: 200n }],
        calls: [REJECTED],
        messages: [NOTICE],
      },
      differs('200 HKD PENDING'),
    ],
    [
      'though no code of ours was named',
      {
        messages: [
          messageOf({ out_biz_no: REFUND_ID, refund_fee: '3.00' }, { codeCurrency: null }),
        ],
      },
      differs(null),
    ],
  ])('%s', (_name, records, expected) => {
    expect(found(records)).toEqual([expected]);
  });
});
