import {
  type AlipayTransId,
  AlipayRequestInvalid,
  AlipayServiceError,
  type OverseasQueryRequest,
  type PartnerRefundId,
  type PartnerTransId,
  type RefundQueryRequest,
  type SpotRefundRequest,
  StatementUnreadable,
} from '../src/index';

/** What is wrong here, the compiler says: a line that compiles after `@ts-expect-error` fails the types. */
test('plain text names anything, and the id of one kind is not taken for another', () => {
  const trade: PartnerTransId = 'T1';
  const refund: PartnerRefundId = 'R1';
  const alipays: AlipayTransId = '2026010222001';
  const amount = { minor: 1250n, currency: 'HKD' };

  const asked: SpotRefundRequest = { partnerTransId: trade, partnerRefundId: refund, amount };
  const plain: SpotRefundRequest = { partnerTransId: 'T1', partnerRefundId: 'R1', amount };
  const length: number = asked.partnerTransId.length + alipays.slice(0, 8).length;
  // @ts-expect-error a refund is no trade
  const swapped: SpotRefundRequest = { ...asked, partnerTransId: refund };
  // @ts-expect-error a trade is no refund
  const crossed: RefundQueryRequest = { outTradeNo: trade, outReturnNo: trade };
  // @ts-expect-error our id is not Alipay's
  const wrong: OverseasQueryRequest = { alipayTransId: trade };

  expect(plain).toEqual(asked);
  expect(length).toBe(10);
  expect([swapped.partnerTransId, crossed.outReturnNo, wrong.alipayTransId]).toEqual([
    'R1',
    'T1',
    'T1',
  ]);
});

test.each<[AlipayServiceError, string | undefined]>([
  [new AlipayServiceError('ALIPAY_NO_ANSWER', 'nothing came'), undefined],
  [
    new AlipayRequestInvalid('x', { field: 'bizData.storeId', message: 'is missing' }),
    'bizData.storeId',
  ],
  [new StatementUnreadable('INVALID', 3, 'is empty', 'Transaction_id'), 'Transaction_id'],
])('an error says what to do: %s', (error, field) => {
  expect(error.field).toBe(field);
  expect(error.remedy).toMatch(/^[A-Z].*\.$/);
  expect(Object.keys(error)).not.toContain('remedy');
});
