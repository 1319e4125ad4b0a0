import { ACQUIRE_CANCEL, SPOT_REFUND } from '../support/lost-answers';
import { takePayment } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

afterEach(endWorlds);

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
