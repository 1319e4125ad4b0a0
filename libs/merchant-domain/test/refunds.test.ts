import { createAlipayClient } from '@countersign/alipay-services';
import fc from 'fast-check';

import { TransactionEvent } from '../src/event/transaction-event.entity';
import { Refund } from '../src/refund/refund.entity';
import {
  partnerRefundIdOf,
  type RefundResult,
  refundTransaction,
} from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { settleRefund } from '../src/refund/settle-refund';
import { salesReport } from '../src/report/sales-report';
import { Transaction } from '../src/transaction/transaction.entity';
import {
  type Answering,
  cut,
  gatewaySigner,
  gatewayVerifier,
  held,
  refusal,
  signed,
  silence,
  unsignedRefusal,
} from './support/gateway';
import { receivePayment } from './support/payments';
import { importText, lineOf, transactionFile } from './support/statements';
import { callerOf, createWorld, heldUpDomain, PARTNER_ID, type World } from './support/world';

const REFUND = 'alipay.acquire.overseas.spot.refund';
const REFUND_QUERY = 'alipay.acquire.refund.query';

const yes: Answering = (request) =>
  signed({
    result_code: 'SUCCESS',
    partner_trans_id: request['partner_trans_id'] ?? '',
    partner_refund_id: request['partner_refund_id'] ?? '',
    refund_amount: request['refund_amount'] ?? '',
    currency: request['currency'] ?? '',
  });
const no =
  (code: string): Answering =>
  (request) =>
    refusal(code, {
      partner_trans_id: request['partner_trans_id'] ?? '',
      partner_refund_id: request['partner_refund_id'] ?? '',
    });
const queried =
  (fields: Record<string, string>): Answering =>
  (request) =>
    signed({
      response_code: 'SUCCESS',
      out_trade_no: request['out_trade_no'] ?? '',
      out_return_no: request['out_return_no'] ?? '',
      ...fields,
    });
const notFound = signed({ response_code: 'NOT_FOUND' });

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

function refund(
  transaction: Transaction,
  some: Partial<Parameters<typeof refundTransaction>[1]> = {},
): Promise<RefundResult> {
  return refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    idempotencyKey: 'key-1',
    ...some,
  });
}

async function reload(transaction: Transaction): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, { id: transaction.id });
}

async function eventTypes(transaction: Transaction): Promise<string[]> {
  const events = await world.database.manager.find(TransactionEvent, {
    where: { transactionId: transaction.id },
    order: { position: 'ASC' },
  });
  return events.map(({ type }) => type);
}

function refundOf(result: RefundResult): Refund {
  if (result.refund === undefined) throw new Error(`no refund: ${JSON.stringify(result)}`);
  return result.refund;
}

/** Lets the background ask until nothing is due, at the clock's pace. */
async function settleAll(): Promise<void> {
  world.clock.advance(6 * 60_000);
  await settlePendingRefunds(world.domain, { limit: 50 });
}

describe('refusals, without a call', () => {
  test.each<
    [string, Partial<Parameters<typeof refundTransaction>[1]>, string, string[] | undefined]
  >([
    [
      'more than was paid',
      { amount: { amount: '10.01', currency: 'HKD' } },
      'AMOUNT_EXCEEDS_REFUNDABLE',
      ['amount', 'amount'],
    ],
    [
      'another currency',
      { amount: { amount: '1', currency: 'CNY' } },
      'CURRENCY_MISMATCH',
      ['amount', 'currency'],
    ],
    [
      'a third decimal',
      { amount: { amount: '1.005', currency: 'HKD' } },
      'INVALID_INPUT',
      ['amount', 'amount'],
    ],
    [
      'a sign',
      { amount: { amount: '-1', currency: 'HKD' } },
      'INVALID_INPUT',
      ['amount', 'amount'],
    ],
    [
      'nothing',
      { amount: { amount: '0.00', currency: 'HKD' } },
      'INVALID_INPUT',
      ['amount', 'amount'],
    ],
    ['an empty key', { idempotencyKey: ' ' }, 'INVALID_INPUT', ['idempotencyKey']],
    ['a quotation mark in the reason', { reason: 'so "called"' }, 'INVALID_INPUT', ['reason']],
    ['what no answer can repeat', { reason: 'a\ufffe' }, 'INVALID_INPUT', ['reason']],
    ['nor this', { reason: 'a\uffff' }, 'INVALID_INPUT', ['reason']],
    [
      'no such transaction',
      { transactionId: '018f0000-0000-7000-8000-000000000000' },
      'NOT_FOUND',
      ['transactionId'],
    ],
    [
      'another store',
      { caller: callerOf('CASHIER', { storeIds: [] }) },
      'NOT_FOUND',
      ['transactionId'],
    ],
    [
      'above the limit',
      { caller: callerOf('CASHIER', { refundLimit: { minor: 500n, currency: 'HKD' } }) },
      'REFUND_LIMIT_EXCEEDED',
      undefined,
    ],
  ])('%s', async (_name, some, code, field) => {
    const { transaction } = await receivePayment(world);
    const calls = world.gateway.requests.length;

    const result = await refund(transaction, some);

    expect(result).toMatchObject({ refusal: code });
    expect('field' in result ? result.field : undefined).toEqual(field);
    expect(world.gateway.requests).toHaveLength(calls);
    expect(await reload(transaction)).toMatchObject({ pendingRefundMinor: 0n, status: 'PAID' });
  });

  test('an auditor may not refund at all', async () => {
    const { transaction } = await receivePayment(world);

    await expect(refund(transaction, { caller: callerOf('AUDITOR') })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('a refusal leaves the key free (decision 15)', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(yes);

    await refund(transaction, { amount: { amount: '99', currency: 'HKD' } });
    const second = await refund(transaction, { amount: { amount: '1', currency: 'HKD' } });

    expect(second).toMatchObject({
      replayed: false,
      refund: { status: 'SUCCEEDED', amountMinor: 100n },
    });
  });
});

describe('the first attempt', () => {
  test('a definite no fails the refund, and leaves the money refundable (decision 4)', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(no('MERCHANT_BALANCE_NOT_ENOUGH'));

    const result = await refund(transaction);

    expect(result).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'MERCHANT_BALANCE_NOT_ENOUGH',
      refund: { status: 'FAILED', failureCode: 'MERCHANT_BALANCE_NOT_ENOUGH', nextCheckAt: null },
    });
    expect(await reload(transaction)).toMatchObject({ status: 'PAID', pendingRefundMinor: 0n });
    expect(await eventTypes(transaction)).toEqual([
      'PAYMENT_RECEIVED',
      'REFUND_REQUESTED',
      'REFUND_FAILED',
    ]);
  });

  test('after a certain failure the same key asks again, under the same id', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(no('MERCHANT_BALANCE_NOT_ENOUGH'), yes);

    const failed = refundOf(await refund(transaction));
    const result = await refund(transaction);

    expect(result).toMatchObject({ replayed: false, refund: { status: 'SUCCEEDED' } });
    expect(refundOf(result).partnerRefundId).toBe(failed.partnerRefundId);
  });

  test('a yes refunds in part, then in full', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(yes, yes);

    const part = await refund(transaction, {
      amount: { amount: '2.5', currency: 'HKD' },
      reason: '退貨',
    });
    const rest = await refund(transaction, { idempotencyKey: 'key-2' });

    expect(part).toMatchObject({
      replayed: false,
      refund: { status: 'SUCCEEDED', amountMinor: 250n },
      transaction: { status: 'PARTIALLY_REFUNDED', refundedMinor: 250n },
    });
    expect(rest).toMatchObject({
      refund: { status: 'SUCCEEDED', amountMinor: 750n },
      transaction: { status: 'REFUNDED', refundedMinor: 1000n },
    });
    const [request] = world.gateway.requestsTo(REFUND).slice(-2);
    expect(request).toMatchObject({
      refund_amount: '2.50',
      currency: 'HKD',
      refund_reson: '退貨',
      is_sync: 'Y',
    });
  });

  test('the row is committed before the call leaves', async () => {
    const { transaction } = await receivePayment(world);
    const call = held();
    world.gateway.next(call.answer);

    const answer = refund(transaction);
    const request = await call.arrived;
    const row = await world.database.manager.findOneByOrFail(Refund, {
      transactionId: transaction.id,
    });
    call.release({ kind: 'CUT' });
    await answer;

    expect(row).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      partnerRefundId: request['partner_refund_id'],
    });
    expect(row.nextCheckAt?.getTime()).toBeGreaterThan(world.clock.now().getTime());
  });
});

describe('idempotency (decision 15)', () => {
  test('the same key with the same content is the same refund, 12.5 or 12.50', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(yes);

    const first = await refund(transaction, { amount: { amount: '2.5', currency: 'HKD' } });
    const again = await refund(transaction, { amount: { amount: '2.50', currency: 'HKD' } });

    expect(again).toMatchObject({ replayed: true, refund: { id: refundOf(first).id } });
  });

  test.each<[string, Partial<Parameters<typeof refundTransaction>[1]>]>([
    ['another amount', { amount: { amount: '3', currency: 'HKD' } }],
    ['no amount', {}],
    ['another reason', { amount: { amount: '2.5', currency: 'HKD' }, reason: 'other' }],
  ])('the same key with %s is a conflict', async (_name, some) => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(yes);
    await refund(transaction, { amount: { amount: '2.5', currency: 'HKD' } });

    expect(await refund(transaction, some)).toMatchObject({ refusal: 'IDEMPOTENCY_CONFLICT' });
  });

  test('a key in flight returns its pending refund', async () => {
    const { transaction } = await receivePayment(world);
    const call = held();
    world.gateway.next(call.answer);

    const first = refund(transaction);
    await call.arrived;
    const second = await refund(transaction);
    call.release({ kind: 'CUT' });
    await first;

    expect(second).toMatchObject({ replayed: true, refund: { status: 'PENDING' } });
  });

  test('the id at Alipay follows from partner, trade and key alone', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(yes);

    const { partnerRefundId } = refundOf(await refund(transaction));

    expect(partnerRefundId).toBe(partnerRefundIdOf(PARTNER_ID, transaction.alipayTransId, 'key-1'));
    expect(partnerRefundId).toMatch(/^R[0-9a-f]{40}$/);
  });
});

describe('a refund that the statement told of, because a restored backup lacks it', () => {
  async function madeAtAlipay(amount: string): Promise<Transaction> {
    const { transaction } = await receivePayment(world);
    const partnerId = partnerRefundIdOf(PARTNER_ID, transaction.alipayTransId, 'key-1');
    const made = { type: 'REFUND', partnerId, tradeNo: transaction.alipayTransId, amount };
    await importText(world, transactionFile([lineOf(transaction), made]));
    return transaction;
  }

  test.each<[string, string, string | undefined]>([
    ['of a part', '3.00', '3'],
    ['of so much that it cannot be made twice', '8.00', '8'],
    ['of all that was left then', '10.00', undefined],
    ['of all that was left then, which was a part', '7.00', undefined],
  ])('%s, is a replay when it is sent again, and asks nobody', async (_, made, asked) => {
    const transaction = await madeAtAlipay(made);

    const again = await refund(
      transaction,
      asked === undefined ? {} : { amount: { amount: asked, currency: 'HKD' } },
    );

    expect(again).toMatchObject({
      refund: { status: 'SUCCEEDED', requestedBy: 'reconciliation' },
      replayed: true,
    });
    expect(world.gateway.requests).toHaveLength(0);
  });

  test.each([
    ['another amount', '3.01', 'HKD'],
    ['another currency', '3.00', 'CNY'],
  ])('is another deed with %s', async (_, amount, currency) => {
    const transaction = await madeAtAlipay('3.00');

    expect(await refund(transaction, { amount: { amount, currency } })).toMatchObject({
      refusal: 'IDEMPOTENCY_CONFLICT',
    });
  });
});

describe('a refund given up by hand, which Alipay may have made all the same', () => {
  async function givenUp(amount?: string): Promise<Transaction> {
    const { transaction } = await receivePayment(world);
    world.gateway.next(cut);
    const { id } = refundOf(
      await refund(
        transaction,
        amount === undefined ? {} : { amount: { amount, currency: 'HKD' } },
      ),
    );
    await resolveRefund(world.domain, {
      caller: world.owner,
      refundId: id,
      outcome: 'FAILED',
      note: 'the customer has seen nothing',
    });
    return transaction;
  }

  test('is not asked for with another amount: the query, which names none, would vouch for it', async () => {
    const transaction = await givenUp('5.00');

    const other = await refund(transaction, { amount: { amount: '3.00', currency: 'HKD' } });

    expect(other).toMatchObject({ refusal: 'IDEMPOTENCY_CONFLICT', field: ['idempotencyKey'] });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  });

  test.each<[string, string[]]>([
    ['of the whole again', ['10.00', '10.00']],
    ['and not of what is left by now', ['10.00', '3.00']],
  ])('is, asked for without an amount, %s', async (_, sent) => {
    const transaction = await givenUp();
    world.gateway.always(REFUND, yes);
    if (sent.includes('3.00')) {
      await refund(transaction, {
        idempotencyKey: 'key-2',
        amount: { amount: '3.00', currency: 'HKD' },
      });
    }

    const again = await refund(transaction);

    expect(again).toMatchObject(
      sent.includes('3.00')
        ? { refusal: 'AMOUNT_EXCEEDS_REFUNDABLE' }
        : { refund: { status: 'SUCCEEDED', attempts: 2, requestedMinor: null } },
    );
    expect(world.gateway.requestsTo(REFUND).map((call) => call['refund_amount'])).toEqual(sent);
  });
});

describe('an outcome that is not known (decision 5)', () => {
  test.each<[string, Answering]>([
    ['silence', silence],
    ['a cut connection', cut],
    ['a page', { kind: 'PAGE', status: 500, text: '<html>' }],
    ['SYSTEM_ERROR', unsignedRefusal('SYSTEM_ERROR')],
    [
      'a success about another refund',
      signed({ result_code: 'SUCCESS', partner_refund_id: 'OTHER' }),
    ],
  ])('%s leaves the refund pending, and its money reserved', async (_name, answer) => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(answer);

    const result = await refund(transaction, { amount: { amount: '4', currency: 'HKD' } });

    expect(result).not.toHaveProperty('refusal');
    expect(result).toMatchObject({
      refund: { status: 'PENDING' },
      transaction: { pendingRefundMinor: 400n },
    });
    const waitMs = (refundOf(result).nextCheckAt?.getTime() ?? 0) - world.clock.now().getTime();
    expect(waitMs).toBeLessThanOrEqual(5_000);
  });

  async function pendingRefund(): Promise<{ transaction: Transaction; refund: Refund }> {
    const { transaction } = await receivePayment(world);
    world.gateway.next(cut);
    return { transaction, refund: refundOf(await refund(transaction)) };
  }

  test.each<[string, Answering[], string, string | null]>([
    ['a yes to the repeat', [yes], 'SUCCEEDED', null],
    [
      'a no because the first took effect',
      [no('TRADE_HAS_CLOSE'), queried({ refund_result_code: 'SUCCESS' })],
      'SUCCEEDED',
      null,
    ],
    [
      'the query says failed',
      [
        no('TRADE_HAS_CLOSE'),
        queried({ refund_result_code: 'FAILED', refund_error_code: 'MERCHANT_BALANCE_NOT_ENOUGH' }),
      ],
      'FAILED',
      'MERCHANT_BALANCE_NOT_ENOUGH',
    ],
    [
      'a signed no, and nothing found after it',
      [no('TRADE_STATUS_ERROR'), notFound],
      'FAILED',
      'TRADE_STATUS_ERROR',
    ],
    [
      'an unsigned no, and nothing found',
      [unsignedRefusal('ILLEGAL_SIGN'), notFound],
      'PENDING',
      null,
    ],
    ['silence, and nothing found', [cut, notFound], 'PENDING', null],
    ['a no, and the query is silent', [no('TRADE_STATUS_ERROR'), cut], 'PENDING', null],
    [
      'under way',
      [no('TRADE_STATUS_ERROR'), queried({ refund_result_code: 'PROCESSING' })],
      'PENDING',
      null,
    ],
  ])('the repeat brings %s', async (_name, answers, status, failureCode) => {
    const { transaction, refund: pending } = await pendingRefund();
    world.gateway.next(...answers);

    await settleAll();

    const settled = await world.database.manager.findOneByOrFail(Refund, { id: pending.id });
    expect(settled).toMatchObject({ status, failureCode, attempts: 2 });
    const [first, repeat] = world.gateway
      .requestsTo(REFUND)
      .filter((request) => request['partner_refund_id'] === pending.partnerRefundId);
    expect(repeat).toEqual({ ...first, sign: repeat?.['sign'] });
    expect(await reload(transaction)).toMatchObject({
      refundedMinor: status === 'SUCCEEDED' ? 1000n : 0n,
      pendingRefundMinor: status === 'PENDING' ? 1000n : 0n,
    });
  });

  test('is asked for ever, with pauses of at most five minutes', async () => {
    const { refund: pending } = await pendingRefund();
    world.gateway.always(REFUND, cut);
    world.gateway.always(REFUND_QUERY, cut);

    for (let turn = 0; turn < 12; turn += 1) await settleAll();
    const waiting = await world.database.manager.findOneByOrFail(Refund, { id: pending.id });

    expect(waiting).toMatchObject({ status: 'PENDING', attempts: 13 });
    expect((waiting.nextCheckAt?.getTime() ?? 0) - world.clock.now().getTime()).toBe(300_000);
  });

  test('is asked for again, too, when a clock that was hours ahead is set right', async () => {
    const { transaction } = await receivePayment(world);
    world.clock.advance(8 * 3_600_000); // Hong Kong's time, taken for UTC
    world.gateway.next(cut);
    await refund(transaction);
    world.clock.advance(-8 * 3_600_000);
    world.gateway.next(yes);

    await settleAll();

    expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
  });

  test.each<[string, Answering]>([
    ['has no answer', cut],
    ['is answered', yes],
  ])('was given back on the day on which Alipay took it in: the repeat %s', async (_, answer) => {
    const { transaction } = await receivePayment(world);
    world.clock.set(new Date('2026-01-02T15:59:50Z')); // ten seconds before the Beijing midnight
    world.gateway.next(cut);
    await refund(transaction);
    world.gateway.next(
      answer,
      queried({ refund_result_code: 'SUCCESS', gmt_create: '2026-01-02 23:59:51' }),
    );
    await settleAll();

    const days = { from: '2026-01-01', to: '2026-01-04', groupBy: 'DAY' } as const;
    expect(await salesReport(world.database, world.owner, days)).toMatchObject([
      { key: '2026-01-02', grossMinor: 1000n, refundedMinor: 1000n },
    ]);
  });

  test.each<[string, Answering, string]>([
    [
      'on that of which Alipay tells',
      queried({ refund_result_code: 'SUCCESS', gmt_create: '2026-01-02 23:59:59' }),
      '2026-01-02',
    ],
    ['where Alipay does not tell, on that of the answer', cut, '2026-01-03'],
  ])('a refund that is answered on the next day was given back %s', async (_, asked, day) => {
    const { transaction } = await receivePayment(world);
    world.clock.set(new Date('2026-01-02T15:59:58Z')); // two seconds before the Beijing midnight
    const call = held();
    world.gateway.next(call.answer, asked);
    const answered = refund(transaction);
    const { partner_refund_id = '' } = await call.arrived;
    world.clock.advance(3_000);
    call.release(signed({ result_code: 'SUCCESS', partner_refund_id }));

    expect(await answered).toMatchObject({ refund: { status: 'SUCCEEDED' } });
    const days = { from: day, to: day, groupBy: 'DAY' } as const;
    expect(await salesReport(world.database, world.owner, days)).toMatchObject([
      { key: day, refundedMinor: 1000n },
    ]);
  });

  test('is settled once, whichever answer comes first; a contradiction becomes visible', async () => {
    const { transaction, refund: pending } = await pendingRefund();
    world.gateway.next(yes);
    await settleAll();

    const call = { kind: 'UNKNOWN', cause: 'late' } as const;
    const answer = { refundStatus: 'FAILED' } as const;
    await settleRefund(
      world.domain,
      pending.id,
      { call: { kind: 'SUCCEEDED', answer: {} as never } },
      'worker',
    );
    await settleRefund(
      world.domain,
      pending.id,
      { call, query: { kind: 'SUCCEEDED', answer } },
      'worker',
    );

    expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED', refundedMinor: 1000n });
    expect(await eventTypes(transaction)).toEqual([
      'PAYMENT_RECEIVED',
      'REFUND_REQUESTED',
      'REFUND_SUCCEEDED',
      'DISCREPANCY_FOUND',
    ]);
  });

  test('an owner resolves what Alipay never answers, with a note', async () => {
    const { transaction, refund: pending } = await pendingRefund();
    const command = {
      caller: world.owner,
      refundId: pending.id,
      outcome: 'SUCCEEDED',
      note: 'seen in the portal',
    } as const;

    await expect(
      resolveRefund(world.domain, { ...command, caller: callerOf('MANAGER') }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await resolveRefund(world.domain, { ...command, note: ' ' })).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: ['note'],
    });
    expect(await resolveRefund(world.domain, command)).toMatchObject({
      refund: { status: 'SUCCEEDED', resolutionNote: 'seen in the portal' },
    });
    expect(await resolveRefund(world.domain, command)).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
    });
    expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
  });
});

describe('many at once', () => {
  test('thirty-two refunds never exceed the payment', async () => {
    world.gateway.always(REFUND, yes);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 32, maxLength: 32 }),
        async (amounts) => {
          const { transaction } = await receivePayment(world);

          const results = await Promise.all(
            amounts.map((cents, index) =>
              refund(transaction, {
                idempotencyKey: `key-${index}`,
                amount: { amount: (cents / 100).toFixed(2), currency: 'HKD' },
              }),
            ),
          );

          const given = results.flatMap((result) =>
            'refusal' in result ? [] : [result.refund.amountMinor],
          );
          const sum = given.reduce((total, minor) => total + minor, 0n);
          expect(sum).toBeLessThanOrEqual(1000n);
          expect((await reload(transaction)).refundedMinor).toBe(sum);
        },
      ),
      { numRuns: 4 },
    );
  });

  test('thirty-two times the same key is one refund and one call', async () => {
    world.gateway.always(REFUND, yes);
    const { transaction } = await receivePayment(world);
    const calls = world.gateway.requestsTo(REFUND).length;

    const results = await Promise.all(Array.from({ length: 32 }, () => refund(transaction)));

    expect(new Set(results.map((result) => refundOf(result).id)).size).toBe(1);
    expect(results.filter((result) => result.replayed === false)).toHaveLength(1);
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(calls + 1);
  });

  test('the database itself refuses a sum above the payment', async () => {
    const { transaction } = await receivePayment(world);
    const overdrawn = world.database.manager.query(
      `insert into refunds (id, transaction_id, partner_refund_id, idempotency_key, amount_minor, currency, status, requested_by, created_at, next_check_at)
       values (gen_random_uuid(), $1, 'R-x', 'x', 1001, 'HKD', 'PENDING', 'x', now(), now())`,
      [transaction.id],
    );

    await expect(overdrawn).rejects.toMatchObject({ constraint: 'refunds_within_payment' });
  });
});

test('after a failed refund that may yet take effect, the refusal of the same deed is that of a repeat', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut, no('SYSTEM_ERROR'), cut);
  await refund(transaction);
  world.clock.advance(60_000);
  await settlePendingRefunds(world.domain, { limit: 10 });
  const [first] = await world.database.manager.findBy(Refund, { transactionId: transaction.id });
  await resolveRefund(world.domain, {
    caller: world.owner,
    refundId: first?.id ?? '',
    outcome: 'FAILED',
    note: 'the customer has seen nothing',
  });
  world.gateway.next(
    no('DISCORDANT_REPEAT_REQUEST'),
    no('DISCORDANT_REPEAT_REQUEST'),
    queried({ refund_result_code: 'SUCCESS' }),
  );

  const again = await refund(transaction);
  expect(again).toMatchObject({ refund: { status: 'PENDING', attempts: 3 }, replayed: false });
  world.clock.advance(60_000);
  await settlePendingRefunds(world.domain, { limit: 10 });

  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
});

test('a call that was held up for longer than its lease does not leave, and is asked for again', async () => {
  const { transaction } = await receivePayment(world);
  const heldUp = heldUpDomain(world);

  const result = await refundTransaction(heldUp, {
    caller: world.owner,
    transactionId: transaction.id,
    idempotencyKey: 'k',
  });
  expect(result).toMatchObject({ refund: { status: 'PENDING', attempts: 1 } });
  expect(world.gateway.requestsTo(REFUND)).toHaveLength(0);
  world.gateway.next(yes);
  world.clock.advance(5_000);
  await settlePendingRefunds(world.domain, { limit: 10 });

  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
  expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
});

test('what another account knows nothing of is not refused by it, and goes on where it began', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await refund(transaction);
  const other = createAlipayClient({
    ...{ gatewayUrl: world.gateway.url, partnerId: '2088000000000002', now: world.clock.now },
    ...{ signer: gatewaySigner, verifier: gatewayVerifier },
  });
  world.clock.advance(60_000);
  world.gateway.always(REFUND, no('TRADE_NOT_EXIST'));
  world.gateway.always(REFUND_QUERY, notFound);

  await settlePendingRefunds({ ...world.domain, alipay: other }, { limit: 10 });

  await other.close();
  expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  expect(await reload(transaction)).toMatchObject({ pendingRefundMinor: 1000n });
  world.gateway.always(REFUND, yes);
  await settleAll();
  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
});

test('nobody gives a refund up while a call about it may be under way', async () => {
  const { transaction } = await receivePayment(world);
  const call = held();
  world.gateway.next(call.answer);
  const asked = refund(transaction);
  await call.arrived;
  const [open] = await world.database.manager.findBy(Refund, { transactionId: transaction.id });
  const resolve = () =>
    resolveRefund(world.domain, {
      caller: world.owner,
      refundId: open?.id ?? '',
      outcome: 'FAILED',
      note: 'nothing was seen',
    });

  expect(await resolve()).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  call.release({ kind: 'CUT' });
  await asked;
  expect(await resolve()).toMatchObject({ refund: { status: 'FAILED' } });
});

test('nobody gives a refund up while its client lets a call about it take longer than calls do otherwise', async () => {
  const { transaction } = await receivePayment(world);
  const patient = createAlipayClient({
    ...{ gatewayUrl: world.gateway.url, partnerId: PARTNER_ID, now: world.clock.now },
    ...{ signer: gatewaySigner, verifier: gatewayVerifier, timeoutMs: 60_000 },
  });
  const domain = { ...world.domain, alipay: patient };
  const caller = world.owner;
  const call = held();
  world.gateway.next(call.answer);
  const asked = refundTransaction(domain, {
    ...{ caller, transactionId: transaction.id, idempotencyKey: 'k' },
  });
  const { partner_refund_id: partnerRefundId = '' } = await call.arrived;
  const open = await world.database.manager.findOneByOrFail(Refund, { partnerRefundId });
  world.clock.advance(30_000);

  const resolved = await resolveRefund(domain, {
    ...{ caller, refundId: open.id, outcome: 'FAILED', note: 'nothing was seen' },
  });
  world.gateway.next(no('TRADE_STATUS_ERROR'), notFound);
  await settlePendingRefunds(domain, { limit: 10 });
  call.release(signed({ result_code: 'SUCCESS', partner_refund_id: partnerRefundId }));

  expect(await asked).toMatchObject({ refund: { status: 'SUCCEEDED', attempts: 1 } });
  expect(resolved).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  await patient.close();
});

test('a late answer of an older call neither fails a refund nor shortens the lease of the newer one', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await refund(transaction);
  world.clock.advance(60_000);
  const call = held();
  world.gateway.next(call.answer);
  const settling = settlePendingRefunds(world.domain, { limit: 10 });
  await call.arrived;
  const [before] = await world.database.manager.findBy(Refund, { transactionId: transaction.id });

  await settleRefund(
    world.domain,
    before?.id ?? '',
    {
      call: { kind: 'REJECTED', alipayCode: 'TRADE_HAS_CLOSE', message: '', signed: true },
      query: { kind: 'SUCCEEDED', answer: { refundStatus: 'NOT_FOUND' } },
      attempt: 1,
    },
    'late',
  );

  expect(await world.database.manager.findBy(Refund, { transactionId: transaction.id })).toEqual([
    before,
  ]);
  call.release(
    signed({ result_code: 'SUCCESS', partner_refund_id: before?.partnerRefundId ?? '' }),
  );
  await settling;
  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
});

test('that it was not there before it was made contradicts no refund, but what a person said of it', async () => {
  const { transaction } = await receivePayment(world);
  const first = held();
  world.gateway.next(first.answer);
  const asked = refund(transaction);
  await first.arrived;
  // A clock that jumps ahead: the lease has ended, and the call has not.
  world.clock.advance(60_000);
  const query = held();
  world.gateway.next(no('TRADE_HAS_CLOSE'), query.answer);
  const settling = settlePendingRefunds(world.domain, { limit: 10 });
  await query.arrived;
  const [open] = await world.database.manager.findBy(Refund, { transactionId: transaction.id });
  first.release(signed({ result_code: 'SUCCESS', partner_refund_id: open?.partnerRefundId ?? '' }));
  await asked;
  query.release(notFound);
  await settling;

  const told = ['PAYMENT_RECEIVED', 'REFUND_REQUESTED', 'REFUND_SUCCEEDED'];
  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
  expect(await eventTypes(transaction)).toEqual(told);
  await world.database.manager.update(Refund, { id: open?.id ?? '' }, { resolvedBy: 'somebody' });
  await settleRefund(
    world.domain,
    open?.id ?? '',
    {
      call: { kind: 'REJECTED', alipayCode: 'TRADE_HAS_CLOSE', message: '', signed: true },
      query: { kind: 'SUCCEEDED', answer: { refundStatus: 'NOT_FOUND' } },
    },
    'late',
  );
  expect(await eventTypes(transaction)).toEqual([...told, 'DISCREPANCY_FOUND']);
});
