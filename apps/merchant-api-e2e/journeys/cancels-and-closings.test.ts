import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { ACQUIRE_CANCEL, SPOT_REFUND } from '../support/lost-answers';
import { takePayment } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

const DAY_MS = 24 * 60 * 60 * 1000;

test('past Beijing midnight by Alipay’s clock a cancel is refused, and the refund still works (decision 14)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world);
  expect(payment.cancellableUntil).toMatch(/T16:00:00/);
  await gateway.call('POST /clock', { offsetMs: DAY_MS });

  const cancelled = await merchant.cancel({ transactionId: payment.id });

  expect(cancelled).toMatchObject({
    transaction: { status: 'PAID', cancelPending: false },
    userErrors: [{ code: 'CANCEL_WINDOW_CLOSED', alipayCode: 'TRADE_CANCEL_TIME_OUT' }],
  });
  expect(
    await merchant.refund({ transactionId: payment.id, idempotencyKey: 'instead' }),
  ).toMatchObject({ transaction: { status: 'REFUNDED' }, userErrors: [] });
});

test('past midnight by our own clock Alipay is not even asked', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  await gateway.call('POST /clock', { offsetMs: -DAY_MS });
  const payment = await takePayment(world);

  const cancelled = await merchant.cancel({ transactionId: payment.id });

  expect(cancelled).toMatchObject({
    transaction: { status: 'PAID', cancellableUntil: null, cancelPending: false },
    userErrors: [{ code: 'CANCEL_WINDOW_CLOSED', alipayCode: null }],
  });
  expect(await merchant.gatewayCalls({ service: ACQUIRE_CANCEL })).toEqual([]);
});

test('an unknown cancel that the window has closed on is decided by what the trade is', async () => {
  const worlds = await Promise.all(
    (['reset', 'reset-after-effect'] as const).map(async (fault) => {
      const world = await startWorld();
      const { merchant, gateway } = world;
      const payment = await takePayment(world);
      await gateway.fault('notification', 'drop', 1_000);
      await gateway.fault(ACQUIRE_CANCEL, fault);
      await gateway.fault(ACQUIRE_CANCEL, 'refuse:TRADE_CANCEL_TIME_OUT', 1_000);
      const cancelled = await merchant.cancel({ transactionId: payment.id });
      expect(cancelled).toMatchObject({ transaction: { cancelPending: true }, userErrors: [] });

      const end = await merchant.transactionOf(
        { trade_no: payment.alipayTransId },
        ({ cancelPending }) => !cancelPending,
      );
      const events = (await merchant.timeline(payment.id)).map(({ type }) => type);
      return [fault, end.status, events.at(-1)];
    }),
  );

  expect(worlds).toEqual([
    ['reset', 'PAID', 'CANCEL_FAILED'],
    ['reset-after-effect', 'CANCELLED', 'CANCELLED'],
  ]);
});

test('a payment that was refunded cannot be cancelled, nor one under cancel refunded (decision 14)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const refunded = await takePayment(world);
  await merchant.refund({
    transactionId: refunded.id,
    amount: { amount: '1.00', currency: 'HKD' },
    idempotencyKey: 'one',
  });
  const cancelling = await takePayment(world);
  await gateway.fault(ACQUIRE_CANCEL, 'reset', 2);
  await merchant.cancel({ transactionId: cancelling.id });

  const refusals = [
    await merchant.cancel({ transactionId: refunded.id }),
    await merchant.refund({ transactionId: cancelling.id, idempotencyKey: 'two' }),
  ];

  expect(refusals.map(({ userErrors }) => userErrors[0]?.code)).toEqual([
    'NOT_ALLOWED_IN_STATE',
    'NOT_ALLOWED_IN_STATE',
  ]);
  expect(await gateway.bookedTrade(refunded.alipayTransId)).toMatchObject({
    cancelled: false,
    refunded: '1.00',
  });
});

test('an unpaid trade is on record once asked for, and a cancel closes it', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const trade = await gateway.pay({ qrcode: qrCode.code, amount: '20.00', paid: false });

  const asked = await merchant.recover({
    partnerTransId: trade.out_trade_no,
    qrCodeId: qrCode.id,
  });
  expect(asked).toMatchObject({
    transaction: { status: 'AWAITING_PAYMENT', alipayStatus: 'WAIT_BUYER_PAY', paidAt: null },
  });
  const id = asked.transaction?.id;
  expect(await merchant.refund({ transactionId: id, idempotencyKey: 'no' })).toMatchObject({
    userErrors: [{ code: 'NOT_ALLOWED_IN_STATE' }],
  });
  expect(await merchant.cancel({ transactionId: id })).toMatchObject({
    transaction: { status: 'CANCELLED', refundedAmount: { amount: '0.00' } },
    userErrors: [],
  });
  expect(await gateway.bookedTrade(trade.trade_no)).toMatchObject({
    trade_status: 'TRADE_CLOSED',
    cancelled: true,
  });
});

/** The message that tells of a trade's closing, once it was taken in. */
function closingIsHeard({ gateway }: World, tradeNo: string): Promise<boolean> {
  return waitFor('the closing to be heard', async () => {
    const { notifications } = await gateway.bookedTrade(tradeNo);
    return notifications.some(
      ({ trade_status: status, acknowledged }) => status === 'TRADE_CLOSED' && acknowledged,
    );
  });
}

test('a closing that overtakes the answer to a full refund leaves the payment REFUNDED, not CLOSED', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world);
  await gateway.fault(SPOT_REFUND, 'slow:700');

  const refunding = merchant.refund({ transactionId: payment.id, idempotencyKey: 'all' });
  await closingIsHeard(world, payment.alipayTransId);
  const meanwhile = await waitFor('the closing to be applied', async () => {
    const seen = await merchant.transactionBy({ id: payment.id });
    return seen?.alipayStatus === 'TRADE_CLOSED' && seen;
  });

  expect(['PAID', 'REFUNDED']).toContain(meanwhile.status);
  expect(await refunding).toMatchObject({
    refund: { status: 'SUCCEEDED' },
    transaction: { status: 'REFUNDED', refundedAmount: { amount: '20.00' } },
    userErrors: [],
  });
});

test('a closing that overtakes the answer to a cancel cancels the payment, once', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world);
  await gateway.fault(ACQUIRE_CANCEL, 'slow:700');

  const cancelling = merchant.cancel({ transactionId: payment.id });
  await closingIsHeard(world, payment.alipayTransId);

  expect(await cancelling).toMatchObject({
    transaction: { status: 'CANCELLED', cancelPending: false },
    userErrors: [],
  });
  expect((await merchant.timeline(payment.id)).map(({ type }) => type)).toEqual([
    'PAYMENT_RECEIVED',
    'CANCEL_REQUESTED',
    'CANCELLED',
  ]);
});

test('of a cancel and a refund at once exactly one is done', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world);

  const [cancelled, refunded] = await Promise.all([
    merchant.cancel({ transactionId: payment.id }),
    merchant.refund({ transactionId: payment.id, idempotencyKey: 'all' }),
  ]);

  const codes = [cancelled, refunded].map(({ userErrors }) => userErrors[0]?.code ?? 'DONE');
  expect([...codes].sort()).toEqual(['DONE', 'NOT_ALLOWED_IN_STATE']);
  const trade = await gateway.bookedTrade(payment.alipayTransId);
  expect([trade.cancelled, trade.refunds.length]).toEqual(
    codes[0] === 'DONE' ? [true, 0] : [false, 1],
  );
});

test('a trade that times out unpaid is CLOSED, and one that is paid late is PAID', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const unpaid = { qrcode: qrCode.code, amount: '20.00', paid: false };
  const [forgotten, late] = [await gateway.pay(unpaid), await gateway.pay(unpaid)];

  await gateway.call(`POST /trades/${forgotten.trade_no}/close`);
  await gateway.call(`POST /trades/${late.trade_no}/pay`);

  const closed = await merchant.transactionOf(forgotten);
  expect(closed).toMatchObject({ status: 'CLOSED', paidAt: null });
  expect((await merchant.timeline(closed.id)).map(({ type }) => type)).not.toContain(
    'PAYMENT_RECEIVED',
  );
  expect(await merchant.transactionOf(late)).toMatchObject({ status: 'PAID' });
});
