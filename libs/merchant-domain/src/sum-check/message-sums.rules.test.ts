import { type Fields } from '@countersign/alipay-protocol';

import {
  AT,
  type Found,
  foundIn,
  messageOf,
  minutesAgo,
  TRADE_NO,
} from '../../test/support/payment-file';
import {
  alteredFindings,
  type LooseMessage,
  looseMessageFindings,
  type ReadMessage,
  readMessages,
} from './message-sums.rules';
import { type MessageOnRecord } from './payment-file';

/** One name twice: it is not known which counts. */
const BROKEN: Partial<MessageOnRecord> = { body: Buffer.from('trade_no=1&trade_no=2') };

describe('what a message says', () => {
  const READ: ReadMessage = {
    id: 'message',
    qrCodeId: 'code',
    tradeNo: TRADE_NO,
    orderNo: 'ORDER',
    tradeStatus: 'TRADE_SUCCESS',
    totalFee: '10.00',
    currency: 'HKD',
    refund: null,
    isTakenAtItsWord: true,
  };
  const told = { out_biz_no: 'R1', refund_fee: '3.00' };
  const refund = { id: 'R1', fee: '3.00' };
  const empty = { trade_no: '', out_trade_no: '', trade_status: '', total_fee: '' };
  test.each<[string, Fields, Partial<MessageOnRecord>, Partial<ReadMessage>]>([
    ['in the currency of its code', {}, {}, {}],
    ['in its own currency', { currency: 'USD', trans_currency: 'CNY' }, {}, { currency: 'USD' }],
    ['in the currency of the trade', { trans_currency: 'CNY' }, {}, { currency: 'CNY' }],
    ['in no currency', { currency: '', trans_currency: '' }, {}, {}],
    [
      'nothing',
      empty,
      {},
      {
        ...{ tradeNo: undefined, orderNo: undefined, tradeStatus: undefined },
        totalFee: undefined,
      },
    ],
    [
      'about a code that is not ours',
      {},
      { codeCurrency: null, qrCodeId: null },
      { currency: null, qrCodeId: null, isTakenAtItsWord: false },
    ],
    ['that reads like a further field', { subject: 'a&b=c' }, {}, { isTakenAtItsWord: false }],
    ['of a refund', told, {}, { refund }],
    [
      'of a refund of a code that is not ours',
      told,
      { codeCurrency: null, qrCodeId: null },
      { refund, currency: null, qrCodeId: null, isTakenAtItsWord: false },
    ],
    ['of a refund without an id', { ...told, out_biz_no: '' }, {}, {}],
    ['of a refund of no amount', { ...told, refund_fee: '' }, {}, {}],
    [
      'of a refund that reads like a further field',
      { ...told, subject: 'a&b=c' },
      {},
      { isTakenAtItsWord: false },
    ],
  ])('%s', (_name, says, some, expected) => {
    expect(readMessages([messageOf(says, some)])).toEqual([{ ...READ, ...expected }]);
  });

  test('one that cannot be read says nothing', () => {
    const read = readMessages([messageOf({}, BROKEN), messageOf({}, { id: 'next' })]);

    expect(read).toEqual([{ ...READ, id: 'next' }]);
  });
});

describe('the bytes of a message are those that came', () => {
  const message = messageOf();
  const altered = (field: string, books: string | null, evidence: string | null): Found => [
    ...(['NOTIFICATION_ALTERED', 'message', field, books, evidence] as const),
  ];
  test.each<[string, MessageOnRecord, Found[]]>([
    ['all of them', message, []],
    [
      'but its hash',
      messageOf({}, { contentHash: 'X' }),
      [altered('contentHash', 'X', message.contentHash)],
    ],
    [
      'but its body',
      { ...messageOf({ total_fee: '99.00' }), contentHash: message.contentHash },
      [altered('contentHash', message.contentHash, messageOf({ total_fee: '99.00' }).contentHash)],
    ],
    ['but its id', { ...message, notifyId: 'X' }, [altered('notifyId', 'X', 'notify')]],
    ['but its number', { ...message, tradeNo: 'X' }, [altered('tradeNo', 'X', TRADE_NO)]],
    ['but its missing number', { ...message, tradeNo: null }, [altered('tradeNo', null, TRADE_NO)]],
    [
      'but two things, of which the first is named',
      { ...message, notifyId: 'X', tradeNo: 'X' },
      [altered('notifyId', 'X', 'notify')],
    ],
    [
      'but nothing of it can be read',
      { ...message, ...BROKEN },
      [altered('contentHash', message.contentHash, null)],
    ],
  ])('%s', (_name, one, expected) => {
    expect(foundIn(alteredFindings([one]))).toEqual(expected);
  });

  test.each<[string, Fields]>([
    ['a NUL in a value', { subject: 'a\u0000b' }],
    ['a NUL in a name', { 'sub\u0000ject': 'ab' }],
    ['a character that took the place of another', { subject: 'a\ufffdb' }],
    ['half a character where a long id is cut', { notify_id: `${'n'.repeat(127)}😀` }],
  ])('with %s too', (_name, says) => {
    const strange = messageOf(says);
    const paidMore = messageOf({ ...says, total_fee: '99.00' });

    expect(foundIn(alteredFindings([strange]))).toEqual([]);
    expect(foundIn(alteredFindings([{ ...strange, body: paidMore.body }]))).toEqual([
      altered('contentHash', strange.contentHash, paidMore.contentHash),
    ]);
  });

  test('whatever stands before an altered one', () => {
    const other = messageOf({}, { id: 'other' });

    expect(foundIn(alteredFindings([other, { ...message, notifyId: 'X' }]))).toEqual([
      altered('notifyId', 'X', 'notify'),
    ]);
  });
});

describe('a message that no payment holds', () => {
  const loose: LooseMessage = {
    id: 'message',
    status: 'APPLIED',
    reason: null,
    transactionId: 'gone',
    tradeNo: TRADE_NO,
    receivedAt: minutesAgo(60),
  };
  test.each<[string, Partial<LooseMessage>, Found[]]>([
    [
      'counts as applied',
      {},
      [['NOTIFICATION_WITHOUT_TRANSACTION', 'message', 'transactionId', 'gone', TRADE_NO]],
    ],
    [
      'waits too long',
      { status: 'RECEIVED', receivedAt: minutesAgo(11) },
      [
        [
          ...(['NOTIFICATION_STUCK', 'message', 'status', 'RECEIVED'] as const),
          'received at 2026-01-02T11:49:00.000Z',
        ],
      ],
    ],
    ['waits as long as it may', { status: 'RECEIVED', receivedAt: minutesAgo(10) }, []],
    ['has just come', { status: 'RECEIVED', receivedAt: minutesAgo(0) }, []],
    [
      'is in quarantine',
      { status: 'QUARANTINED', reason: 'Why.' },
      [['NOTIFICATION_QUARANTINED', 'message', 'reason', 'Why.', TRADE_NO]],
    ],
    ['did not verify', { status: 'REFUSED' }, []],
  ])('%s', (_name, some, expected) => {
    expect(foundIn(looseMessageFindings({ ...loose, ...some }, AT))).toEqual(expected);
  });
});
