import { formatAmount, parseAmount } from '@countersign/alipay-protocol';
import fc from 'fast-check';
import { usualVariants } from '../variants';
import type { Trade } from './records';
import { cancellableUntil, decideCancel, refundedMinor, refundRefusal } from './trade.rules';

const beijing = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`);

function tradeWith(changed: Partial<Trade> = {}): Trade {
  return {
    tradeNo: '2024010122001000000000000001',
    outTradeNo: 'T1',
    codeId: 'ocx1',
    amount: '10.00',
    currency: 'HKD',
    wallet: 'ALIPAYHK',
    buyer: { id: '2088000000000001', login: '852-51****88' },
    formToken: null,
    createdAt: beijing('2024-01-01 15:00:00'),
    status: 'TRADE_SUCCESS',
    paidAt: beijing('2024-01-01 15:00:00'),
    closedAt: null,
    cancelled: false,
    refunds: [],
    ...changed,
  };
}

test.each([
  // the help page's own examples: paid at 15:00, unpaid at 23:50, paid at 23:50; and an unpaid one at noon
  ['2024-01-01 15:00:00', true, '2024-01-02 00:00:00'],
  ['2024-01-01 23:50:00', false, '2024-01-02 00:05:00'],
  ['2024-01-01 23:50:00', true, '2024-01-02 00:00:00'],
  ['2024-01-01 12:00:00', false, '2024-01-02 00:00:00'],
])('created %s, paid %s: cancellable until %s', (created, isPaid, until) => {
  const at = beijing(created);
  const trade = tradeWith({
    createdAt: at,
    paidAt: isPaid ? at : null,
    status: isPaid ? 'TRADE_SUCCESS' : 'WAIT_BUYER_PAY',
  });

  expect(cancellableUntil(trade).getTime()).toBe(beijing(until));
});

test.each<[string, Partial<Trade>, string, unknown]>([
  [
    'at the very end of its window',
    {},
    '2024-01-02 00:00:00',
    { kind: 'refused', code: 'TRADE_CANCEL_TIME_OUT' },
  ],
  [
    'when finished',
    { status: 'TRADE_FINISHED' },
    '2024-01-01 16:00:00',
    { kind: 'refused', code: 'TRADE_HAS_FINISHED' },
  ],
  [
    'when frozen',
    { status: 'TRADE_PENDING' },
    '2024-01-01 16:00:00',
    { kind: 'refused', code: 'REASON_TRADE_BEEN_FREEZEN' },
  ],
  ['when paid', {}, '2024-01-01 23:59:59', { kind: 'cancel', action: 'refund' }],
  [
    'when unpaid',
    { status: 'WAIT_BUYER_PAY', paidAt: null },
    '2024-01-01 16:00:00',
    { kind: 'cancel', action: 'close' },
  ],
  [
    'when timed out',
    { status: 'TRADE_CLOSED', paidAt: null },
    '2024-01-09 16:00:00',
    { kind: 'already', action: 'close' },
  ],
  [
    'when cancelled',
    { status: 'TRADE_CLOSED', cancelled: true },
    '2024-01-09 16:00:00',
    { kind: 'already', action: 'refund' },
  ],
])('a cancel %s', (_when, changed, now, decision) => {
  expect(decideCancel(tradeWith(changed), new Date(beijing(now)), usualVariants())).toEqual(
    decision,
  );
});

test('can cancel what is left of a partly refunded trade, where that is how Alipay is read', () => {
  const refunds = [
    {
      partnerRefundId: 'R1',
      amount: '1.00',
      reason: '',
      createdAt: 0,
      notifyUrl: null,
      status: 'SUCCESS',
      settledAt: 0,
    },
  ] as const;
  const variants = { ...usualVariants(), cancelAfterRefund: 'returns-the-rest' } as const;

  expect(
    decideCancel(
      tradeWith({ refunds: [...refunds] }),
      new Date(beijing('2024-01-01 16:00:00')),
      variants,
    ),
  ).toEqual({
    kind: 'cancel',
    action: 'refund',
  });
});

test('never gives back more than was paid, whatever refunds are asked for in whatever order', () => {
  const asked = fc.record({
    minor: fc.bigInt({ min: 0n, max: 1200n }),
    isHeld: fc.boolean(),
    fails: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 20 }), (steps) => {
      const trade = tradeWith();
      for (const [index, { minor, isHeld, fails }] of steps.entries()) {
        const amount = { minor, currency: 'HKD' };
        if (refundRefusal(trade, amount)) continue;
        trade.refunds.push({
          partnerRefundId: `R${index}`,
          amount: formatAmount(amount),
          reason: '',
          createdAt: 0,
          notifyUrl: null,
          status: fails ? 'FAILED' : isHeld ? 'PROCESSING' : 'SUCCESS',
          settledAt: null,
        });
      }
      const given = refundedMinor(trade, ['SUCCESS', 'PROCESSING']);
      expect(given <= parseAmount(trade.amount, 'HKD').minor).toBe(true);
    }),
  );
});
