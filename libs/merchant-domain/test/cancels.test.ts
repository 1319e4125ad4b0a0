import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { claimTransaction, type TransactionResult } from '../src/transaction/claim-transaction';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { refundTransaction } from '../src/refund/refund-transaction';
import { salesReport } from '../src/report/sales-report';
import { askPayingWallets } from '../src/transaction/ask-paying-wallets';
import { refreshTransaction } from '../src/transaction/refresh-transaction';
import { settleCancel } from '../src/transaction/settle-cancel';
import { settlePendingCancels } from '../src/transaction/settle-pending-cancels';
import { Transaction } from '../src/transaction/transaction.entity';
import {
  type Answering,
  cut,
  held,
  refusal,
  signed,
  silence,
  unsignedRefusal,
  tradeIs,
} from './support/gateway';
import { notify, openInbox, receivePayment } from './support/payments';
import { callerOf, createWorld, heldUpDomain, type World } from './support/world';

const CANCEL = 'alipay.acquire.cancel';
const QUERY = 'alipay.acquire.overseas.query';

const yes: Answering = (request) =>
  signed({
    result_code: 'SUCCESS',
    out_trade_no: request['out_trade_no'] ?? '',
    action: 'refund',
    retry_flag: 'N',
  });
const no =
  (code: string): Answering =>
  (request) =>
    refusal(code, { out_trade_no: request['out_trade_no'] ?? '', retry_flag: 'N' });

type Received = Awaited<ReturnType<typeof receivePayment>>;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

function cancel(transaction: Transaction, caller = world.owner): Promise<TransactionResult> {
  return cancelTransaction(world.domain, { caller, transactionId: transaction.id });
}

async function reload({ id }: Transaction): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, { id });
}

async function eventTypes({ id }: Transaction): Promise<string[]> {
  const events = await world.database.manager.find(TransactionEvent, {
    where: { transactionId: id },
    order: { position: 'ASC' },
  });
  return events.map(({ type }) => type);
}

async function settle(): Promise<void> {
  await settlePendingCancels(world.domain, { limit: 10 });
}

test('refuses above the limit, outside the stores and after the window, without a call (decision 14)', async () => {
  const { transaction } = await receivePayment(world);
  const limited = callerOf('CASHIER', { refundLimit: { minor: 999n, currency: 'HKD' } });

  expect(await cancel(transaction, limited)).toMatchObject({ refusal: 'REFUND_LIMIT_EXCEEDED' });
  expect(await cancel(transaction, callerOf('CASHIER', { storeIds: [] }))).toMatchObject({
    refusal: 'NOT_FOUND',
  });
  await expect(cancel(transaction, callerOf('AUDITOR'))).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  world.clock.set(new Date('2026-01-02T16:00:00Z'));
  expect(await cancel(transaction)).toMatchObject({ refusal: 'CANCEL_WINDOW_CLOSED' });
  expect(world.gateway.requestsTo(CANCEL)).toHaveLength(0);
});

test.each<[string, Answering, string]>([
  ['a definite no', no('TRADE_STATUS_ERROR'), 'ALIPAY_REJECTED'],
  ["Alipay's own end of the window", no('TRADE_CANCEL_TIME_OUT'), 'CANCEL_WINDOW_CLOSED'],
  ['an unsigned configuration error', unsignedRefusal('ILLEGAL_SIGN'), 'ALIPAY_REJECTED'],
])('%s at the first attempt ends it (decision 4)', async (_name, answer, code) => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(answer);

  expect(await cancel(transaction)).toMatchObject({
    refusal: code,
    transaction: { cancelStatus: 'FAILED', status: 'PAID' },
  });
  expect(await eventTypes(transaction)).toEqual([
    'PAYMENT_RECEIVED',
    'CANCEL_REQUESTED',
    'CANCEL_FAILED',
  ]);
});

test('a yes cancels; the same again changes nothing and calls nobody', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(yes);

  expect(await cancel(transaction)).toMatchObject({
    transaction: { status: 'CANCELLED', cancelStatus: 'DONE' },
  });
  expect(await cancel(transaction)).toMatchObject({ transaction: { status: 'CANCELLED' } });
  expect(world.gateway.requestsTo(CANCEL)).toHaveLength(1);
  expect(await eventTypes(transaction)).toEqual([
    'PAYMENT_RECEIVED',
    'CANCEL_REQUESTED',
    'CANCELLED',
  ]);
});

test('a yes that does not say what was done cancels nothing before a query shows the trade closed', async () => {
  const { transaction } = await receivePayment(world);
  const bare: Answering = (request) =>
    signed({ result_code: 'SUCCESS', out_trade_no: request['out_trade_no'] ?? '' });
  world.gateway.next(bare);

  expect(await cancel(transaction)).toMatchObject({
    transaction: { status: 'PAID', cancelStatus: 'PENDING' },
  });
  expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED', 'CANCEL_REQUESTED']);

  world.clock.advance(5_000);
  world.gateway.next(bare, tradeIs('TRADE_CLOSED'));
  await settle();
  expect(await reload(transaction)).toMatchObject({ status: 'CANCELLED', cancelStatus: 'DONE' });
});

test.each(['close', 'CLOSE'])(
  'a yes that only closed the trade is pending, for the payment has not been given back: %s',
  async (action) => {
    const { transaction } = await receivePayment(world);
    world.gateway.next((request) =>
      signed({
        ...{ result_code: 'SUCCESS', action },
        out_trade_no: request['out_trade_no'] ?? '',
      }),
    );

    const result = await cancel(transaction);

    expect(result).not.toHaveProperty('refusal');
    expect(result.transaction).toMatchObject({ status: 'PAID', cancelStatus: 'PENDING' });
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED', 'CANCEL_REQUESTED']);
  },
);

test('an unknown cancel is pending without a refusal, blocks refunds, and settles by its repeat', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(silence);

  const pending = await cancel(transaction);
  const refunded = await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    idempotencyKey: 'k',
  });
  world.gateway.next(yes);
  world.clock.advance(5_000);
  await settle();

  expect(pending).not.toHaveProperty('refusal');
  expect(pending).toMatchObject({ transaction: { cancelStatus: 'PENDING', status: 'PAID' } });
  expect(refunded).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  expect(await reload(transaction)).toMatchObject({
    status: 'CANCELLED',
    cancelAttempts: 2,
    cancelNextCheckAt: null,
  });
});

test.each<[string, Answering[], string]>([
  ['closed', [no('TRADE_STATUS_ERROR'), tradeIs('TRADE_CLOSED')], 'DONE'],
  ['still paid', [no('TRADE_CANCEL_TIME_OUT'), tradeIs('TRADE_SUCCESS')], 'FAILED'],
  ['not told', [cut, cut], 'PENDING'],
])(
  'after the window the query decides: the trade is %s (decision 5)',
  async (_name, answers, cancelStatus) => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(cut);
    await cancel(transaction);
    world.clock.set(new Date('2026-01-02T16:30:01Z'));
    world.gateway.next(...answers);

    await settle();

    expect(await reload(transaction)).toMatchObject({ cancelStatus });
  },
);

test('a call that left within the window, and has no answer when it ends, decides nothing yet', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await cancel(transaction);
  world.clock.set(new Date('2026-01-02T15:59:55Z'));
  world.gateway.next(() => {
    world.clock.set(new Date('2026-01-02T16:00:05Z'));
    return cut;
  });
  world.gateway.always(QUERY, tradeIs('TRADE_SUCCESS'));
  await settle();
  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'PENDING' });

  world.clock.advance(60_000);
  world.gateway.next(no('TRADE_CANCEL_TIME_OUT'));
  await settle();

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'FAILED' });
});

test('a call that was held up for longer than its lease does not leave, and is asked for again', async () => {
  const { transaction } = await receivePayment(world);
  const heldUp = heldUpDomain(world);

  const result = await cancelTransaction(heldUp, {
    caller: world.owner,
    transactionId: transaction.id,
  });
  expect(result).toMatchObject({ transaction: { cancelStatus: 'PENDING', cancelAttempts: 1 } });
  expect(world.gateway.requestsTo(CANCEL)).toHaveLength(0);
  world.gateway.next(yes);
  world.clock.advance(5_000);
  await settle();

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE' });
  expect(world.gateway.requestsTo(CANCEL)).toHaveLength(1);
});

test('who asked for a cancel hears that it has failed, also where the answer to a repeat was quicker', async () => {
  const { transaction } = await receivePayment(world);
  const call = held();
  world.gateway.next(call.answer, no('TRADE_CANCEL_TIME_OUT'), tradeIs('TRADE_SUCCESS'));
  const answered = cancel(transaction);
  await call.arrived;
  world.clock.advance(60_000);
  await settle();
  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'FAILED' });
  call.release(cut);

  expect(await answered).toMatchObject({
    refusal: 'CANCEL_WINDOW_CLOSED',
    transaction: { status: 'PAID', cancelStatus: 'FAILED' },
  });
});

test('within the window a refused repeat settles nothing', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut, no('TRADE_STATUS_ERROR'));
  await cancel(transaction);
  world.clock.advance(5_000);

  await settle();

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'PENDING', status: 'PAID' });
});

test('after a cancel that may yet take effect, the refusal of a new one is that of a repeat', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut, no('TRADE_CANCEL_TIME_OUT'), tradeIs('TRADE_SUCCESS'));
  await cancel(transaction);
  world.clock.advance(60_000);
  await settle();
  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'FAILED', cancelAttempts: 2 });
  world.gateway.next(no('TRADE_STATUS_ERROR'));

  expect(await cancel(transaction)).toMatchObject({
    transaction: { cancelStatus: 'PENDING', cancelAttempts: 3 },
  });
});

test('after a cancel that was refused for certain, the refusal of a new one is certain too', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(no('TRADE_STATUS_ERROR'), no('TRADE_STATUS_ERROR'));
  await cancel(transaction);

  expect(await cancel(transaction)).toMatchObject({
    refusal: 'ALIPAY_REJECTED',
    transaction: { cancelStatus: 'FAILED', cancelAttempts: 1 },
  });
});

test('a late yes to a cancel that counts as failed is a visible discrepancy, and Alipay is asked', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut, no('TRADE_CANCEL_TIME_OUT'), tradeIs('TRADE_SUCCESS'));
  await cancel(transaction);
  world.clock.advance(60_000);
  await settle();

  await settleCancel(
    world.domain,
    transaction.id,
    { kind: 'SUCCEEDED', answer: { outTradeNo: transaction.partnerTransId ?? '' } },
    'worker',
  );
  world.gateway.next(tradeIs('TRADE_CLOSED'));
  await askPayingWallets(world.domain, { limit: 10 });

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'FAILED', status: 'CLOSED' });
  expect(await eventTypes(transaction)).toEqual([
    'PAYMENT_RECEIVED',
    'CANCEL_REQUESTED',
    'CANCEL_FAILED',
    'DISCREPANCY_FOUND',
    'STATUS_CHANGED',
  ]);
});

test('a payment that the query about a pending cancel tells of is received', async () => {
  const { transaction } = await receivePayment(world, { trade_status: 'WAIT_BUYER_PAY' });
  world.gateway.next(cut, no('TRADE_CANCEL_TIME_OUT'), tradeIs('TRADE_SUCCESS'));
  await cancel(transaction);
  world.clock.advance(60_000);

  await settle();

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'FAILED', status: 'PAID' });
  expect(await eventTypes(transaction)).toEqual([
    'CANCEL_REQUESTED',
    'PAYMENT_RECEIVED',
    'CANCEL_FAILED',
  ]);
});

test('the closing notification settles a pending cancel, once, whatever answer follows', async () => {
  const { transaction, code, fields } = await receivePayment(world);
  const call = held();
  world.gateway.next(call.answer);
  const inbox = openInbox(world);

  const answer = cancel(transaction);
  const request = await call.arrived;
  await notify(
    inbox,
    { ...fields, notify_id: `${fields['notify_id'] ?? ''}-closed`, trade_status: 'TRADE_CLOSED' },
    code.id,
  );
  await processNotifications(world.domain, { limit: 10 });
  call.release(
    signed({
      result_code: 'SUCCESS',
      out_trade_no: request['out_trade_no'] ?? '',
      action: 'refund',
    }),
  );

  expect(await answer).toMatchObject({ transaction: { status: 'CANCELLED' } });
  expect(await eventTypes(transaction)).toEqual([
    'PAYMENT_RECEIVED',
    'CANCEL_REQUESTED',
    'CANCELLED',
  ]);
  expect(
    await world.database.manager.findOneByOrFail(TransactionEvent, { type: 'CANCELLED' }),
  ).toMatchObject({ amountMinor: 1000n, currency: 'HKD' });
  await inbox.close();
});

test('a pending cancel that a query shows as done is given back when that was heard, not when it was paid', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await cancel(transaction);
  world.clock.advance(3 * 3_600_000);
  world.gateway.next((request) =>
    signed({
      result_code: 'SUCCESS',
      alipay_trans_status: 'TRADE_CLOSED',
      alipay_trans_id: request['alipay_trans_id'] ?? '',
      partner_trans_id: request['partner_trans_id'] ?? '',
      alipay_pay_time: '2026-01-02 15:04:03',
    }),
  );
  await refreshTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });

  const day = { from: '2026-01-02', to: '2026-01-02', groupBy: 'HOUR' } as const;
  expect(await salesReport(world.database, world.owner, day)).toMatchObject([
    { key: '2026-01-02T15', grossMinor: 1000n, refundedMinor: 0n },
    { key: '2026-01-02T18', grossMinor: 0n, refundedMinor: 1000n },
  ]);
});

test.each<[string, (heard: Received) => Promise<void>]>([
  [
    'its repeat',
    async () => {
      world.gateway.next(yes);
      await settle();
    },
  ],
  [
    'a query',
    async ({ transaction }) => {
      world.gateway.next(tradeIs('TRADE_CLOSED'));
      await refreshTransaction(world.domain, {
        caller: world.owner,
        transactionId: transaction.id,
      });
    },
  ],
  [
    'a message',
    async ({ fields, code }) => {
      const inbox = openInbox(world);
      const closed = { notify_time: '2026-01-03 00:00:20', trade_status: 'TRADE_CLOSED' };
      await notify(inbox, { ...fields, notify_id: 'closed', ...closed }, code.id);
      await processNotifications(world.domain, { limit: 10 });
      await inbox.close();
    },
  ],
])('a cancel that %s tells of after midnight was one of the day before', async (_, hear) => {
  const received = await receivePayment(world);
  world.clock.set(new Date('2026-01-02T15:59:50Z')); // ten seconds before the Beijing midnight
  world.gateway.next(cut);
  await cancel(received.transaction);
  world.clock.advance(30_000);
  await hear(received);

  const days = { from: '2026-01-01', to: '2026-01-04', groupBy: 'DAY' } as const;
  expect(await salesReport(world.database, world.owner, days)).toMatchObject([
    { key: '2026-01-02', grossMinor: 1000n, refundedMinor: 1000n },
  ]);
});

test('a cancel and a refund of one payment at once never both take money', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.always(CANCEL, yes);
  world.gateway.always('alipay.acquire.overseas.spot.refund', (request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );

  const results = await Promise.all([
    cancel(transaction),
    refundTransaction(world.domain, {
      caller: world.owner,
      transactionId: transaction.id,
      idempotencyKey: 'k',
    }),
  ]);

  expect(results.filter((result) => 'refusal' in result)).toHaveLength(1);
});

test('a payment belongs to one sale: the same again is a replay, another is refused (decision 16)', async () => {
  const { transaction } = await receivePayment(world);
  const claim = (saleReference: string): Promise<TransactionResult> =>
    claimTransaction(world.domain, {
      caller: callerOf('CASHIER'),
      transactionId: transaction.id,
      saleReference,
    });

  expect(await claim(' ')).toMatchObject({ refusal: 'INVALID_INPUT', field: ['saleReference'] });
  const results = await Promise.all([
    claim('SALE-1'),
    claim('SALE-1'),
    claim('SALE-2'),
    claim('SALE-3'),
  ]);
  const owner = (await reload(transaction)).saleReference ?? '';

  expect(results.filter((result) => !('refusal' in result)).length).toBe(
    owner === 'SALE-1' ? 2 : 1,
  );
  expect(await claim(owner)).toMatchObject({ transaction: { saleReference: owner } });
  expect((await eventTypes(transaction)).filter((type) => type === 'CLAIMED')).toHaveLength(1);
});

test.each<[string, (transaction: Transaction) => Promise<unknown>]>([
  ['a cancel', (transaction) => cancel(transaction)],
  [
    'a refund of all',
    ({ id: transactionId }) =>
      refundTransaction(world.domain, { caller: world.owner, transactionId, idempotencyKey: 'k' }),
  ],
])('what %s without an answer may be giving back pays for no sale', async (_, giveBack) => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await giveBack(transaction);

  const claimed = await claimTransaction(world.domain, {
    caller: callerOf('CASHIER'),
    transactionId: transaction.id,
    saleReference: 'SALE-1',
  });

  expect(claimed).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  expect(await reload(transaction)).toMatchObject({ status: 'PAID', saleReference: null });
});
