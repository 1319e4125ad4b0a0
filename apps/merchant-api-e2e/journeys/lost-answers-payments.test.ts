import { endWorldsInAgreement } from '../support/expect-sums-agree';
import {
  ACQUIRE_CANCEL,
  byKind,
  everyKind,
  forEachKind,
  LOST_ANSWERS,
  OVERSEAS_QUERY,
} from '../support/lost-answers';
import { takePayment, takePayments } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { startWorld } from '../support/world';

afterEach(endWorldsInAgreement);

test('a cancel without a certain answer is pending, and gives the money back once (decision 14)', async () => {
  const world = await startWorld({ worker: 'apart' });
  const { merchant, gateway } = world;
  const counter = await merchant.openCounter();
  await world.startWorker();
  const payments = await takePayments(
    world,
    counter,
    LOST_ANSWERS.map(() => '20.00'),
  );
  await world.stopWorker();
  await gateway.fault('notification', 'drop', 1_000); // the repeats alone must find out

  const asked = await forEachKind(async (kind, index) => {
    await gateway.fault(ACQUIRE_CANCEL, kind);
    return merchant.cancel({ transactionId: payments[index]?.id });
  });

  expect(
    byKind(asked, ({ transaction, userErrors }) => [
      transaction?.status,
      transaction?.cancelPending,
      userErrors,
    ]),
  ).toEqual(everyKind(['PAID', true, []]));

  await world.startWorker();
  await waitFor('all cancels settled', async () => {
    const now = await merchant.transactions();
    return now.every(({ status, cancelPending }) => status === 'CANCELLED' && !cancelPending);
  });

  const books = await gateway.books();
  expect(books.map(({ cancelled, refunds }) => [cancelled, refunds.length])).toEqual(
    LOST_ANSWERS.map(() => [true, 0]),
  );
  const timeline = await merchant.timeline(payments[1]?.id ?? '');
  expect(timeline.map(({ type }) => type)).toEqual([
    'PAYMENT_RECEIVED',
    'CANCEL_REQUESTED',
    'CANCELLED',
  ]);
});

test('a refresh and a recovery without a certain answer change nothing and say so (decision 4)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const before = await takePayment(world);

  const answers = await forEachKind(async (kind) => {
    await gateway.fault(OVERSEAS_QUERY, kind, 2);
    const refreshed = await merchant.refresh({ transactionId: before.id });
    const recovered = await merchant.recover({ partnerTransId: before.partnerTransId });
    return { refreshed, recovered };
  });

  const unavailable = ['ALIPAY_UNAVAILABLE', null];
  expect(
    byKind(answers, ({ refreshed, recovered }) =>
      [refreshed, recovered].map(({ userErrors: [error] }) => [error?.code, error?.alipayCode]),
    ),
  ).toEqual(everyKind([unavailable, unavailable]));
  expect(await merchant.transactionBy({ id: before.id })).toEqual(before);
  expect(await merchant.refresh({ transactionId: before.id })).toMatchObject({
    transaction: { status: 'PAID' },
    userErrors: [],
  });
});

test('the paying wallet is asked for again until the answer is certain (decision 11)', async () => {
  const world = await startWorld();
  const counter = await world.merchant.openCounter();
  // That our key is wrong is no answer about a payment: it is asked again once the key is right.
  const kinds = [...LOST_ANSWERS, 'refuse-unsigned:ILLEGAL_SIGN'];
  for (const kind of kinds) await world.gateway.fault(OVERSEAS_QUERY, kind);

  const payments = await takePayments(
    world,
    counter,
    kinds.map(() => '20.00'),
  );

  expect(payments.map(({ paymentInstitution, status }) => [paymentInstitution, status])).toEqual(
    kinds.map(() => ['ALIPAY_HK', 'PAID']),
  );
  expect(await world.gateway.waitingFaults()).toEqual([]);
});
