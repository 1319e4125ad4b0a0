import { type Outcome, type SpotRefundAnswer } from '@countersign/alipay-services';

import { TransactionEvent } from '../src/event/transaction-event.entity';
import { Refund } from '../src/refund/refund.entity';
import { partnerRefundIdOf } from '../src/refund/refund-transaction';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { endRefund, lockRefund, settleRefund } from '../src/refund/settle-refund';
import { Transaction } from '../src/transaction/transaction.entity';
import { type Answering, cut, refusal, signed } from './support/gateway';
import { aRefund, aTransaction } from './support/records';
import { createWorld, PARTNER_ID, type World } from './support/world';

const REFUND = 'alipay.acquire.overseas.spot.refund';
const REFUND_QUERY = 'alipay.acquire.refund.query';
const unknown = { kind: 'UNKNOWN', cause: 'silence' } as const;
const rejected = { kind: 'REJECTED', alipayCode: 'TRADE_HAS_CLOSE', signed: true } as const;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** A refund of 4.00 under way, of a payment of 12.50, beside one that nobody may touch. */
async function pendingRefund(
  attempts = 1,
): Promise<{ refund: Refund; transaction: Transaction; bystander: Refund }> {
  const { id, alipayTransId } = await aTransaction(world);
  const bystander = await aRefund(world, { transactionId: id });
  const pending = await aRefund(world, {
    transactionId: id,
    idempotencyKey: 'key-1',
    partnerRefundId: partnerRefundIdOf(PARTNER_ID, alipayTransId, 'key-1'),
    amountMinor: 400n,
    status: 'PENDING',
    attempts,
    nextCheckAt: world.clock.now(),
    settledAt: null,
  });
  const transaction = await world.database.manager.findOneByOrFail(Transaction, { id });
  world.clock.advance(1_000);
  return {
    refund: await reload(pending),
    transaction,
    bystander: await reload(bystander),
  };
}

function succeeded({ partnerRefundId }: Refund): Outcome<SpotRefundAnswer> {
  const amount = { minor: 400n, currency: 'HKD' };
  return { kind: 'SUCCEEDED', answer: { partnerTransId: 'P', partnerRefundId, amount } };
}

function withChange(refund: Refund, change: Partial<Refund>): Refund {
  return Object.assign(new Refund(), refund, change);
}

function reload({ id }: Refund): Promise<Refund> {
  return world.database.manager.findOneByOrFail(Refund, { id });
}

function paymentOf({ transactionId }: Refund): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, { id: transactionId });
}

function events(): Promise<TransactionEvent[]> {
  return world.database.manager.find(TransactionEvent, { order: { position: 'ASC' } });
}

test('a yes ends the refund, and tells of it once', async () => {
  const { refund, bystander } = await pendingRefund();
  const now = world.clock.now();

  const result = await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'owner');

  const settled = {
    status: 'SUCCEEDED',
    failureCode: null,
    nextCheckAt: null,
    settledAt: now,
  } as const;
  expect(result).toEqual({
    refund: withChange(refund, settled),
    transaction: await paymentOf(refund),
    replayed: false,
  });
  expect(await reload(refund)).toEqual(withChange(refund, settled));
  expect(await reload(bystander)).toEqual(bystander);
  expect(await paymentOf(refund)).toMatchObject({
    status: 'PARTIALLY_REFUNDED',
    refundedMinor: 500n,
    pendingRefundMinor: 0n,
    updatedAt: now,
  });
  expect(await events()).toMatchObject([
    {
      type: 'REFUND_SUCCEEDED',
      status: 'PARTIALLY_REFUNDED',
      actor: 'owner',
      refundId: refund.id,
      amountMinor: 400n,
      currency: 'HKD',
      occurredAt: now,
      detail: {},
    },
  ]);
  expect(await events()).toHaveLength(1);
  expect(world.log).toEqual([
    {
      level: 'info',
      fact: 'refund settled',
      ids: { refundId: refund.id, outcome: 'SUCCEEDED' },
    },
  ]);
});

test('a certain no ends it too, and is a refusal that says that no money went', async () => {
  const { refund } = await pendingRefund();
  const now = world.clock.now();

  const result = await settleRefund(world.domain, refund.id, { call: rejected }, 'owner');

  expect(result).toMatchObject({
    refusal: 'ALIPAY_REJECTED',
    message:
      'Alipay refused this refund (TRADE_HAS_CLOSE), because the payment is closed: cancelled, refunded in full, or never paid. No money was given back. Refresh the payment, then decide by what it shows.',
    alipayCode: 'TRADE_HAS_CLOSE',
    replayed: false,
    refund: { id: refund.id, status: 'FAILED' },
    transaction: { status: 'PARTIALLY_REFUNDED', pendingRefundMinor: 0n, refundedMinor: 100n },
  });
  expect(await reload(refund)).toMatchObject({
    status: 'FAILED',
    failureCode: 'TRADE_HAS_CLOSE',
    nextCheckAt: null,
    settledAt: now,
  });
  expect(await events()).toMatchObject([
    {
      type: 'REFUND_FAILED',
      actor: 'owner',
      refundId: refund.id,
      amountMinor: 400n,
      occurredAt: now,
      detail: { alipayCode: 'TRADE_HAS_CLOSE' },
    },
  ]);
  expect(world.log).toMatchObject([{ ids: { refundId: refund.id, outcome: 'FAILED' } }]);
});

test.each([
  [1, 2_000],
  [3, 8_000],
])('without an answer to call %i it is asked again after %i ms', async (attempts, pauseMs) => {
  const { refund, transaction, bystander } = await pendingRefund(attempts);
  const nextCheckAt = new Date(world.clock.now().getTime() + pauseMs);

  const result = await settleRefund(world.domain, refund.id, { call: unknown }, 'owner');

  expect(result).toEqual({
    refund: withChange(refund, { nextCheckAt }),
    transaction,
    replayed: false,
  });
  expect(await reload(refund)).toEqual(withChange(refund, { nextCheckAt }));
  expect(await reload(bystander)).toEqual(bystander);
  expect(await events()).toEqual([]);
  expect(world.log.filter(({ level }) => level !== 'warn')).toEqual([]);
});

describe('a refund that a repeat leaves open may need a person', () => {
  type Exchange = Parameters<typeof settleRefund>[2];
  const underWay = { kind: 'SUCCEEDED', answer: { refundStatus: 'PROCESSING' } } as const;
  test.each<[string, Exchange, object]>([
    ['silence', { call: unknown }, { call: 'UNKNOWN' }],
    [
      'silence, and a query without an answer',
      { call: unknown, query: unknown },
      { call: 'UNKNOWN', query: 'UNKNOWN' },
    ],
    [
      'a no, and a refund under way',
      { call: rejected, query: underWay },
      { call: 'REJECTED', alipayCode: 'TRADE_HAS_CLOSE', query: 'PROCESSING' },
    ],
  ])('%s: it is told with what is known', async (_what, exchange, known) => {
    const { refund } = await pendingRefund(2);
    const { id: refundId, partnerRefundId } = refund;

    await settleRefund(world.domain, refundId, exchange, 'worker');

    expect(world.log).toEqual([
      {
        level: 'warn',
        fact: 'a refund is still open',
        ids: { refundId, partnerRefundId, attempts: 2, ...known },
      },
    ]);
  });

  test('not after the first call', async () => {
    const { refund } = await pendingRefund(1);

    await settleRefund(world.domain, refund.id, { call: unknown }, 'owner');

    expect(world.log).toEqual([]);
  });
});

test.each<[string, Parameters<typeof settleRefund>[2]['query'], string, string | null]>([
  [
    'says that it was made',
    { kind: 'SUCCEEDED', answer: { refundStatus: 'SUCCESS' } },
    'SUCCEEDED',
    null,
  ],
  [
    'says why it failed',
    { kind: 'SUCCEEDED', answer: { refundStatus: 'FAILED', refundErrorCode: 'BALANCE' } },
    'FAILED',
    'BALANCE',
  ],
  [
    'says that it failed',
    { kind: 'SUCCEEDED', answer: { refundStatus: 'FAILED' } },
    'FAILED',
    'FAILED',
  ],
  ['has no answer', unknown, 'PENDING', null],
  ['is refused', { ...rejected, alipayCode: 'SYSTEM_ERROR' }, 'PENDING', null],
])('the query of a repeat %s', async (_what, query, status, failureCode) => {
  const { refund } = await pendingRefund(2);

  await settleRefund(
    world.domain,
    refund.id,
    { call: unknown, ...(query === undefined ? {} : { query }) },
    'worker',
  );

  expect(await reload(refund)).toMatchObject({ status, failureCode });
});

describe('what is settled stays so', () => {
  const late = { kind: 'SUCCEEDED', answer: { refundStatus: 'FAILED' } } as const;

  test('an answer that says the same, or nothing, changes nothing', async () => {
    const { refund } = await pendingRefund();
    await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'owner');
    const [settled, told] = [await reload(refund), await events()];
    world.clock.advance(1_000);

    const same = await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'x');
    const nothing = await settleRefund(world.domain, refund.id, { call: unknown }, 'x');

    const transaction = await paymentOf(refund);
    expect([same, nothing]).toEqual(
      [1, 2].map(() => ({ refund: settled, transaction, replayed: false })),
    );
    expect(await reload(refund)).toEqual(settled);
    expect(await events()).toEqual(told);
  });

  test('one that contradicts it becomes a visible discrepancy', async () => {
    const { refund } = await pendingRefund(2);
    await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'owner');
    const settled = await reload(refund);
    world.clock.advance(1_000);

    await settleRefund(world.domain, refund.id, { call: unknown, query: late }, 'worker');

    expect(await reload(refund)).toEqual(settled);
    expect((await events()).slice(1)).toMatchObject([
      {
        type: 'DISCREPANCY_FOUND',
        actor: 'worker',
        refundId: refund.id,
        amountMinor: 400n,
        occurredAt: world.clock.now(),
        detail: { field: 'refund.status', expected: 'SUCCEEDED', actual: 'FAILED' },
      },
    ]);
  });

  test('also when it counts as failed and was made after all', async () => {
    const { refund } = await pendingRefund();
    await settleRefund(world.domain, refund.id, { call: rejected }, 'owner');

    await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'worker');

    expect(await reload(refund)).toMatchObject({ status: 'FAILED' });
    expect((await events()).slice(1)).toMatchObject([
      { detail: { field: 'refund.status', expected: 'FAILED', actual: 'SUCCEEDED' } },
      { type: 'REFUND_REQUESTED', actor: 'alipay', detail: { from: 'answer' } },
    ]);
  });

  test('then counts as given, which no other key gives back again, and Alipay is asked', async () => {
    const { refund } = await pendingRefund();
    await settleRefund(world.domain, refund.id, { call: rejected }, 'owner');

    const late = await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'owner');

    expect(late).toMatchObject({
      refund: { status: 'PENDING', amountMinor: 400n, partnerRefundId: refund.partnerRefundId },
      transaction: { pendingRefundMinor: 400n },
    });
    world.gateway.next((request) =>
      signed({
        ...{ response_code: 'SUCCESS', refund_result_code: 'SUCCESS' },
        out_trade_no: request['out_trade_no'] ?? '',
        out_return_no: request['out_return_no'] ?? '',
      }),
    );
    await settlePendingRefunds(world.domain, { limit: 10 });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(0);
    expect(await paymentOf(refund)).toMatchObject({ refundedMinor: 500n, pendingRefundMinor: 0n });
  });

  test.each<[string, (failed: Refund) => Partial<Refund>]>([
    [
      'it was asked for again',
      ({ partnerRefundId, nextCheckAt }) => ({
        ...{ partnerRefundId, nextCheckAt, status: 'PENDING', amountMinor: 400n, settledAt: null },
      }),
    ],
    ['the rest was given back otherwise', () => ({ amountMinor: 1_100n })],
  ])('and nothing twice where %s meanwhile', async (_what, since) => {
    const { refund } = await pendingRefund();
    await settleRefund(world.domain, refund.id, { call: rejected }, 'owner');
    const { transactionId } = refund;
    await aRefund(world, { transactionId, idempotencyKey: 'key-2', ...since(refund) });
    const before = await paymentOf(refund);

    await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'worker');

    expect(await paymentOf(refund)).toEqual(before);
    expect((await events()).at(-1)).toMatchObject({ type: 'DISCREPANCY_FOUND' });
  });

  const wasNotThere = { kind: 'SUCCEEDED', answer: { refundStatus: 'NOT_FOUND' } } as const;
  test.each<[string, Partial<Refund>, Parameters<typeof settleRefund>[2], boolean]>([
    ['it was not there yet', {}, { call: rejected, query: wasNotThere }, false],
    [
      'it was not there, and a person alone said that it was made',
      { resolvedBy: 'owner' },
      { call: rejected, query: wasNotThere },
      true,
    ],
    ['its only call was refused', { attempts: 1 }, { call: rejected }, true],
    ['a repeat was refused, and nobody knows more', {}, { call: rejected, query: unknown }, false],
  ])('a no that comes when it is made: %s', async (_no, how, exchange, isTold) => {
    const { refund } = await pendingRefund(2);
    await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'owner');
    if (Object.keys(how).length > 0) {
      await world.database.manager.update(Refund, { id: refund.id }, how);
    }

    await settleRefund(world.domain, refund.id, exchange, 'worker');

    expect((await events()).map(({ type }) => type)).toEqual([
      'REFUND_SUCCEEDED',
      ...(isTold ? ['DISCREPANCY_FOUND'] : []),
    ]);
  });

  test('two answers at once are one end', async () => {
    const { refund } = await pendingRefund();
    const answers = [{ call: succeeded(refund) }, { call: succeeded(refund) }];

    await Promise.all(
      answers.map((answer) => settleRefund(world.domain, refund.id, answer, 'owner')),
    );

    expect(await events()).toMatchObject([{ type: 'REFUND_SUCCEEDED' }]);
    expect(await paymentOf(refund)).toMatchObject({ refundedMinor: 500n });
  });
});

describe('the answer to a call after which another was sent', () => {
  test.each([
    ['a no', { call: rejected }],
    ['silence', { call: unknown }],
  ])('%s: decides nothing, the newer call does', async (_what, exchange) => {
    const { refund, transaction } = await pendingRefund(2);

    const result = await settleRefund(world.domain, refund.id, { ...exchange, attempt: 1 }, 'x');

    expect(result).toEqual({ refund, transaction, replayed: false });
    expect(await reload(refund)).toEqual(refund);
    expect([await events(), world.log]).toEqual([[], []]);
  });

  test('a yes ends it: the money has gone', async () => {
    const { refund } = await pendingRefund(2);

    await settleRefund(world.domain, refund.id, { call: succeeded(refund), attempt: 1 }, 'x');

    expect(await reload(refund)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('of several payments the one it belongs to is told', async () => {
  const { refund: other } = await pendingRefund();
  const { refund } = await pendingRefund();
  const untouched = await paymentOf(other);

  const result = await settleRefund(world.domain, refund.id, { call: succeeded(refund) }, 'owner');

  expect(result).toMatchObject({ transaction: { id: refund.transactionId, refundedMinor: 500n } });
  expect(await paymentOf(other)).toEqual(untouched);
});

test('a host that keeps no log misses nothing else', async () => {
  const { log: _, ...silent } = world.domain;
  const { refund } = await pendingRefund(2);

  await settleRefund(silent, refund.id, { call: unknown }, 'owner');
  await settleRefund(silent, refund.id, { call: succeeded(refund) }, 'owner');

  expect(await reload(refund)).toMatchObject({ status: 'SUCCEEDED' });
});

test('whoever ends a refund says more of it in the event', async () => {
  const { refund } = await pendingRefund();

  await world.database.atomically(world.domain, async (tx) => {
    const locked = await lockRefund(tx, refund.id);
    const verdict = { status: 'FAILED', failureCode: 'X' } as const;
    await endRefund(tx, locked.refund, locked.transaction, verdict, 'owner', {
      detail: { note: 'seen' },
    });
  });

  expect(await events()).toMatchObject([{ detail: { note: 'seen', alipayCode: 'X' } }]);
});

test('a call that was sent since the refund was read is not forgotten by its end', async () => {
  const { refund, transaction } = await pendingRefund();
  await world.database.manager.update(Refund, { id: refund.id }, { attempts: 2 });

  await world.database.atomically(world.domain, (tx) =>
    endRefund(tx, refund, transaction, { status: 'SUCCEEDED' }, 'reconciliation'),
  );

  expect(await reload(refund)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
});

describe('in the background', () => {
  function settle(limit = 10): Promise<number> {
    return settlePendingRefunds(world.domain, { limit });
  }

  test('a yes to the repeat needs no query', async () => {
    const { refund } = await pendingRefund();
    world.gateway.next((request) =>
      signed({
        result_code: 'SUCCESS',
        partner_trans_id: request['partner_trans_id'] ?? '',
        partner_refund_id: request['partner_refund_id'] ?? '',
        refund_amount: '4.00',
        currency: 'HKD',
      }),
    );

    expect(await settle()).toBe(1);

    expect(world.gateway.requests.map(({ service }) => service)).toEqual([REFUND]);
    expect(await reload(refund)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
    expect(await events()).toMatchObject([{ type: 'REFUND_SUCCEEDED', actor: 'worker' }]);
  });

  test('without a yes the query about this refund decides', async () => {
    await aTransaction(world);
    const { refund, transaction } = await pendingRefund();
    world.gateway.next(cut, (request) =>
      signed({
        response_code: 'SUCCESS',
        refund_result_code: 'SUCCESS',
        out_trade_no: request['out_trade_no'] ?? '',
        out_return_no: request['out_return_no'] ?? '',
      }),
    );

    expect(await settle()).toBe(1);

    expect(world.gateway.requestsTo(REFUND_QUERY)).toMatchObject([
      { out_trade_no: transaction.partnerTransId, out_return_no: refund.partnerRefundId },
    ]);
    expect(await reload(refund)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await events()).toMatchObject([{ type: 'REFUND_SUCCEEDED', actor: 'worker' }]);
  });

  test('only what is due is asked, each time as many as was said', async () => {
    await pendingRefund();
    const { refund } = await pendingRefund();
    world.gateway.always(REFUND, refusal('TRADE_HAS_CLOSE'));
    world.gateway.always(REFUND_QUERY, cut);

    expect([await settle(1), await settle(1), await settle(1)]).toEqual([1, 1, 0]);

    const { nextCheckAt } = await reload(refund);
    expect(nextCheckAt).toEqual(new Date(world.clock.now().getTime() + 4_000));
  });

  test('one that cannot be settled is told, and stops no other', async () => {
    const [first, second] = [await pendingRefund(), await pendingRefund()];
    world.gateway.always(REFUND, (request) =>
      signed({
        result_code: 'SUCCESS',
        partner_trans_id: request['partner_trans_id'] ?? '',
        partner_refund_id: request['partner_refund_id'] ?? '',
      }),
    );
    const { manager } = world.database;
    await manager.query(
      `alter table refunds add constraint broken check (id <> '${first.refund.id}' or status = 'PENDING')`,
    );
    try {
      expect(await settle()).toBe(2);
    } finally {
      await manager.query('alter table refunds drop constraint broken');
    }

    expect(await reload(first.refund)).toMatchObject({ status: 'PENDING', attempts: 2 });
    expect(await reload(second.refund)).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.log.filter(({ level }) => level === 'error')).toMatchObject([
      { fact: 'refund could not be settled now', ids: { id: first.refund.id } },
    ]);
  });
});

describe('a refund that was asked for again after a definite no', () => {
  const failedAt =
    (at: string): Answering =>
    (request) =>
      signed({
        ...{ response_code: 'SUCCESS', refund_result_code: 'FAILED', gmt_create: at },
        ...{ refund_error_code: 'MERCHANT_BALANCE_NOT_ENOUGH' },
        ...{ out_trade_no: request['out_trade_no'] ?? '' },
        ...{ out_return_no: request['out_return_no'] ?? '' },
      });
  const askedAgain = async (afterMs = 3_600_000): Promise<Refund> => {
    const { refund } = await pendingRefund(1);
    const { transactionId, partnerRefundId, idempotencyKey, amountMinor } = refund;
    await settleRefund(world.domain, refund.id, { call: rejected }, 'owner');
    world.clock.advance(afterMs);
    return aRefund(world, {
      ...{ transactionId, partnerRefundId, idempotencyKey, amountMinor, status: 'PENDING' },
      ...{ attempts: 1, createdAt: world.clock.now(), nextCheckAt: world.clock.now() },
      settledAt: null,
    });
  };

  test('does not fail because a query tells of the first, while its own call has no answer', async () => {
    const refund = await askedAgain();
    world.gateway.next(cut, failedAt('2026-01-02 15:04:05'));

    await settlePendingRefunds(world.domain, { limit: 10 });

    expect(await reload(refund)).toMatchObject({ status: 'PENDING', attempts: 2 });
  });

  test.each([
    ['within the same second', 400, '2026-01-02 15:04:06'],
    [
      'by a clock that is behind Alipay’s, which nobody is warned of',
      20_000,
      '2026-01-02 15:04:56',
    ],
  ])('does not fail because a query tells of the first, asked again %s', async (_how, ms, at) => {
    const refund = await askedAgain(ms);
    world.gateway.next(cut, failedAt(at));

    await settlePendingRefunds(world.domain, { limit: 10 });

    expect(await reload(refund)).toMatchObject({ status: 'PENDING', attempts: 2 });
  });

  test.each<[string, Answering, string]>([
    ['its own call is refused', refusal('MERCHANT_BALANCE_NOT_ENOUGH'), '2026-01-02 15:04:05'],
    ['the query tells of a later one', cut, '2026-01-02 18:00:00'],
  ])('fails where %s', async (_why, call, at) => {
    const refund = await askedAgain();
    world.gateway.next(call, failedAt(at));

    await settlePendingRefunds(world.domain, { limit: 10 });

    expect(await reload(refund)).toMatchObject({ status: 'FAILED' });
  });
});
