import { endWorldsInAgreement } from '../support/expect-sums-agree';
import {
  byKind,
  everyKind,
  forEachKind,
  LOST_ANSWERS,
  REFUND_QUERY,
  SPOT_REFUND,
} from '../support/lost-answers';
import { takePayment, takePayments } from '../support/payments';
import type { RefundShape, TransactionShape } from '../support/shapes';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

/** A world in which one payment per kind is known, and nothing works in the background. */
async function startWithPayments(): Promise<{ world: World; payments: TransactionShape[] }> {
  const world = await startWorld({ worker: 'apart' });
  const counter = await world.merchant.openCounter();
  await world.startWorker();
  const payments = await takePayments(
    world,
    counter,
    LOST_ANSWERS.map(() => '20.00'),
  );
  await world.stopWorker();
  return { world, payments };
}

/** The one refund of each payment, once it is settled. */
async function settledRefunds(
  { merchant }: World,
  payments: readonly { readonly id: string }[],
): Promise<RefundShape[]> {
  return waitFor('all refunds settled', async () => {
    const now = await merchant.transactions();
    const refunds = payments
      .flatMap((payment) => now.filter(({ id }) => id === payment.id))
      .flatMap((payment) => payment.refunds)
      .filter(({ status }) => status !== 'PENDING');
    return refunds.length === payments.length && refunds;
  });
}

async function booksAgree({ gateway }: World, amount: string): Promise<void> {
  const trades = await gateway.books();
  expect(trades.map(({ refunded, refunds }) => [refunded, refunds.length])).toEqual(
    trades.map(() => [amount, 1]),
  );
}

test('a refund without a certain answer stays pending, and is paid once under its one id (decisions 4 and 5)', async () => {
  const { world, payments } = await startWithPayments();
  const { merchant, gateway } = world;

  const asked = await forEachKind(async (kind, index) => {
    await gateway.fault(SPOT_REFUND, kind);
    return merchant.refund({
      transactionId: payments[index]?.id,
      amount: { amount: '5.00', currency: 'HKD' },
      idempotencyKey: kind,
    });
  });

  expect(
    byKind(asked, ({ refund, transaction, userErrors }) => [
      refund?.status,
      transaction?.status,
      transaction?.refundableAmount.amount,
      userErrors,
    ]),
  ).toEqual(everyKind(['PENDING', 'PAID', '15.00', []]));

  await world.startWorker();
  const ends = await settledRefunds(world, payments);

  expect(ends.map(({ status, nextCheckAt }) => [status, nextCheckAt])).toEqual(
    LOST_ANSWERS.map(() => ['SUCCEEDED', null]),
  );
  expect(ends.map(({ partnerRefundId }) => partnerRefundId)).toEqual(
    LOST_ANSWERS.map((kind) => asked[kind]?.refund?.partnerRefundId),
  );
  await booksAgree(world, '5.00');
});

test('a refund is settled by the query when every repeat goes wrong, however often the query does too', async () => {
  const { world, payments } = await startWithPayments();
  const { merchant, gateway } = world;
  await gateway.fault(SPOT_REFUND, 'reset-after-effect', LOST_ANSWERS.length);
  await gateway.fault(SPOT_REFUND, 'system-error', 1_000);
  for (const kind of LOST_ANSWERS) await gateway.fault(REFUND_QUERY, kind);

  for (const { id } of payments) {
    const { refund } = await merchant.refund({ transactionId: id, idempotencyKey: 'all' });
    expect(refund?.status).toBe('PENDING');
  }
  await world.startWorker();
  const ends = await settledRefunds(world, payments);

  expect(ends.map(({ status }) => status)).toEqual(LOST_ANSWERS.map(() => 'SUCCEEDED'));
  expect(Math.min(...ends.map(({ attempts }) => attempts))).toBeGreaterThanOrEqual(3);
  const left = await gateway.waitingFaults();
  expect(left.filter(({ service }) => service === REFUND_QUERY)).toEqual([]);
  await booksAgree(world, '20.00');
});

test('the refusal of a repeat settles a refund only together with a query that knows of none', async () => {
  const table = [
    // first attempt, the repeat, what becomes of it, after how many attempts
    ['reset-after-effect', 'refuse:TRADE_HAS_CLOSE', 'SUCCEEDED', null, 2],
    ['reset-after-effect', 'refuse-unsigned:ILLEGAL_SIGN', 'SUCCEEDED', null, 2],
    ['reset', 'refuse:TRADE_HAS_CLOSE', 'FAILED', 'TRADE_HAS_CLOSE', 2],
    ['reset', 'refuse-unsigned:ILLEGAL_SIGN', 'SUCCEEDED', null, 3],
  ] as const;

  const ends = await Promise.all(
    table.map(async ([first, repeat]) => {
      const world = await startWorld();
      const { id } = await takePayment(world);
      await world.gateway.fault(SPOT_REFUND, first);
      await world.gateway.fault(SPOT_REFUND, repeat);
      const { refund } = await world.merchant.refund({ transactionId: id, idempotencyKey: 'key' });
      expect(refund?.status).toBe('PENDING');

      const [end] = await settledRefunds(world, [{ id }]);
      const [trade] = await world.gateway.books();
      return [first, repeat, end?.status, end?.failureCode, end?.attempts, trade?.refunded];
    }),
  );

  expect(ends).toEqual(table.map((row) => [...row, row[2] === 'SUCCEEDED' ? '20.00' : '0.00']));
});

test('a definite no to the first attempt fails the refund, and leaves its key free (decisions 4 and 15)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { id } = await takePayment(world);
  const ask = { transactionId: id, idempotencyKey: 'the-key' };

  for (const no of ['refuse:MERCHANT_BALANCE_NOT_ENOUGH', 'refuse-unsigned:ILLEGAL_SIGN']) {
    await gateway.fault(SPOT_REFUND, no);
    const refused = await merchant.refund(ask);
    const alipayCode = no.split(':')[1];
    expect(refused).toMatchObject({
      refund: { status: 'FAILED', failureCode: alipayCode },
      transaction: { status: 'PAID', refundableAmount: { amount: '20.00' } },
      replayed: false,
      userErrors: [{ code: 'ALIPAY_REJECTED', alipayCode }],
    });
  }
  expect(await merchant.refund(ask)).toMatchObject({
    refund: { status: 'SUCCEEDED' },
    transaction: { status: 'REFUNDED' },
    replayed: false,
    userErrors: [],
  });
  await booksAgree(world, '20.00');
});

test('a refund that Alipay never answers is closed by a person, with a note (decision 5)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const payment = await takePayment(world);
  await gateway.fault(SPOT_REFUND, 'system-error', 1_000);
  await gateway.fault(REFUND_QUERY, 'unknown-result', 1_000);
  const ask = (idempotencyKey: string) =>
    merchant.refund({
      transactionId: payment.id,
      amount: { amount: '5.00', currency: 'HKD' },
      idempotencyKey,
    });
  const [given, kept] = [await ask('given'), await ask('kept')];
  const resolve = (refundId: string | undefined, outcome: string) =>
    merchant.resolveRefund({ refundId, outcome, note: 'Seen in the portal on Monday.' });

  const succeeded = await resolve(given.refund?.id, 'SUCCEEDED');
  const failed = await resolve(kept.refund?.id, 'FAILED');

  expect(succeeded).toMatchObject({ refund: { status: 'SUCCEEDED' }, userErrors: [] });
  expect(failed).toMatchObject({
    refund: { status: 'FAILED', nextCheckAt: null },
    transaction: {
      status: 'PARTIALLY_REFUNDED',
      refundedAmount: { amount: '5.00' },
      refundableAmount: { amount: '15.00' },
    },
    userErrors: [],
  });
  expect(await resolve(kept.refund?.id, 'SUCCEEDED')).toMatchObject({
    refund: { status: 'FAILED' },
    userErrors: [{ code: 'NOT_ALLOWED_IN_STATE' }],
  });
});
