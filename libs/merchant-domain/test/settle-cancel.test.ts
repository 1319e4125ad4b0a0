import {
  type AcquireCancelAnswer,
  createAlipayClient,
  type Outcome,
  type OverseasQueryAnswer,
} from '@countersign/alipay-services';

import { TransactionEvent } from '../src/event/transaction-event.entity';
import { settleCancel } from '../src/transaction/settle-cancel';
import { settlePendingCancels } from '../src/transaction/settle-pending-cancels';
import { Transaction } from '../src/transaction/transaction.entity';
import {
  type Answering,
  cut,
  gatewaySigner,
  gatewayVerifier,
  refusal,
  signed,
  tradeIs,
} from './support/gateway';
import { aTransaction } from './support/records';
import { createWorld, type World } from './support/world';

const CANCEL = 'alipay.acquire.cancel';
const QUERY = 'alipay.acquire.overseas.query';
const yes: Outcome<AcquireCancelAnswer> = { kind: 'SUCCEEDED', answer: { outTradeNo: 'P1' } };
const unknown = { kind: 'UNKNOWN', cause: 'silence' } as const;
const no = (alipayCode: string): Outcome<never> => ({ kind: 'REJECTED', alipayCode, signed: true });
/** As Alipay answers, too, of a trade that it does not know. */
const bare: Answering = (request) =>
  signed({ result_code: 'SUCCESS', out_trade_no: request['out_trade_no'] ?? '' });
const AFTER_THE_WINDOW = new Date('2026-01-02T16:30:00Z');

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** A cancel under way, of a payment of 12.50. */
async function pendingCancel(own: Partial<Transaction> = {}): Promise<Transaction> {
  const transaction = await aTransaction(world, {
    cancelStatus: 'PENDING',
    cancelRequestedBy: 'owner',
    cancelAttempts: 1,
    cancelNextCheckAt: world.clock.now(),
    ...own,
  });
  world.clock.advance(1_000);
  return transaction;
}

function withChange(transaction: Transaction, change: Partial<Transaction>): Transaction {
  return Object.assign(new Transaction(), transaction, change);
}

function reload({ id }: Transaction): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, { id });
}

function events(): Promise<TransactionEvent[]> {
  return world.database.manager.find(TransactionEvent, { order: { position: 'ASC' } });
}

function settle(limit = 10): Promise<number> {
  return settlePendingCancels(world.domain, { limit });
}

test('a yes cancels the payment, and tells of it once', async () => {
  const transaction = await pendingCancel();
  const bystander = await pendingCancel();
  const now = world.clock.now();

  const result = await settleCancel(world.domain, transaction.id, yes, 'owner');

  const cancelled = withChange(transaction, {
    status: 'CANCELLED',
    cancelStatus: 'DONE',
    cancelNextCheckAt: null,
    updatedAt: now,
  });
  expect(result).toEqual({ transaction: cancelled });
  expect(await reload(transaction)).toEqual(cancelled);
  expect(await reload(bystander)).toEqual(bystander);
  const told = await events();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    type: 'CANCELLED',
    status: 'CANCELLED',
    actor: 'owner',
    amountMinor: 1250n,
    occurredAt: now,
    detail: null,
  });
  expect(world.log).toEqual([
    {
      level: 'info',
      fact: 'cancel settled',
      ids: { transactionId: transaction.id, outcome: 'DONE' },
    },
  ]);
});

test.each([
  [
    'TRADE_STATUS_ERROR',
    'ALIPAY_REJECTED',
    /^Alipay refused to cancel this payment \(TRADE_STATUS_ERROR\), because the state of the payment does not allow it\. Nothing was given back/,
  ],
  ['TRADE_CANCEL_TIME_OUT', 'CANCEL_WINDOW_CLOSED', /until the Beijing midnight/],
])('a certain no (%s) ends it too, and is a refusal: %s', async (alipayCode, code, message) => {
  const transaction = await pendingCancel();
  const now = world.clock.now();

  const result = await settleCancel(world.domain, transaction.id, no(alipayCode), 'owner');

  const failed = withChange(transaction, {
    cancelStatus: 'FAILED',
    cancelFailureCode: alipayCode,
    cancelNextCheckAt: null,
    updatedAt: now,
  });
  expect(result).toEqual({
    refusal: code,
    message: expect.stringMatching(message) as string,
    alipayCode,
    transaction: failed,
  });
  expect(await reload(transaction)).toEqual(failed);
  expect(await events()).toMatchObject([
    { type: 'CANCEL_FAILED', status: 'PAID', amountMinor: 1250n, detail: { alipayCode } },
  ]);
  expect(world.log).toMatchObject([{ ids: { outcome: 'FAILED' } }]);
});

test.each([
  [1, 2_000],
  [4, 16_000],
])('without an answer to call %i it is asked again after %i ms', async (attempts, pauseMs) => {
  const transaction = await pendingCancel({ cancelAttempts: attempts });
  const now = world.clock.now();

  const result = await settleCancel(world.domain, transaction.id, unknown, 'owner');

  const waiting = withChange(transaction, {
    cancelNextCheckAt: new Date(now.getTime() + pauseMs),
    updatedAt: now,
  });
  expect(result).toEqual({ transaction: waiting });
  expect(await reload(transaction)).toEqual(waiting);
  expect(await events()).toEqual([]);
  expect(world.log).toEqual([]);
});

test('the query counts where it is given', async () => {
  const query = {
    kind: 'SUCCEEDED',
    answer: { tradeStatus: 'TRADE_CLOSED' } as OverseasQueryAnswer,
  } as const;
  const transaction = await pendingCancel({ cancelAttempts: 2 });

  await settleCancel(world.domain, transaction.id, unknown, 'owner', query);

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE', status: 'CANCELLED' });
});

describe('the answer to a call after which another was sent', () => {
  test.each([
    ['a no', no('TRADE_STATUS_ERROR')],
    ['silence', unknown],
  ])('%s: decides nothing, the newer call does', async (_what, call) => {
    const transaction = await pendingCancel({ cancelAttempts: 2 });

    const result = await settleCancel(world.domain, transaction.id, call, 'x', undefined, 1);

    expect(result).toEqual({ transaction });
    expect(await reload(transaction)).toEqual(transaction);
    expect([await events(), world.log]).toEqual([[], []]);
  });

  test('a yes ends it: the money has gone back', async () => {
    const transaction = await pendingCancel({ cancelAttempts: 2 });

    await settleCancel(world.domain, transaction.id, yes, 'x', undefined, 1);

    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE' });
  });
});

test('a host that keeps no log misses nothing else', async () => {
  const { log: _, ...silent } = world.domain;
  const transaction = await pendingCancel();

  await settleCancel(silent, transaction.id, yes, 'owner');

  expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE' });
});

test('there is nothing to end of a payment that does not exist', async () => {
  const id = world.domain.newId();

  expect(await settleCancel(world.domain, id, yes, 'owner')).toMatchObject({
    refusal: 'NOT_FOUND',
  });
});

describe('what is settled stays so', () => {
  const done = { status: 'CANCELLED', cancelStatus: 'DONE' } as const;
  const failed = { cancelStatus: 'FAILED', cancelFailureCode: 'Y' } as const;
  const refused = { refusal: 'ALIPAY_REJECTED', alipayCode: 'Y' };
  test.each<[string, Partial<Transaction>, Outcome<AcquireCancelAnswer>, object]>([
    ['done, and a yes', done, yes, {}],
    ['done, and a no', done, no('X'), {}],
    ['failed, and a no', failed, no('X'), refused],
    ['failed, and silence', failed, unknown, refused],
    ['never asked for, and a yes', { cancelStatus: null, cancelRequestedBy: null }, yes, {}],
  ])('%s', async (_what, own, call, told) => {
    const transaction = await pendingCancel({ cancelNextCheckAt: null, ...own });

    const result = await settleCancel(world.domain, transaction.id, call, 'x');

    expect(result).toMatchObject({ transaction, ...told });
    expect('refusal' in result).toBe('refusal' in told);

    expect(await reload(transaction)).toEqual(transaction);
    expect(await events()).toEqual([]);
  });

  test('failed, and a late yes: a visible discrepancy, and the payment is looked at', async () => {
    const transaction = await pendingCancel({
      ...{ cancelNextCheckAt: null, cancelStatus: 'FAILED' },
      institutionAttempts: 40, // no answer ever told its wallet
    });
    const now = world.clock.now();

    await settleCancel(world.domain, transaction.id, yes, 'worker');

    expect(await reload(transaction)).toEqual(
      withChange(transaction, { institutionCheckAt: now, institutionAttempts: 0 }),
    );
    expect(await events()).toMatchObject([
      {
        type: 'DISCREPANCY_FOUND',
        actor: 'worker',
        amountMinor: 1250n,
        occurredAt: now,
        detail: { field: 'cancel.status', expected: 'FAILED', actual: 'DONE' },
      },
    ]);
  });
});

describe('in the background', () => {
  const closed = tradeIs('TRADE_CLOSED', '12.50');
  const paid = tradeIs('TRADE_SUCCESS', '12.50');
  const agrees: Answering = (request) =>
    signed({
      result_code: 'SUCCESS',
      out_trade_no: request['out_trade_no'] ?? '',
      action: 'refund',
    });
  const asked = (): unknown[] => world.gateway.requests.map(({ service }) => service);

  test('a yes to the repeat needs no query, also after the window', async () => {
    const transaction = await pendingCancel();
    world.clock.set(AFTER_THE_WINDOW);
    world.gateway.next(agrees);

    expect(await settle()).toBe(1);

    expect(asked()).toEqual([CANCEL]);
    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE', cancelAttempts: 2 });
    expect(await events()).toMatchObject([{ type: 'CANCELLED', actor: 'worker' }]);
  });

  test('a yes that another account gives, which never had the trade, ends nothing', async () => {
    const transaction = await pendingCancel();
    const other = createAlipayClient({
      ...{ gatewayUrl: world.gateway.url, partnerId: '2088000000000002', now: world.clock.now },
      ...{ signer: gatewaySigner, verifier: gatewayVerifier },
    });
    world.gateway.next(bare, refusal('TRADE_NOT_EXIST'));

    await settlePendingCancels({ ...world.domain, alipay: other }, { limit: 10 });
    await other.close();

    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'PENDING' });
    world.clock.advance(60_000);
    world.gateway.next(bare, closed);
    await settle();
    expect(asked()).toEqual([CANCEL, QUERY, CANCEL, QUERY]);
    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE' });
  });

  test('a yes that does not say what was done ends nothing while a query shows the trade paid', async () => {
    const transaction = await pendingCancel();
    world.gateway.next(bare, paid);
    await settle();
    expect(await reload(transaction)).toMatchObject({ status: 'PAID', cancelStatus: 'PENDING' });

    world.clock.advance(60_000);
    world.gateway.next(bare, closed);
    await settle();
    expect(asked()).toEqual([CANCEL, QUERY, CANCEL, QUERY]);
    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE' });
  });

  test('a yes that closed the trade gives nothing back of one that was paid, until a query shows it closed', async () => {
    const transaction = await pendingCancel();
    const closes: Answering = (request) =>
      signed({
        ...{ result_code: 'SUCCESS', action: 'close' },
        out_trade_no: request['out_trade_no'] ?? '',
      });

    world.gateway.next(closes, paid);
    await settle();
    expect(await reload(transaction)).toMatchObject({ status: 'PAID', cancelStatus: 'PENDING' });
    expect(await events()).toEqual([]);

    world.clock.advance(60_000);
    world.gateway.next(closes, closed);
    await settle();
    expect(asked()).toEqual([CANCEL, QUERY, CANCEL, QUERY]);
    expect(await reload(transaction)).toMatchObject({ status: 'CANCELLED', cancelStatus: 'DONE' });
    expect(await events()).toMatchObject([{ type: 'CANCELLED', actor: 'alipay' }]);
  });

  test('a yes that closed the trade, which is paid when the window has ended, was none', async () => {
    const transaction = await pendingCancel();
    world.clock.set(AFTER_THE_WINDOW);
    const fields = { result_code: 'SUCCESS', action: 'close' };
    world.gateway.next(
      (request) => signed({ ...fields, out_trade_no: request['out_trade_no'] ?? '' }),
      paid,
    );

    await settle();

    expect(await reload(transaction)).toMatchObject({ status: 'PAID', cancelStatus: 'FAILED' });
    expect(await events()).toMatchObject([{ type: 'CANCEL_FAILED', actor: 'worker' }]);
  });

  test('the query is asked once the window has ended, and not before', async () => {
    const transaction = await pendingCancel();
    world.gateway.next(cut);
    await settle();
    expect(asked()).toEqual([CANCEL]);
    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'PENDING' });

    world.clock.set(AFTER_THE_WINDOW);
    world.gateway.next(cut, closed);
    await settle();

    expect(asked()).toEqual([CANCEL, CANCEL, QUERY]);
    expect(await reload(transaction)).toMatchObject({ cancelStatus: 'DONE' });
    expect(await events()).toMatchObject([{ type: 'CANCELLED', actor: 'worker' }]);
  });

  test('a payment that no message told of is told of when the query finds it paid', async () => {
    const transaction = await pendingCancel({
      status: 'AWAITING_PAYMENT',
      alipayStatus: 'WAIT_BUYER_PAY',
      alipayStatusesSeen: ['WAIT_BUYER_PAY'],
      paidAt: null,
    });
    world.clock.set(AFTER_THE_WINDOW);
    world.gateway.next(cut, paid);

    await settle();

    expect(await reload(transaction)).toMatchObject({ status: 'PAID', cancelStatus: 'FAILED' });
    expect((await events()).map(({ type }) => type)).toEqual(['PAYMENT_RECEIVED', 'CANCEL_FAILED']);
  });

  test('one that was closed without ever being paid is told of as cancelled, and as nothing else', async () => {
    await pendingCancel({
      status: 'AWAITING_PAYMENT',
      alipayStatus: 'WAIT_BUYER_PAY',
      alipayStatusesSeen: ['WAIT_BUYER_PAY'],
      paidAt: null,
    });
    world.clock.set(AFTER_THE_WINDOW);
    world.gateway.next(cut, closed);

    await settle();

    expect((await events()).map(({ type }) => type)).toEqual(['CANCELLED']);
  });

  test('only what is due is asked, each time as many as was said', async () => {
    await pendingCancel();
    await pendingCancel();
    world.gateway.always(CANCEL, refusal('TRADE_STATUS_ERROR'));

    expect([await settle(1), await settle(1), await settle(1)]).toEqual([1, 1, 0]);
  });

  test('one that cannot be settled is told, and stops no other', async () => {
    const [first, second] = [await pendingCancel(), await pendingCancel()];
    world.gateway.always(CANCEL, agrees);
    const { manager } = world.database;
    await manager.query(
      `alter table transactions add constraint broken check (id <> '${first.id}' or status = 'PAID')`,
    );
    try {
      expect(await settle()).toBe(2);
    } finally {
      await manager.query('alter table transactions drop constraint broken');
    }

    expect(await reload(first)).toMatchObject({ cancelStatus: 'PENDING', cancelAttempts: 2 });
    expect(await reload(second)).toMatchObject({ cancelStatus: 'DONE' });
    expect(world.log.filter(({ level }) => level === 'error')).toMatchObject([
      { fact: 'cancel could not be settled now', ids: { id: first.id } },
    ]);
  });
});
