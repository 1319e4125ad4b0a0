import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { takePayment } from '../support/payments';
import { startWorld } from '../support/world';

afterEach(endWorldsInAgreement);

test('the same key with the same content is the same refund, with other content a conflict (decision 15)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world, '50.00');
  const ask = {
    transactionId: payment.id,
    amount: { amount: '12.5', currency: 'HKD' },
    reason: '多收',
    idempotencyKey: 'till-1/42',
  };

  const first = await merchant.refund(ask);
  const replay = await merchant.refund({ ...ask, amount: { amount: '12.50', currency: 'HKD' } });

  expect(first).toMatchObject({ refund: { status: 'SUCCEEDED' }, replayed: false, userErrors: [] });
  expect(replay).toMatchObject({ refund: first.refund, replayed: true, userErrors: [] });
  for (const changed of [
    { amount: { amount: '12.51', currency: 'HKD' } },
    { amount: null },
    { reason: '其他' },
    { reason: null },
  ]) {
    const { userErrors, replayed } = await merchant.refund({ ...ask, ...changed });
    expect([userErrors[0]?.code, userErrors[0]?.field, replayed]).toEqual([
      'IDEMPOTENCY_CONFLICT',
      ['input', 'idempotencyKey'],
      false,
    ]);
  }
  expect(await gateway.bookedTrade(payment.alipayTransId)).toMatchObject({
    refunded: '12.50',
    refunds: [{ partner_refund_id: first.refund?.partnerRefundId }],
  });
});

test('a key belongs to its payment: on another payment it is another refund', async () => {
  const world = await startWorld();
  const { merchant } = world;
  const [one, other] = [await takePayment(world), await takePayment(world)];

  const refunds = await Promise.all(
    [one, other].map(({ id }) => merchant.refund({ transactionId: id, idempotencyKey: 'same' })),
  );

  expect(refunds.map(({ refund, replayed }) => [refund?.status, replayed])).toEqual([
    ['SUCCEEDED', false],
    ['SUCCEEDED', false],
  ]);
  expect(refunds[0]?.refund?.partnerRefundId).not.toBe(refunds[1]?.refund?.partnerRefundId);
});

test('one refund asked for sixteen times at once is made once', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world, '50.00');
  const ask = {
    transactionId: payment.id,
    amount: { amount: '30.00', currency: 'HKD' },
    idempotencyKey: 'impatient',
  };

  const answers = await Promise.all(Array.from({ length: 16 }, () => merchant.refund(ask)));

  expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect(new Set(answers.map(({ refund }) => refund?.id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await gateway.bookedTrade(payment.alipayTransId)).toMatchObject({
    refunded: '30.00',
    refunds: [{ amount: '30.00' }],
  });
});

test('thirty-two refunds at once never give back more than was paid', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world, '20.00');

  const answers = await Promise.all(
    Array.from({ length: 32 }, (_till, index) =>
      merchant.refund({
        transactionId: payment.id,
        amount: { amount: '1.00', currency: 'HKD' },
        idempotencyKey: `till-${index}`,
      }),
    ),
  );

  const codes = answers.map(({ refund, userErrors }) => userErrors[0]?.code ?? refund?.status);
  expect(codes.filter((code) => code === 'SUCCEEDED')).toHaveLength(20);
  const refused = codes.filter((code) => code !== 'SUCCEEDED');
  expect(refused).toHaveLength(12);
  for (const code of refused) {
    // The last ones may come when all is refunded already, and not only spoken for.
    expect(['AMOUNT_EXCEEDS_REFUNDABLE', 'NOT_ALLOWED_IN_STATE']).toContain(code);
  }
  const trade = await gateway.bookedTrade(payment.alipayTransId);
  expect([trade.refunded, trade.refunds.length]).toEqual(['20.00', 20]);
  expect(await merchant.transactionBy({ id: payment.id })).toMatchObject({
    status: 'REFUNDED',
    refundedAmount: { amount: '20.00' },
    refundableAmount: { amount: '0.00' },
  });
});
