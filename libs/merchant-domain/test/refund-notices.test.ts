import { type Fields } from '@countersign/alipay-protocol';

import { TransactionEvent } from '../src/event/transaction-event.entity';
import { confirmQuarantined } from '../src/inbox/confirm-quarantined';
import { Notification } from '../src/inbox/notification.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { type QrCode } from '../src/qr-code/qr-code.entity';
import { Refund } from '../src/refund/refund.entity';
import { type RefundResult, refundTransaction } from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { recoverTransaction } from '../src/transaction/recover-transaction';
import { Transaction } from '../src/transaction/transaction.entity';
import { type Answering, cut, refusal, signed, tradeIs } from './support/gateway';
import { notify, openCounter, openInbox, paymentFields, receivePayment } from './support/payments';
import { importText, lineOf, transactionFile } from './support/statements';
import { createWorld, type World } from './support/world';

const REFUND = 'alipay.acquire.overseas.spot.refund';
const yes: Answering = (request) =>
  signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' });
const refundIs =
  (state: string): Answering =>
  (request) =>
    signed({
      ...{ response_code: 'SUCCESS', refund_result_code: state },
      ...{ out_trade_no: request['out_trade_no'] ?? '' },
      ...{ out_return_no: request['out_return_no'] ?? '' },
    });

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

interface Paid {
  readonly transaction: Transaction;
  readonly code: QrCode;
  readonly fields: Fields;
}

/** Alipay tells of the refund with that id, of 4.00 unless it says otherwise. */
async function hear({ code, fields }: Omit<Paid, 'transaction'>, says: Fields): Promise<void> {
  const inbox = openInbox(world);
  const refund = { notify_action_type: 'refundFPAction', refund_fee: '4.00' };
  await notify(inbox, { ...fields, notify_id: 'refund', ...refund, ...says }, code.id);
  await processNotifications(world.domain, { limit: 10 });
  await inbox.close();
}

function ask({ transaction }: Paid, idempotencyKey: string, minor = '4.00'): Promise<RefundResult> {
  return refundTransaction(world.domain, {
    ...{ caller: world.owner, transactionId: transaction.id, idempotencyKey },
    amount: { amount: minor, currency: 'HKD' },
  });
}

async function idOf(asked: Promise<RefundResult>): Promise<string> {
  return (await asked).refund?.partnerRefundId ?? '';
}

/** Asked for, without an answer, and given up by a person who sees nothing of it. */
async function giveUp(paid: Paid): Promise<string> {
  world.gateway.next(cut);
  const { refund } = await ask(paid, 'key');
  await resolveRefund(world.domain, {
    ...{ caller: world.owner, refundId: refund?.id ?? '' },
    ...{ outcome: 'FAILED', note: 'not in the portal' },
  });
  return refund?.partnerRefundId ?? '';
}

/** The same by a repeat that is refused and a query that knows of none. */
async function beRefused(paid: Paid): Promise<string> {
  world.gateway.next(cut);
  const id = await idOf(ask(paid, 'key'));
  world.clock.advance(60_000);
  world.gateway.next(refusal('TRADE_NOT_EXIST'), signed({ response_code: 'NOT_FOUND' }));
  await settlePendingRefunds(world.domain, { limit: 10 });
  return id;
}

async function refunds(): Promise<Refund[]> {
  return world.database.manager.find(Refund, { order: { createdAt: 'ASC', id: 'ASC' } });
}

async function eventsAfterPayment(): Promise<TransactionEvent[]> {
  const events = await world.database.manager.find(TransactionEvent, {
    order: { position: 'ASC' },
  });
  return events.slice(1);
}

async function types(): Promise<string[]> {
  return (await eventsAfterPayment()).map(({ type }) => type);
}

async function reload({ transaction: { id } }: Paid): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, { id });
}

const elsewhere = (): Promise<string> => Promise.resolve('PORTAL-1');

function made<Result>(asked: () => Promise<Result>): Promise<Result> {
  world.gateway.next(yes);
  return asked();
}

const PORTAL = { out_biz_no: 'PORTAL-1', refund_fee: '4.00' };

function unanswered<Result>(asked: () => Promise<Result>): Promise<Result> {
  world.gateway.next(cut);
  return asked();
}

function cancel({ transaction: { id } }: Paid): Promise<unknown> {
  return cancelTransaction(world.domain, { caller: world.owner, transactionId: id });
}

/** The books are from a backup, and what was paid before is in doubt. */
async function restore(): Promise<void> {
  world.clock.advance(1_000);
  await world.database.manager.query(
    `insert into restorations (id, books_until, noticed_at) values (gen_random_uuid(), $1, $1)`,
    [world.clock.now()],
  );
}

describe('Alipay’s notice of a refund', () => {
  test.each<[string, (paid: Paid) => Promise<string>]>([
    ['given up by a person', giveUp],
    ['given up after a refusal', beRefused],
  ])('%s is told, counts as given, and is asked about until Alipay says so', async (_, make) => {
    const paid = await receivePayment(world);
    const id = await make(paid);
    const asked = world.gateway.requestsTo(REFUND).length;
    const before = ['REFUND_REQUESTED', 'REFUND_FAILED'];

    await hear(paid, { out_biz_no: id });

    expect(await types()).toEqual([...before, 'DISCREPANCY_FOUND', 'REFUND_REQUESTED']);
    expect((await eventsAfterPayment())[before.length]).toMatchObject({
      ...{ actor: 'alipay', amountMinor: 400n },
      detail: {
        ...{ field: 'refund.status', expected: 'FAILED', actual: 'SUCCEEDED' },
        partnerRefundId: id,
      },
    });
    expect(await reload(paid)).toMatchObject({ refundedMinor: 0n, pendingRefundMinor: 400n });
    expect(await ask(paid, 'another key', '6.01')).toMatchObject({
      refusal: 'AMOUNT_EXCEEDS_REFUNDABLE',
    });
    world.gateway.next(refundIs('SUCCESS'));
    await settlePendingRefunds(world.domain, { limit: 10 });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(asked);
    expect(await reload(paid)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedMinor: 400n });
    expect(await types()).toEqual([
      ...before,
      ...['DISCREPANCY_FOUND', 'REFUND_REQUESTED', 'REFUND_SUCCEEDED'],
    ]);
  });

  test.each<[string, (paid: Paid) => Promise<string>, Fields]>([
    ['made elsewhere', elsewhere, {}],
    ['given up, with another amount', giveUp, { refund_fee: '3.00' }],
  ])('%s is told, and not taken up: a file may tell of it otherwise', async (_, make, says) => {
    const paid = await receivePayment(world);
    const out_biz_no = await make(paid);
    const before = await refunds();

    await hear(paid, { out_biz_no, ...says });

    expect((await types()).at(-1)).toBe('DISCREPANCY_FOUND');
    expect(await refunds()).toEqual(before);
  });

  test('of what was given up makes the same key a replay, and another amount a conflict', async () => {
    const paid = await receivePayment(world);
    await hear(paid, { out_biz_no: await giveUp(paid) });

    const taken = (await refunds())[1];
    expect(await ask(paid, 'key')).toMatchObject({ replayed: true, refund: { id: taken?.id } });
    expect(await ask(paid, 'key', '5.00')).toMatchObject({ refusal: 'IDEMPOTENCY_CONFLICT' });
    expect((await refunds()).map(({ status }) => status)).toEqual(['FAILED', 'PENDING']);
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  });

  test('is told once, however many messages say it', async () => {
    const paid = await receivePayment(world);
    const full = await idOf(made(() => ask(paid, 'key', '10.00')));

    for (const notify_id of ['a', 'b', 'c']) {
      await hear(paid, { notify_id, out_biz_no: 'PORTAL-1' });
      await hear(paid, { notify_id: `${notify_id}2`, out_biz_no: full });
    }

    expect(await types()).toEqual([
      ...['REFUND_REQUESTED', 'REFUND_SUCCEEDED', 'DISCREPANCY_FOUND', 'DISCREPANCY_FOUND'],
    ]);
    expect((await eventsAfterPayment())[3]?.detail).toMatchObject({
      ...{ field: 'refund.amount', expected: '1000', actual: '400' },
    });
    expect(await refunds()).toHaveLength(1);
  });

  test('and several in one batch are told once each', async () => {
    const { code, fields } = await receivePayment(world);
    const inbox = openInbox(world);
    for (const [notify_id, id] of ['PORTAL-1', 'PORTAL-2', 'PORTAL-2', 'PORTAL-3'].entries()) {
      const says = { notify_id: String(notify_id), refund_fee: '4.00', out_biz_no: id };
      await notify(inbox, { ...fields, ...says }, code.id);
    }

    await processNotifications(world.domain, { limit: 10 });

    expect(await types()).toEqual(['DISCREPANCY_FOUND', 'DISCREPANCY_FOUND', 'DISCREPANCY_FOUND']);
    await inbox.close();
  });

  test.each<[string, Answering, string, string]>([
    ['open', cut, 'PENDING', '4.00'],
    ['made', yes, 'SUCCEEDED', '4.00'],
    ['made, and it names nothing', yes, 'SUCCEEDED', '0.00'],
  ])('of one that is %s changes nothing', async (_, answer, status, refund_fee) => {
    const paid = await receivePayment(world);
    world.gateway.next(answer);
    const id = await idOf(ask(paid, 'key'));

    await hear(paid, { out_biz_no: refund_fee === '0.00' ? 'PORTAL-1' : id, refund_fee });

    expect(await refunds()).toMatchObject([{ status }]);
    expect(await types()).not.toContain('DISCREPANCY_FOUND');
  });

  test('of a payment whose cancel is under way is told, and not taken up', async () => {
    const paid = await receivePayment(world);
    const out_biz_no = await giveUp(paid);
    await unanswered(() => cancel(paid));

    await hear(paid, { out_biz_no });

    expect((await types()).at(-1)).toBe('DISCREPANCY_FOUND');
    expect(await refunds()).toHaveLength(1);
  });

  test('that tells the sum of all so far, and one of a cancel, say nothing new', async () => {
    const paid = await receivePayment(world);
    await made(() => ask(paid, 'first'));
    const id = await idOf(made(() => ask(paid, 'second', '3.00')));
    await hear(paid, { out_biz_no: id, refund_fee: '7.00' });
    await hear(paid, { out_biz_no: paid.fields['out_trade_no'] ?? '', notify_id: 'order' });
    const cancelled = await receivePayment(world);
    await unanswered(() => cancel(cancelled));
    await hear(cancelled, { out_biz_no: 'CANCEL-1', refund_fee: '10.00', notify_id: 'cancel' });

    expect(await types()).not.toContain('DISCREPANCY_FOUND');
  });

  test.each(['after', 'before'])(
    'is settled by the statement’s line that comes %s it, and counted once',
    async (order) => {
      const paid = await receivePayment(world);
      const { alipayTransId: tradeNo, partnerTransId } = paid.transaction;
      // As a refund is told that carries no number of its own.
      const line = { type: 'REFUND', partnerId: partnerTransId ?? '', tradeNo, amount: '4.00' };
      const tell = [
        () => hear(paid, { out_biz_no: 'PORTAL-1' }),
        () => importText(world, transactionFile([lineOf(paid.transaction), line])),
      ];

      for (const told of order === 'after' ? tell : tell.reverse()) await told();

      expect(await refunds()).toMatchObject([{ status: 'SUCCEEDED', amountMinor: 400n }]);
      expect(await reload(paid)).toMatchObject({ refundedMinor: 400n, pendingRefundMinor: 0n });
    },
  );

  test('under the id of another payment’s refund is told, and not taken up', async () => {
    const other = await receivePayment(world);
    const id = await idOf(made(() => ask(other, 'key')));
    const { code, fields } = await receivePayment(world);

    await hear({ code, fields }, { out_biz_no: id });

    expect((await types()).at(-1)).toBe('DISCREPANCY_FOUND');
    expect(await refunds()).toHaveLength(1);
  });

  test('that comes before any other message of its payment makes both known', async () => {
    const { code } = await openCounter(world);
    const fields = paymentFields();

    await hear({ code, fields }, { out_biz_no: 'PORTAL-1' });

    expect(await types()).toEqual(['DISCREPANCY_FOUND']);
    expect(await world.database.manager.countBy(Transaction, { status: 'PAID' })).toBe(1);
  });

  test('of a payment in doubt after a restored backup waits for what is sent again, and the statement', async () => {
    const paid = await receivePayment(world);
    await restore();

    await hear(paid, { out_biz_no: 'PORTAL-1' });

    expect(await types()).toEqual([]);
    expect(await refunds()).toEqual([]);
  });

  test('of a payment that a query found only after a backup was restored waits for the same', async () => {
    await restore();
    world.clock.advance(60_000);
    const { code } = await openCounter(world);
    const fields = paymentFields();
    const partnerTransId = fields['out_trade_no'] ?? '';
    const alipayTransId = fields['trade_no'] ?? '';
    world.gateway.next(tradeIs('TRADE_CLOSED'));
    const caller = world.owner;
    await recoverTransaction(world.domain, { caller, partnerTransId, alipayTransId });

    await hear({ code, fields }, { trade_status: 'TRADE_CLOSED', out_biz_no: 'PORTAL-1' });

    expect(
      await world.database.manager.countBy(TransactionEvent, { type: 'DISCREPANCY_FOUND' }),
    ).toBe(0);
    expect(await refunds()).toEqual([]);
  });
});

describe('a paid payment that Alipay has closed', () => {
  const closed = {
    ...{ notify_id: 'closed', trade_status: 'TRADE_CLOSED' },
    ...{ refund_fee: '', out_biz_no: '' },
  };

  test.each<[string, (paid: Paid) => Promise<unknown>, string[], Fields]>([
    ['nothing', () => Promise.resolve(), ['0', '1000'], {}],
    ['a part', (paid) => made(() => ask(paid, 'key')), ['400', '1000'], {}],
    ['nothing that the notice itself tells of', elsewhere, ['0', '1000'], PORTAL],
    ['a refund that was given up', giveUp, ['0', '1000'], {}],
  ])('while the books have given back %s, is told once', async (_, before, sides, says) => {
    const paid = await receivePayment(world);
    await before(paid);

    await hear(paid, { ...closed, ...says });
    await hear(paid, { ...closed, ...says, notify_id: 'again' });

    const [expected = '', actual = ''] = sides;
    const told = (await eventsAfterPayment()).filter(
      ({ type, detail }) => type === 'DISCREPANCY_FOUND' && detail?.['field'] === 'refundedAmount',
    );
    expect(told).toMatchObject([
      { status: 'CLOSED', detail: { expected, actual }, amountMinor: 1000n - BigInt(expected) },
    ]);
    expect(await reload(paid)).toMatchObject({ status: 'CLOSED' });
  });

  test.each<[string, (paid: Paid) => Promise<unknown>]>([
    ['a refund', (paid) => made(() => ask(paid, 'key', '10.00'))],
    ['a refund without an answer', (paid) => unanswered(() => ask(paid, 'key', '10.00'))],
    ['a cancel without an answer', (paid) => unanswered(() => cancel(paid))],
  ])('while %s gives all of it back, is told as nothing else', async (_, before) => {
    const paid = await receivePayment(world);
    await before(paid);

    await hear(paid, closed);

    expect(await types()).not.toContain('DISCREPANCY_FOUND');
  });

  test('by a refund that was given up, and that the notice names, is told as that refund alone', async () => {
    const paid = await receivePayment(world);
    world.gateway.next(cut);
    const { refund } = await ask(paid, 'key', '10.00');
    await resolveRefund(world.domain, {
      ...{ caller: world.owner, refundId: refund?.id ?? '' },
      ...{ outcome: 'FAILED', note: 'not in the portal' },
    });

    const out_biz_no = refund?.partnerRefundId ?? '';
    await hear(paid, { ...closed, refund_fee: '10.00', out_biz_no });
    world.gateway.next(refundIs('SUCCESS'));
    await settlePendingRefunds(world.domain, { limit: 10 });

    expect((await types()).slice(2)).toEqual([
      ...['STATUS_CHANGED', 'DISCREPANCY_FOUND', 'REFUND_REQUESTED', 'REFUND_SUCCEEDED'],
    ]);
    expect(await reload(paid)).toMatchObject({ status: 'REFUNDED', refundedMinor: 1000n });
  });

  test('by a refund that the books lack, and that the notice names, is told as that refund alone', async () => {
    const paid = await receivePayment(world);
    await made(() => ask(paid, 'key'));

    await hear(paid, { ...closed, refund_fee: '6.00', out_biz_no: 'PORTAL-1' });

    const told = (await eventsAfterPayment()).filter(({ type }) => type === 'DISCREPANCY_FOUND');
    expect(told).toMatchObject([{ detail: { field: 'refund.status', expected: 'UNKNOWN' } }]);
  });

  test('in doubt after a restored backup, and one that nobody had paid, are told as nothing else', async () => {
    const paid = await receivePayment(world);
    await restore();
    await hear(paid, closed);
    const { code, fields } = await receivePayment(world, { trade_status: 'WAIT_BUYER_PAY' });
    await world.database.manager.query('delete from restorations');
    await hear({ code, fields }, { ...closed, notify_id: 'unpaid' });

    expect(await types()).toEqual(['STATUS_CHANGED', 'STATUS_CHANGED']);
  });
});

describe('a notice of a refund that was given up, which a query has to confirm', () => {
  const givenUp = async (): Promise<Paid & { readonly partnerRefundId: string }> => {
    const paid = await receivePayment(world);
    world.gateway.next(cut);
    const partnerRefundId = await idOf(ask(paid, 'key'));
    world.clock.advance(60_000);
    world.gateway.next(refusal('TRADE_NOT_EXIST'), signed({ response_code: 'NOT_FOUND' }));
    await settlePendingRefunds(world.domain, { limit: 10 });
    return { ...paid, partnerRefundId };
  };
  const hearAndConfirm = async ({ fields }: Paid, says: Fields, codeId: string | null) => {
    const inbox = openInbox(world);
    const refund = { notify_action_type: 'refundFPAction', refund_fee: '4.00' };
    await notify(inbox, { ...fields, notify_id: 'refund', ...refund, ...says }, codeId);
    await processNotifications(world.domain, { limit: 10 });
    await inbox.close();
    world.gateway.next(tradeIs('TRADE_SUCCESS'));
    await confirmQuarantined(world.domain, { limit: 10 });
    return world.database.manager.findOneByOrFail(Notification, { notifyId: 'refund' });
  };

  test('is told, and asked about, when it came to an address of nobody', async () => {
    const paid = await givenUp();

    const message = await hearAndConfirm(paid, { out_biz_no: paid.partnerRefundId }, null);

    expect(message).toMatchObject({ status: 'APPLIED' });
    const refunds = await world.database.manager.find(Refund, { order: { id: 'ASC' } });
    expect(refunds).toMatchObject([{ status: 'FAILED' }, { status: 'PENDING' }]);
    expect(
      await world.database.manager.countBy(TransactionEvent, { type: 'DISCREPANCY_FOUND' }),
    ).toBe(1);
  });

  test('stays for people where it can be read in another way', async () => {
    const paid = await givenUp();
    const says = { out_biz_no: paid.partnerRefundId, body: 'beer&till=3' };

    const message = await hearAndConfirm(paid, says, paid.code.id);

    expect(message).toMatchObject({ status: 'QUARANTINED', awaitsQuery: false });
    expect(message.reason).toMatch(/refund that the books do not hold/);
  });
});

test.each(['before', 'after'])(
  'that a payment is closed, heard %s our refund of all of it has failed, is told',
  async (when) => {
    const paid = await receivePayment(world);
    const closes = { notify_action_type: '', refund_fee: '', trade_status: 'TRADE_CLOSED' };
    world.gateway.next(cut);
    await ask(paid, 'key', '10.00');
    if (when === 'before') await hear(paid, closes);
    world.clock.advance(60_000);
    world.gateway.next(refusal('TRADE_HAS_CLOSE'), signed({ response_code: 'NOT_FOUND' }));
    await settlePendingRefunds(world.domain, { limit: 10 });
    if (when === 'after') await hear(paid, closes);

    expect(await world.database.manager.find(Refund)).toMatchObject([{ status: 'FAILED' }]);
    const told = await world.database.manager.findBy(TransactionEvent, {
      type: 'DISCREPANCY_FOUND',
    });
    expect(told).toMatchObject([
      { amountMinor: 1000n, detail: { field: 'refundedAmount', expected: '0', actual: '1000' } },
    ]);
  },
);

test('a refund that was given up, told by a notice, and that failed at Alipay, ends as failed', async () => {
  const paid = await receivePayment(world);
  world.gateway.next(cut);
  const { refund } = await ask(paid, 'key');
  await resolveRefund(world.domain, {
    ...{ caller: world.owner, refundId: refund?.id ?? '' },
    ...{ outcome: 'FAILED', note: 'not seen' },
  });
  world.clock.advance(3_600_000);
  await hear(paid, { out_biz_no: refund?.partnerRefundId ?? '' });
  world.clock.advance(60_000);
  world.gateway.next(refundIs('FAILED'));

  await settlePendingRefunds(world.domain, { limit: 10 });

  const refunds = await world.database.manager.find(Refund);
  expect(refunds.map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
});
