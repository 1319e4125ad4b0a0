import { PAYMENT_RECEIVED } from '../support/documents';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { SPOT_REFUND } from '../support/lost-answers';
import { waitFor } from '../support/wait-for';
import { startWorld } from '../support/world';

afterEach(endWorldsInAgreement);

/** Two instances of the API, each with its workers, on one database behind one address. */
async function startTwoInstances() {
  const one = await startWorld();
  const two = await startWorld({
    env: {
      DATABASE_URL: one.databaseUrl,
      ALIPAY_GATEWAY_URL: one.gatewayUrl,
      PUBLIC_URL: one.apiUrl,
    },
  });
  return { one, two };
}

test('whoever listens at either instance hears every payment once, in the same order', async () => {
  const { one, two } = await startTwoInstances();
  const { qrCode } = await one.merchant.openCounter();
  const streams = await Promise.all([one, two].map((world) => world.subscribe(PAYMENT_RECEIVED)));

  const trades = await Promise.all(
    Array.from({ length: 20 }, (_customer, index) =>
      one.gateway.pay({ qrcode: qrCode.code, amount: `${index + 1}.00` }),
    ),
  );
  await waitFor('every payment on both sides', () =>
    streams.every(({ received }) => received.length >= trades.length),
  );

  const heard = streams.map(({ received }) =>
    received.map(({ paymentReceived }) => paymentReceived.transaction.alipayTransId),
  );
  expect(heard[0]).toEqual(heard[1]);
  expect([...(heard[0] ?? [])].sort()).toEqual(trades.map(({ trade_no }) => trade_no).sort());
});

test('one refund asked for at both instances is made once, also when its answer is lost', async () => {
  const { one, two } = await startTwoInstances();
  const { qrCode } = await one.merchant.openCounter();
  const trade = await one.gateway.pay({ qrcode: qrCode.code, amount: '30.00' });
  const payment = await one.merchant.transactionOf(trade);
  expect(await two.merchant.transactionBy({ id: payment.id })).toMatchObject({ id: payment.id });
  await one.gateway.fault(SPOT_REFUND, 'reset-after-effect');

  const answers = await Promise.all(
    Array.from({ length: 16 }, (_till, index) =>
      (index % 2 === 0 ? one : two).merchant.refund({
        transactionId: payment.id,
        idempotencyKey: 'the-one',
      }),
    ),
  );

  expect(new Set(answers.map(({ refund }) => refund?.id)).size).toBe(1);
  await two.merchant.transactionOf(trade, ({ status }) => status === 'REFUNDED');
  expect(await one.gateway.bookedTrade(trade.trade_no)).toMatchObject({
    refunded: '30.00',
    refunds: [{ amount: '30.00' }],
  });
});
