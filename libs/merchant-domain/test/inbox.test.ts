import { decodeNotification, encodeNotification, type Fields } from '@countersign/alipay-protocol';
import { uuidv7 } from 'uuidv7';

import { TransactionEvent } from '../src/event/transaction-event.entity';
import { confirmQuarantined } from '../src/inbox/confirm-quarantined';
import { acceptSql, createNotificationInbox, InboxFull } from '../src/inbox/accept-notifications';
import { keepRefusedNotification } from '../src/inbox/keep-refused-notification';
import { Notification } from '../src/inbox/notification.entity';
import { columnsOf } from '../src/inbox/notification-content';
import { notificationTokenFor, qrCodeIdOfToken } from '../src/inbox/notification-token';
import { processNotifications } from '../src/inbox/process-notifications';
import { replayNotification } from '../src/inbox/replay-notification';
import { reverifyNotifications } from '../src/inbox/reverify-notifications';
import { Merchant } from '../src/merchant/merchant.entity';
import { type CreateQrCode, createQrCode } from '../src/qr-code/create-qr-code';
import { QrCode } from '../src/qr-code/qr-code.entity';
import { settleQrCode } from '../src/qr-code/settle-qr-code';
import { askPayingWallets } from '../src/transaction/ask-paying-wallets';
import { recoverTransaction } from '../src/transaction/recover-transaction';
import { refreshTransaction } from '../src/transaction/refresh-transaction';
import { Transaction } from '../src/transaction/transaction.entity';
import { transactionTotals } from '../src/transaction/transaction.queries';
import { codeOf, createCommand } from './support/codes';
import {
  type Answering,
  cut,
  gatewaySigner,
  gatewayVerifier,
  held,
  refusal,
  type Reply,
  signed,
  unsignedRefusal,
} from './support/gateway';
import {
  findTrade,
  notify,
  openCounter,
  openInbox,
  paymentFields,
  receivePayment,
} from './support/payments';
import { aQrCode, aStore } from './support/records';
import { importText, type Line, lineOf, named, transactionFile } from './support/statements';
import { untilWaiting } from './support/until-waiting';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

type Counter = Awaited<ReturnType<typeof openCounter>>;

async function process(): Promise<void> {
  await processNotifications(world.domain, { limit: 100 });
}

async function notifications(): Promise<Notification[]> {
  return world.database.manager.find(Notification, { order: { receivedAt: 'ASC', id: 'ASC' } });
}

async function eventTypes(transaction: Transaction): Promise<string[]> {
  const events = await world.database.manager.find(TransactionEvent, {
    where: { transactionId: transaction.id },
    order: { position: 'ASC' },
  });
  return events.map(({ type }) => type);
}

const tradeIs =
  (status: string, more: Record<string, string> = {}): Answering =>
  (request) =>
    answerTo(request, status, more);

function answerTo(request: Fields, status: string, more: Record<string, string> = {}): Reply {
  return signed({
    result_code: 'SUCCESS',
    alipay_trans_status: status,
    alipay_trans_id: request['alipay_trans_id'] ?? '2026010222001999',
    partner_trans_id: request['partner_trans_id'] ?? 'T-recovered',
    trans_amount: '10.00',
    currency: 'HKD',
    payment_inst: 'ALIPAYHK',
    alipay_pay_time: '20260102150403',
    ...more,
  });
}

function recover({
  trade_no: alipayTransId = '',
  out_trade_no: partnerTransId = '',
}: Fields): Promise<unknown> {
  return recoverTransaction(world.domain, { caller: world.owner, alipayTransId, partnerTransId });
}

/** The line of a payment that only a message has told of. */
function lineOfMessage({ trade_no: tradeNo = '', out_trade_no: partnerId = '' }: Fields): Line {
  return { tradeNo, partnerId, amount: '10.00' };
}

describe('taking in', () => {
  test('a full queue takes nothing, and says so', async () => {
    const { code } = await openCounter(world);
    const inbox = createNotificationInbox(world.database, {
      now: world.clock.now,
      newId: uuidv7,
      queueMax: 1,
      connections: 0,
    });

    const first = notify(inbox, paymentFields(), code.id);
    await expect(notify(inbox, paymentFields(), code.id)).rejects.toBeInstanceOf(InboxFull);

    void first;
    expect(await notifications()).toHaveLength(0);
  });

  test('fifty copies at once are one row, one transaction, one event', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => notify(inbox, fields, code.id)),
    );
    await Promise.all([process(), process(), process()]);

    expect(answers.filter((answer) => answer === 'STORED')).toHaveLength(1);
    expect(await notifications()).toHaveLength(1);
    const transaction = await findTrade(world, fields);
    expect(transaction).toMatchObject({
      status: 'PAID',
      amountMinor: 1000n,
      currency: 'HKD',
      buyerLogin: '852-45****88',
    });
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED']);
    await inbox.close();
  });

  test('a resend with a new time of sending is the same message', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();

    await notify(inbox, fields, code.id);
    expect(await notify(inbox, { ...fields, notify_time: '2026-01-02 15:06:05' }, code.id)).toBe(
      'DUPLICATE',
    );
    await inbox.close();
  });

  test('text that PostgreSQL cannot hold is kept as bytes, and fails nobody else', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);

    const answers = await Promise.all([
      notify(inbox, paymentFields({ body: 'a\u0000b' }), code.id),
      notify(inbox, paymentFields({ notify_id: 'x'.repeat(5_000) }), code.id),
      // Of four bytes each: cut by the half, one of them would be no character any more.
      notify(inbox, paymentFields({ buyer_email: '𠮷𠮷𠮷𠮷' }), code.id),
      notify(inbox, paymentFields({ buyer_email: 'a𠮷𠮷@example.com' }), code.id),
      notify(inbox, paymentFields(), code.id),
    ]);
    await process();

    expect(new Set(answers)).toEqual(new Set(['STORED']));
    expect(await notifications()).toHaveLength(5);
    expect(new Set((await notifications()).map(({ status }) => status))).toEqual(
      new Set(['APPLIED']),
    );
    await inbox.close();
  });
});

test.each(['a😀b@example.com', '12😀4567890', '1234567😀9'])(
  'the payment of %s is received: no character of the buyer’s name is cut in two',
  async (buyer) => {
    const { transaction } = await receivePayment(world, { buyer_email: buyer });

    expect(transaction.buyerLogin).toMatch(/^(?:a😀\*{4}@example\.com|12😀\*{4}90|123\*{4}😀9)$/u);
  },
);

describe('any order of a trade ends in the same state (decision 11)', () => {
  const steps = ['TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED'];
  const orders = permutations(steps);

  test.each(orders.map((order) => [order.join(' → '), order] as const))(
    '%s',
    async (_name, order) => {
      const { code } = await openCounter(world);
      const inbox = openInbox(world);
      const fields = paymentFields();

      for (const status of order) {
        await notify(
          inbox,
          { ...fields, notify_id: `${fields['notify_id'] ?? ''}-${status}`, trade_status: status },
          code.id,
        );
        await process();
      }

      const transaction = await findTrade(world, fields);
      expect(transaction).toMatchObject({
        status: 'CLOSED',
        alipayStatus: 'TRADE_CLOSED',
        paidAt: new Date('2026-01-02T07:04:03Z'),
      });
      expect(
        (await eventTypes(transaction)).filter((type) => type === 'PAYMENT_RECEIVED'),
      ).toHaveLength(1);
      await inbox.close();
    },
  );

  test('a payment whose message lacks its time, and comes a day late, is of the day on which it was made', async () => {
    const { transaction } = await receivePayment(world, {
      gmt_payment: '',
      notify_time: '2026-01-03 15:26:05',
    });

    expect(transaction).toMatchObject({ status: 'PAID', paidAt: new Date('2026-01-02T07:04:00Z') });
    await importText(world, transactionFile([lineOf(transaction)]));
    expect(await named(world)).toEqual(['STATUS_MISMATCH paidAt HEALED']);
    expect(await findTrade(world, { trade_no: transaction.alipayTransId })).toMatchObject({
      paidAt: new Date('2026-01-02T07:04:03Z'),
      paidAtGuessed: false,
    });
  });

  test('two equal payments are two transactions', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);

    await Promise.all([
      notify(inbox, paymentFields(), code.id),
      notify(inbox, paymentFields(), code.id),
    ]);
    await process();

    expect(await world.database.manager.countBy(Transaction, { qrCodeId: code.id })).toBe(2);
    await inbox.close();
  });

  test('an unknown state changes nothing, and is shown', async () => {
    const { transaction } = await receivePayment(world, { trade_status: 'TRADE_DREAMT' });

    expect(transaction).toMatchObject({ status: 'AWAITING_PAYMENT', alipayStatus: 'TRADE_DREAMT' });
    expect(await eventTypes(transaction)).toEqual([]);
  });
});

describe('quarantine (decision 12)', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['another seller', { seller_id: '2088999999999999' }, /another seller/],
    ['another currency', { currency: 'CNY' }, /CNY/],
    ['no trade number', { trade_no: '' }, /trade_no/],
    ['an amount that is none', { total_fee: '1e3' }, /amount/],
    ['an amount of zero', { total_fee: '0.00' }, /zero/],
  ])('%s is stored, visible, and not applied', async (_name, some, reason) => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);

    expect(await notify(inbox, paymentFields(some), code.id)).toBe('STORED');
    await process();

    const [notification] = await notifications();
    expect(notification).toMatchObject({ status: 'QUARANTINED', nextCheckAt: null });
    expect(notification?.reason).toMatch(reason);
    expect(await world.database.manager.count(Transaction)).toBe(0);
    await inbox.close();
  });

  test('it blocks nothing behind it', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const good = paymentFields();

    await notify(inbox, paymentFields({ seller_id: '2088999999999999' }), code.id);
    await notify(inbox, good, code.id);
    await process();

    expect(await findTrade(world, good)).toMatchObject({ status: 'PAID' });
    await inbox.close();
  });

  test('a known notify_id with another content is not applied', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();

    await notify(inbox, fields, code.id);
    await notify(inbox, { ...fields, total_fee: '99.00' }, code.id);
    await process();

    expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n });
    expect((await notifications()).map(({ status }) => status)).toEqual(['APPLIED', 'QUARANTINED']);
    await inbox.close();
  });

  test('of two contents under one id the first is applied, also when its number is the later one', async () => {
    const { code } = await openCounter(world);
    const [earlierId, laterId] = [uuidv7(), uuidv7()];
    const ids = [laterId, earlierId];
    const inbox = createNotificationInbox(world.database, {
      now: world.clock.now,
      newId: () => ids.shift() ?? '',
    });
    const fields = paymentFields();
    await notify(inbox, fields, code.id);
    world.clock.advance(5);
    await notify(inbox, { ...fields, total_fee: '99.00' }, code.id);

    await processNotifications(world.domain, { limit: 1 });
    await processNotifications(world.domain, { limit: 1 });

    expect((await notifications()).map(({ status }) => status)).toEqual(['APPLIED', 'QUARANTINED']);
    expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n });
    await inbox.close();
  });

  test('of two contents under one id the first is applied, also when a clock is set back before the other comes', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();
    await notify(inbox, fields, code.id);
    world.clock.advance(-3_600_000);
    await notify(inbox, { ...fields, total_fee: '99.00' }, code.id);

    await process();

    expect((await notifications()).map(({ status }) => status)).toEqual(['APPLIED', 'QUARANTINED']);
    expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n });
    await inbox.close();
  });

  test('what is kept under its id is found by its id, also by a plan that was made while little was kept', async () => {
    await receivePayment(world);
    await world.database.manager.query('analyze notifications');
    const client = await world.database.ingest.connect();
    try {
      await client.query(`prepare accepting as ${acceptSql('null')}`);
      await client.query('set plan_cache_mode = force_generic_plan');
      const nulls = Array<string>(10).fill('null').join(', ');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain execute accepting (${nulls})`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join(' ');
      expect(plan).toContain('Index Cond: (notify_id = message.notify_id)');
    } finally {
      client.release(true);
    }
  });

  test('of two contents under one id the first can be replayed once its cause is mended, the other cannot', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields({ seller_id: '2088000000000009' });
    await notify(inbox, fields, code.id);
    world.clock.advance(5);
    await notify(inbox, { ...fields, total_fee: '99.00' }, code.id);
    await process();
    const [first, other] = await notifications();
    const mended = { ...world.domain, sellerIds: ['2088000000000009'] };

    for (const message of [other, first, other]) {
      await replayNotification(mended, {
        caller: world.owner,
        notificationId: message?.id ?? '',
      });
    }

    expect((await notifications()).map(({ status }) => status)).toEqual(['APPLIED', 'QUARANTINED']);
    expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n });
    await inbox.close();
  });

  test('another amount for a trade on record becomes a visible discrepancy', async () => {
    const { transaction, code, fields } = await receivePayment(world);
    const inbox = openInbox(world);

    await notify(inbox, { ...fields, notify_id: 'other', total_fee: '11.00' }, code.id);
    await process();

    expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n, status: 'PAID' });
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED', 'DISCREPANCY_FOUND']);
    await inbox.close();
  });

  test('one that contradicts a trade on record does not say where it was paid', async () => {
    const { code } = await openCounter(world);
    const { code: other } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    await recover(fields);

    await notify(inbox, { ...fields, notify_id: 'other', total_fee: '11.00' }, other.id);
    await process();
    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: null, storeId: null });
    await notify(inbox, fields, code.id);
    await process();

    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: code.id, amountMinor: 1000n });
    expect((await notifications()).map(({ status }) => status)).toEqual(['QUARANTINED', 'APPLIED']);
    expect(await eventTypes(await findTrade(world, fields))).toEqual([
      'PAYMENT_RECEIVED',
      'DISCREPANCY_FOUND',
      'STORE_LEARNED',
    ]);
    await inbox.close();
  });

  test('a copy without a token that came first does not keep the genuine one from naming its code', async () => {
    const { store, code } = await openCounter(world);
    const fields = paymentFields();
    const inbox = openInbox(world);
    await notify(inbox, fields, null);
    await process();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    await confirmQuarantined(world.domain, { limit: 10 });
    expect(await findTrade(world, fields)).toMatchObject({ status: 'PAID', storeId: null });

    expect(await notify(inbox, fields, code.id)).toBe('DUPLICATE');
    await process();

    expect(await findTrade(world, fields)).toMatchObject({ storeId: store.id, qrCodeId: code.id });
    expect(await notifications()).toMatchObject([{ status: 'APPLIED', qrCodeId: code.id }]);
    expect(await eventTypes(await findTrade(world, fields))).toEqual([
      'PAYMENT_RECEIVED',
      'STORE_LEARNED',
    ]);
    await inbox.close();
  });

  test('without a token of ours it waits until a query confirms it', async () => {
    const inbox = openInbox(world);
    const fields = paymentFields();
    await notify(inbox, fields, null);
    await process();
    expect(await notifications()).toMatchObject([{ status: 'QUARANTINED' }]);

    world.gateway.next(cut, tradeIs('TRADE_SUCCESS'));
    await confirmQuarantined(world.domain, { limit: 10 });
    world.clock.advance(5_000);
    await confirmQuarantined(world.domain, { limit: 10 });

    expect(await notifications()).toMatchObject([{ status: 'APPLIED', nextCheckAt: null }]);
    expect(await findTrade(world, fields)).toMatchObject({
      status: 'PAID',
      qrCodeId: null,
      paymentInstitution: 'ALIPAY_HK',
    });
    await inbox.close();
  });

  test('what was left to people is applied when one of them recovers the trade', async () => {
    const inbox = openInbox(world);
    const fields = paymentFields();
    await notify(inbox, fields, null);
    await process();
    world.gateway.next(
      unsignedRefusal('ILLEGAL_SIGN'),
      refusal('TRADE_NOT_EXIST'),
      tradeIs('TRADE_SUCCESS'),
    );
    await confirmQuarantined(world.domain, { limit: 10 });
    world.clock.advance(5_000);
    await confirmQuarantined(world.domain, { limit: 10 });
    expect(await notifications()).toMatchObject([{ status: 'QUARANTINED', nextCheckAt: null }]);

    await recoverTransaction(world.domain, {
      caller: world.owner,
      alipayTransId: fields['trade_no'] ?? '',
      partnerTransId: fields['out_trade_no'] ?? '',
    });

    expect(await notifications()).toMatchObject([{ status: 'APPLIED' }]);
    await inbox.close();
  });

  test('a value that reads like a further field is not believed until a query confirms it', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields({ body: 'two teas&total_fee=99.00' });
    await notify(inbox, fields, code.id);
    await process();
    expect(await notifications()).toMatchObject([{ status: 'QUARANTINED' }]);
    world.gateway.next(tradeIs('TRADE_SUCCESS'));

    await confirmQuarantined(world.domain, { limit: 10 });

    expect(await notifications()).toMatchObject([{ status: 'APPLIED' }]);
    expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n, qrCodeId: code.id });
    await inbox.close();
  });

  test.each([1, 2])(
    'a message cut in another way stands neither for the genuine one nor in its way, %i at a time',
    async (limit) => {
      const { code } = await openCounter(world);
      const inbox = openInbox(world);
      const fields = paymentFields();
      const { total_fee: fee = '', trade_no: trade = '', ...others } = fields;
      const cut = { ...others, total_fee: `${fee}&trade_no=${trade}` };

      expect(await notify(inbox, cut, code.id)).toBe('STORED');
      world.clock.advance(5);
      expect(await notify(inbox, fields, code.id)).toBe('STORED');
      expect(await notify(inbox, fields, code.id)).toBe('DUPLICATE');
      for (let done = 0; done < 2; done += limit)
        await processNotifications(world.domain, { limit });

      expect((await notifications()).map(({ status }) => status)).toEqual([
        'QUARANTINED',
        'APPLIED',
      ]);
      expect(await findTrade(world, fields)).toMatchObject({ amountMinor: 1000n });
      await inbox.close();
    },
  );

  test('one that names no amount is applied once its trade is known, also when it came first', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    const [inOrder, reversed, alone] = [paymentFields(), paymentFields(), paymentFields()];
    const finished = (fields: Fields): Fields => ({
      ...{ ...fields, notify_id: `${fields['notify_id'] ?? ''}-finished` },
      ...{ trade_status: 'TRADE_FINISHED', total_fee: '' },
    });

    for (const fields of [
      inOrder,
      finished(inOrder),
      finished(reversed),
      reversed,
      finished(alone),
    ]) {
      await notify(inbox, fields, code.id);
      await process();
    }
    await confirmQuarantined(world.domain, { limit: 10 });
    await process();

    for (const fields of [inOrder, reversed, alone]) {
      const transaction = await findTrade(world, fields);
      expect(transaction).toMatchObject({ status: 'FINISHED', qrCodeId: code.id });
      expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED', 'STATUS_CHANGED']);
    }
    expect(await notifications()).toHaveLength(5);
    expect(await world.database.manager.countBy(Notification, { status: 'APPLIED' })).toBe(5);
    await inbox.close();
  });

  test.each([
    ['paid', 'WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'PAID'],
    ['closed', 'TRADE_SUCCESS', 'TRADE_CLOSED', 'CLOSED'],
  ])(
    'a query that was answered before a trade was %s does not stand for the message that says so',
    async (_what, earlier, later, status) => {
      const { code } = await openCounter(world);
      const inbox = openInbox(world);
      const fields = paymentFields({ body: 'two teas&sugar=1', trade_status: later });
      await notify(inbox, { ...fields, notify_id: 'earlier', trade_status: earlier }, code.id);
      await process();
      const query = held();
      world.gateway.next(query.answer);
      const asking = confirmQuarantined(world.domain, { limit: 10 });
      const request = await query.arrived;

      await notify(inbox, fields, code.id);
      await process();
      query.release(answerTo(request, earlier));
      await asking;
      world.gateway.always('alipay.acquire.overseas.query', tradeIs(later));
      world.clock.advance(5_000);
      await confirmQuarantined(world.domain, { limit: 10 });

      const transaction = await findTrade(world, fields);
      expect(transaction).toMatchObject({ status, qrCodeId: code.id });
      expect(await eventTypes(transaction)).toContain('PAYMENT_RECEIVED');
      expect((await notifications()).map((message) => message.status)).toEqual([
        'APPLIED',
        'APPLIED',
      ]);
      await inbox.close();
    },
  );

  test('an answer that names no amount is asked for again after pauses that grow', async () => {
    const inbox = openInbox(world);
    await notify(inbox, paymentFields(), null);
    await process();
    const answer = tradeIs('TRADE_SUCCESS', { trans_amount: '' });
    world.gateway.always('alipay.acquire.overseas.query', answer);

    for (let hour = 1; hour <= 10; hour += 1) {
      world.clock.advance(3_600_000);
      await confirmQuarantined(world.domain, { limit: 10 });
    }

    const fiveMinutesOn = new Date(world.clock.now().getTime() + 5 * 60_000);
    expect(await notifications()).toMatchObject([
      { status: 'QUARANTINED', nextCheckAt: fiveMinutesOn },
    ]);
    await inbox.close();
  });

  test('an answer that contradicts the record confirms no message, and is told once', async () => {
    const { transaction, code, fields } = await receivePayment(world, {
      trade_status: 'WAIT_BUYER_PAY',
    });
    const inbox = openInbox(world);
    const paid = { ...fields, notify_id: 'paid', trade_status: 'TRADE_SUCCESS' };
    await notify(inbox, { ...paid, body: 'two teas&sugar=1' }, code.id);
    await process();
    world.gateway.always(
      'alipay.acquire.overseas.query',
      tradeIs('TRADE_SUCCESS', {
        ...{ partner_trans_id: fields['out_trade_no'] ?? '', trans_amount: '11.00' },
      }),
    );

    for (let round = 1; round <= 3; round += 1) {
      await confirmQuarantined(world.domain, { limit: 10 });
      world.clock.advance(3_600_000);
    }

    expect(await eventTypes(transaction)).toEqual(['DISCREPANCY_FOUND']);
    const [, message] = await notifications();
    expect(message).toMatchObject({ status: 'QUARANTINED', nextCheckAt: null });
    expect(message?.reason).toMatch(/the answer contradicts the record/);
    await inbox.close();
  });

  test('a payment that Alipay has closed by the time it answers is asked about no more', async () => {
    const inbox = openInbox(world);
    const fields = paymentFields();
    await notify(inbox, fields, null);
    await process();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_CLOSED'));

    await confirmQuarantined(world.domain, { limit: 10 });

    expect(await findTrade(world, fields)).toMatchObject({ status: 'CLOSED' });
    expect(await notifications()).toMatchObject([{ status: 'APPLIED', nextCheckAt: null }]);
    await inbox.close();
  });

  test.each<[string, (fields: Fields) => Promise<unknown>]>([
    ['a query', () => confirmQuarantined(world.domain, { limit: 10 })],
    ['a person who recovers it', (fields) => recover(fields)],
    ['a statement', (fields) => importText(world, transactionFile([lineOfMessage(fields)]))],
  ])('who waited for %s still says at which code was paid', async (_who, confirm) => {
    const { store, code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields({ body: 'two teas&sugar=1' });
    await notify(inbox, fields, code.id);
    await process();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));

    await confirm(fields);

    expect(await findTrade(world, fields)).toMatchObject({ storeId: store.id, qrCodeId: code.id });
    expect(await notifications()).toMatchObject([{ status: 'APPLIED' }]);
    await inbox.close();
  });

  test.each<[string, Fields, RegExp]>([
    ['another currency', { currency: 'USD' }, /another currency/],
    ['another amount', { total_fee: '99.00' }, /another amount/],
    ['another order', { out_trade_no: 'T-other' }, /another order number/],
  ])('a query does not clear one that names %s', async (_what, some, reason) => {
    const inbox = openInbox(world);
    const fields = paymentFields();
    world.gateway.always(
      'alipay.acquire.overseas.query',
      tradeIs('TRADE_SUCCESS', { partner_trans_id: fields['out_trade_no'] ?? '' }),
    );
    await recover(fields);
    await notify(inbox, { ...fields, ...some }, null);
    await process();

    await recover(fields);

    expect(await notifications()).toMatchObject([{ status: 'QUARANTINED', nextCheckAt: null }]);
    expect((await notifications())[0]?.reason).toMatch(reason);
    await inbox.close();
  });

  test('one about a trade on record that was sent to the address of another code is not applied', async () => {
    const { transaction, fields } = await receivePayment(world, { trade_status: 'WAIT_BUYER_PAY' });
    const { code: other } = await openCounter(world);
    const inbox = openInbox(world);
    const paid = { ...fields, notify_id: 'other', trade_status: 'TRADE_SUCCESS' };

    await notify(inbox, paid, other.id);
    await process();

    expect((await notifications())[1]).toMatchObject({
      status: 'QUARANTINED',
      reason: expect.stringMatching(/another code/) as string,
      transactionId: transaction.id,
    });
    expect(await findTrade(world, fields)).toMatchObject({ status: 'AWAITING_PAYMENT' });
    await inbox.close();
  });

  test('a query does not clear one that was sent to the address of another code', async () => {
    const { fields } = await receivePayment(world);
    const { code: other } = await openCounter(world);
    const inbox = openInbox(world);
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    await notify(inbox, { ...fields, notify_id: 'other', body: 'two teas&sugar=1' }, other.id);
    await process();

    await confirmQuarantined(world.domain, { limit: 10 });

    expect((await notifications())[1]).toMatchObject({
      status: 'QUARANTINED',
      reason: expect.stringMatching(/another code/) as string,
    });
    await inbox.close();
  });

  test('an answer that names the order of a payment on record alone confirms no message of another number', async () => {
    const { transaction } = await receivePayment(world);
    const inbox = openInbox(world);
    const fields = paymentFields({ out_trade_no: transaction.partnerTransId ?? '' });
    await notify(inbox, fields, null);
    await process();
    world.gateway.next(tradeIs('TRADE_SUCCESS', { alipay_trans_id: '' }));

    await confirmQuarantined(world.domain, { limit: 10 });

    expect(await transactionTotals(world.database, world.owner)).toMatchObject([{ count: 1 }]);
    const [, message] = await notifications();
    expect(message).toMatchObject({ status: 'QUARANTINED', nextCheckAt: null });
    expect(message?.reason).toMatch(/order number alone, which may be that of another payment/);
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED']);
    await inbox.close();
  });

  test('a payment that is closed by the time when Alipay is asked was paid, if the answer says when', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields({ body: 'beer&till=3' });
    await notify(inbox, fields, code.id);
    await process();
    world.gateway.next((request) =>
      signed({
        ...{ result_code: 'SUCCESS', alipay_trans_status: 'TRADE_CLOSED', trans_amount: '10.00' },
        ...{ currency: 'HKD', alipay_pay_time: '20260102150403', payment_inst: 'ALIPAYHK' },
        alipay_trans_id: request['alipay_trans_id'] ?? '',
        partner_trans_id: request['partner_trans_id'] ?? '',
      }),
    );

    await confirmQuarantined(world.domain, { limit: 10 });

    const transaction = await findTrade(world, fields);
    expect(transaction).toMatchObject({
      status: 'CLOSED',
      paidAt: new Date('2026-01-02T07:04:03Z'),
    });
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED', 'STATUS_CHANGED']);
    await inbox.close();
  });

  test('what Alipay does not confirm stays for people', async () => {
    const inbox = openInbox(world);
    await notify(inbox, paymentFields(), null);
    await process();
    world.gateway.next(refusal('TRADE_NOT_EXIST'));

    await confirmQuarantined(world.domain, { limit: 10 });

    expect(await notifications()).toMatchObject([{ status: 'QUARANTINED', nextCheckAt: null }]);
    expect(await world.database.manager.count(Transaction)).toBe(0);
    await inbox.close();
  });

  test('is applied by a replay once its cause is mended', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields({ currency: 'CNY' });
    await notify(inbox, fields, code.id);
    await process();
    const [notification] = await notifications();
    const command = { caller: world.owner, notificationId: notification?.id ?? '' };

    await expect(
      replayNotification(world.domain, { ...command, caller: callerOf('CASHIER') }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await world.database.manager.update(QrCode, { id: code.id }, { transactionCurrency: 'CNY' });
    expect(await replayNotification(world.domain, command)).toMatchObject({
      notification: { status: 'APPLIED' },
    });
    expect(await replayNotification(world.domain, command)).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
    });
    expect(await findTrade(world, fields)).toMatchObject({ currency: 'CNY' });
    await inbox.close();
  });
});

/** A create brings the address of the new code along, to which Alipay then reports the one that it gave. */
describe('a code on the wall that Alipay has given once more', () => {
  const PLACES: [
    string,
    (counter: Counter) => Promise<Partial<CreateQrCode>>,
    'STORE_LEARNED' | 'CODE_LEARNED',
  ][] = [
    ['for another counter', async () => ({ storeId: (await aStore(world)).id }), 'STORE_LEARNED'],
    [
      'for its store with a fee, as if there were none',
      ({ store }) =>
        Promise.resolve({ storeId: store.id, channelFee: { type: 'RATE', value: '0.01' } }),
      'CODE_LEARNED',
    ],
  ];
  const MESSAGES: [string, Fields][] = [
    ['is told as made there', {}],
    ['whose message a query confirms is told as made there', { body: 'two teas&sugar=1' }],
  ];

  test.each(
    PLACES.flatMap(([given, place]) =>
      MESSAGES.map(([what, some]) => [given, what, place, some] as const),
    ),
  )('%s: what is paid at it %s', async (_given, _what, place, some) => {
    const counter = await openCounter(world);
    const { store, code } = counter;
    const asked = createCommand(world, store.id, await place(counter));
    world.gateway.next(signed({ qrcode: code.code ?? '' }));
    const refused = codeOf(await createQrCode(world.domain, asked));
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    const inbox = openInbox(world);
    const fields = paymentFields(some);

    await notify(inbox, fields, refused.id);
    await process();
    await confirmQuarantined(world.domain, { limit: 10 });

    const transaction = await findTrade(world, fields);
    const there = { storeId: store.id, qrCodeId: code.id };
    expect(transaction).toMatchObject({ status: 'PAID', ...there });
    expect(
      await world.database.manager.findBy(TransactionEvent, { transactionId: transaction.id }),
    ).toMatchObject([{ type: 'PAYMENT_RECEIVED', ...there }]);
    await inbox.close();
  });

  test('what is told later of a payment at it is applied', async () => {
    const { transaction, fields, code } = await receivePayment(world);
    const asked = createCommand(world, (await aStore(world)).id);
    world.gateway.next(signed({ qrcode: code.code ?? '' }));
    const refused = codeOf(await createQrCode(world.domain, asked));
    const inbox = openInbox(world);

    await notify(
      inbox,
      { ...fields, notify_id: 'closed', trade_status: 'TRADE_CLOSED' },
      refused.id,
    );
    await process();

    expect(await findTrade(world, fields)).toMatchObject({
      ...{ id: transaction.id, status: 'CLOSED', qrCodeId: code.id },
    });
    await inbox.close();
  });

  test.each(PLACES)(
    '%s: what was told before Alipay had answered is moved there, and told',
    async (_given, place, learned) => {
      const counter = await openCounter(world);
      const { store, code } = counter;
      world.gateway.next(cut);
      const asked = createCommand(world, store.id, await place(counter));
      const pending = codeOf(await createQrCode(world.domain, asked));
      const inbox = openInbox(world);
      const fields = paymentFields();
      await notify(inbox, fields, pending.id);
      await process();

      const answer = { qrcode: code.code ?? '' };
      await settleQrCode(world.domain, pending.id, 'CREATE', { kind: 'SUCCEEDED', answer });
      const later = { ...fields, notify_id: 'finished', trade_status: 'TRADE_FINISHED' };
      await notify(inbox, later, pending.id);
      await process();

      const transaction = await findTrade(world, fields);
      const there = { storeId: store.id, qrCodeId: code.id };
      expect(transaction).toMatchObject({ status: 'FINISHED', ...there });
      expect(
        await world.database.manager.find(TransactionEvent, {
          where: { transactionId: transaction.id },
          order: { position: 'ASC' },
        }),
      ).toMatchObject([
        { type: 'PAYMENT_RECEIVED', storeId: pending.storeId, qrCodeId: pending.id },
        { type: learned, ...there },
        { type: 'STATUS_CHANGED', ...there },
      ]);
      await inbox.close();
    },
  );

  test('what is told while an earlier payment is moved there is told as made there', async () => {
    const { store, code } = await openCounter(world);
    world.gateway.next(cut);
    const asked = createCommand(world, (await aStore(world)).id);
    const { id } = codeOf(await createQrCode(world.domain, asked));
    const inbox = openInbox(world);
    const earlier = paymentFields();
    await notify(inbox, earlier, id);
    await process();
    const fields = paymentFields();
    await notify(inbox, fields, id);
    const answer = { qrcode: code.code ?? '' };
    const underWay: Promise<unknown>[] = [];

    await world.database.atomically(world.domain, async (tx) => {
      await tx.manager.query('lock table transaction_events'); // where it is moved, it is told
      underWay.push(settleQrCode(world.domain, id, 'CREATE', { kind: 'SUCCEEDED', answer }));
      await untilWaiting(world, 1);
      underWay.push(process());
      await untilWaiting(world, 2);
    });
    await Promise.all(underWay);

    const transaction = await findTrade(world, fields);
    const there = { storeId: store.id, qrCodeId: code.id };
    expect(transaction).toMatchObject(there);
    expect(await findTrade(world, earlier)).toMatchObject(there);
    expect(
      await world.database.manager.findBy(TransactionEvent, { transactionId: transaction.id }),
    ).toMatchObject([{ type: 'PAYMENT_RECEIVED', ...there }]);
    await inbox.close();
  });

  test('what was begun there and is paid before Alipay has answered is paid there', async () => {
    const { transaction, fields, code } = await receivePayment(world, {
      trade_status: 'WAIT_BUYER_PAY',
    });
    world.gateway.next(cut);
    const asked = createCommand(world, (await aStore(world)).id);
    const { id } = codeOf(await createQrCode(world.domain, asked));
    const inbox = openInbox(world);
    await notify(inbox, { ...fields, notify_id: 'paid', trade_status: 'TRADE_SUCCESS' }, id);
    await process();

    const answer = { qrcode: code.code ?? '' };
    await settleQrCode(world.domain, id, 'CREATE', { kind: 'SUCCEEDED', answer });
    await process();

    expect(await findTrade(world, fields)).toMatchObject({
      ...{ id: transaction.id, status: 'PAID', qrCodeId: code.id },
    });
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED']);
    await inbox.close();
  });

  test('where its message came to the address of the refused one is no guess of a line', async () => {
    const { store, code } = await openCounter(world);
    const refused = await aQrCode(world, { code: null, status: 'REJECTED', sameAsId: code.id });
    const { alipayMerchantId: merchantId } = await world.database.manager.findOneByOrFail(
      Merchant,
      { id: store.merchantId },
    );
    const fields = paymentFields();
    await importText(world, transactionFile([{ ...lineOfMessage(fields), merchantId }]));
    const { id: storeId } = await aStore(world, { merchantId: store.merchantId });
    const other = await aQrCode(world, { storeId });
    const inbox = openInbox(world);
    await notify(inbox, fields, refused.id);
    await process();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));

    await recoverTransaction(world.domain, {
      ...{ caller: world.owner, qrCodeId: other.id },
      ...{ alipayTransId: fields['trade_no'] ?? '', partnerTransId: fields['out_trade_no'] ?? '' },
    });

    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: code.id });
    await inbox.close();
  });
});

describe('a payment that was known before its store', () => {
  const byStatement = (fields: Fields): Promise<unknown> =>
    importText(world, transactionFile([lineOfMessage(fields)]));
  /** Of a merchant with one store the file tells where: not at which of its codes. */
  const ofAStoreWithTwoCodes = async (fields: Fields, code: QrCode): Promise<void> => {
    const second = Object.assign(new QrCode(), code, {
      ...{ id: uuidv7(), code: `${code.code ?? ''}/second` },
      ...{ channelFeeType: 'FIXED', channelFeeValue: '1.00' },
    });
    await world.database.manager.insert(QrCode, second);
    const [merchant]: { id: string }[] = await world.database.manager.query(
      `select m.alipay_merchant_id as id from merchants m join stores s on s.merchant_id = m.id
       where s.id = $1`,
      [code.storeId],
    );
    const line = { ...lineOfMessage(fields), merchantId: merchant?.id ?? '' };
    await importText(world, transactionFile([line]));
  };
  const byItsMessage = async (fields: Fields, { id }: QrCode): Promise<void> => {
    const inbox = openInbox(world);
    await notify(inbox, fields, id);
    await notify(inbox, { ...fields, notify_id: 'again' }, id);
    await process();
    await notify(inbox, { ...fields, notify_id: 'once more' }, id);
    await process();
    await inbox.close();
  };
  const byOneThatIsConfirmed = async (fields: Fields, code: QrCode): Promise<void> => {
    await byItsMessage({ ...fields, body: 'two teas&sugar=1' }, code);
    await confirmQuarantined(world.domain, { limit: 10 });
  };
  const byAPerson = async (fields: Fields, { id: qrCodeId }: QrCode): Promise<void> => {
    for (let times = 0; times < 2; times += 1) {
      await recoverTransaction(world.domain, {
        caller: world.owner,
        alipayTransId: fields['trade_no'] ?? '',
        partnerTransId: fields['out_trade_no'] ?? '',
        qrCodeId,
      });
    }
  };

  type Know = (fields: Fields) => Promise<unknown>;
  type Name = (fields: Fields, code: QrCode) => Promise<void>;
  test.each<[string, string, string, Know, Name]>([
    ['a query', 'its message', 'alipay', recover, byItsMessage],
    ['a query', 'one that a query confirms', 'alipay', recover, byOneThatIsConfirmed],
    ['a query', 'a person', 'owner@shop.example', recover, byAPerson],
    ['a statement', 'its message', 'alipay', byStatement, byItsMessage],
  ])('by %s, is told to it once when %s names it, as done by %s', async (...row) => {
    const [, , actor, know, name] = row;
    const { store, code } = await openCounter(world);
    const fields = paymentFields();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    await know(fields);
    const { id: transactionId } = await findTrade(world, fields);

    await name(fields, code);

    const events = await world.database.manager.findBy(TransactionEvent, { transactionId });
    expect(events.filter(({ type }) => type === 'PAYMENT_RECEIVED')).toMatchObject([
      { storeId: null },
    ]);
    expect(events.filter(({ type }) => type === 'STORE_LEARNED')).toMatchObject([
      { storeId: store.id, qrCodeId: code.id, status: 'PAID', amountMinor: 1000n, actor },
    ]);
  });

  type Learn = (fields: Fields, code: QrCode) => Promise<void>;
  test.each<[string, string, Learn]>([
    ['its message', 'alipay', byItsMessage],
    ['a person', 'owner@shop.example', byAPerson],
  ])(
    'whose store a file told without its code, is told once more when %s names that',
    async (...row) => {
      const [, actor, learn] = row;
      const { store, code } = await openCounter(world);
      const fields = paymentFields();
      world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
      await ofAStoreWithTwoCodes(fields, code);

      await learn(fields, code);

      const { id: transactionId } = await findTrade(world, fields);
      const events = await world.database.manager.find(TransactionEvent, {
        where: { transactionId },
        order: { position: 'ASC' },
      });
      expect(events.filter(({ type }) => type !== 'RECONCILED')).toMatchObject([
        { type: 'PAYMENT_RECEIVED', storeId: store.id, qrCodeId: null },
        {
          ...{ type: 'CODE_LEARNED', storeId: store.id, qrCodeId: code.id },
          ...{ status: 'PAID', amountMinor: 1000n, actor },
        },
      ]);
    },
  );

  test('whose store a file told without its code, is told once more by a message that waited for it', async () => {
    const { code } = await openCounter(world);
    const fields = paymentFields();
    const inbox = openInbox(world);
    await notify(inbox, { ...fields, body: 'two teas&sugar=1' }, code.id);
    await process();

    await ofAStoreWithTwoCodes(fields, code);

    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: code.id });
    expect(await eventTypes(await findTrade(world, fields))).toEqual([
      'PAYMENT_RECEIVED',
      'CODE_LEARNED',
      'RECONCILED',
    ]);
    await inbox.close();
  });

  test('is told of a new store alone, where its code is not of the one that a file told', async () => {
    const { code: likely } = await openCounter(world);
    const { store, code } = await openCounter(world);
    const fields = paymentFields();
    await ofAStoreWithTwoCodes(fields, likely);

    await byItsMessage(fields, code);

    const { id: transactionId } = await findTrade(world, fields);
    const events = await world.database.manager.findBy(TransactionEvent, { transactionId });
    expect(events.filter(({ type }) => type.includes('LEARNED'))).toMatchObject([
      { type: 'STORE_LEARNED', storeId: store.id, qrCodeId: code.id },
    ]);
  });

  test('is told as received, with its store, where nobody had paid yet', async () => {
    const { store, code } = await openCounter(world);
    const fields = paymentFields();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('WAIT_BUYER_PAY'));
    await recover(fields);

    await byItsMessage(fields, code);

    const { id: transactionId } = await findTrade(world, fields);
    const events = await world.database.manager.findBy(TransactionEvent, { transactionId });
    expect(events).toMatchObject([{ type: 'PAYMENT_RECEIVED', storeId: store.id }]);
  });

  test('is not told where a message confirms the code of one that nobody has paid', async () => {
    const { code } = await openCounter(world);
    const fields = paymentFields();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('WAIT_BUYER_PAY'));
    await recover(fields);

    await byAPerson(fields, code);

    const transaction = await findTrade(world, fields);
    expect(transaction).toMatchObject({ status: 'AWAITING_PAYMENT', qrCodeId: code.id });
    expect(await eventTypes(transaction)).toEqual([]);
  });
});

describe('what did not verify', () => {
  test('is kept at a known token, and taken up after the key was corrected', async () => {
    const { code } = await openCounter(world);
    const fields = paymentFields();
    const { body, contentType } = encodeNotification(fields, gatewaySigner, {});
    const garbage = Buffer.from('trade_no=1&sign=x&sign_type=MD5');
    for (const bytes of [body, body, garbage]) {
      await keepRefusedNotification(world.database, world.domain, {
        body: bytes,
        contentType,
        qrCodeId: code.id,
        reason: 'the signature does not match',
      });
    }

    const answer = await reverifyNotifications(world.domain, {
      caller: world.owner,
      verifier: gatewayVerifier,
    });
    await process();

    expect(answer).toEqual({ accepted: 1, stillRefused: 1 });
    expect(await findTrade(world, fields)).toMatchObject({ status: 'PAID', qrCodeId: code.id });
  });

  test('is dropped when the same message was accepted meanwhile', async () => {
    const { code, fields } = await receivePayment(world);
    const { body, contentType } = encodeNotification(fields, gatewaySigner, {});
    await keepRefusedNotification(world.database, world.domain, {
      body,
      contentType,
      qrCodeId: code.id,
      reason: 'x',
    });

    await reverifyNotifications(world.domain, { caller: world.owner, verifier: gatewayVerifier });

    expect(await notifications()).toMatchObject([{ status: 'APPLIED' }]);
  });

  test('still says at which code was paid, when a copy without a token was accepted meanwhile', async () => {
    const { store, code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();
    const { body, contentType } = encodeNotification(fields, gatewaySigner, {});
    await keepRefusedNotification(world.database, world.domain, {
      ...{ body, contentType, qrCodeId: code.id, reason: 'x' },
    });
    await notify(inbox, fields, null);
    await process();
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    await confirmQuarantined(world.domain, { limit: 10 });

    await reverifyNotifications(world.domain, { caller: world.owner, verifier: gatewayVerifier });
    await process();

    expect(await findTrade(world, fields)).toMatchObject({ storeId: store.id, qrCodeId: code.id });
    expect(await notifications()).toMatchObject([{ status: 'APPLIED', qrCodeId: code.id }]);
    await inbox.close();
  });

  test('a resend that is just being taken in keeps it single', async () => {
    const { code } = await openCounter(world);
    const { body, contentType } = encodeNotification(paymentFields(), gatewaySigner, {});
    const refused = { body, contentType, qrCodeId: code.id, reason: 'x' };
    await keepRefusedNotification(world.database, world.domain, refused);
    const fields = decodeNotification(body, { contentType, verifier: gatewayVerifier });
    let reverified: Promise<unknown> | undefined;

    await world.database.atomically(world.domain, async ({ manager }) => {
      await manager.insert(Notification, {
        ...columnsOf(fields),
        ...{ id: uuidv7(), status: 'RECEIVED', receivedAt: world.clock.now() },
        ...{ body, contentType, qrCodeId: code.id, awaitsQuery: false, attempts: 0 },
      });
      reverified = reverifyNotifications(world.domain, {
        caller: world.owner,
        verifier: gatewayVerifier,
      });
      await untilWaiting(world, 1);
    });

    expect(await reverified).toEqual({ accepted: 1, stillRefused: 0 });
    expect(await notifications()).toMatchObject([{ status: 'RECEIVED' }]);
  });

  test('a day of refused messages is read part by part', async () => {
    const { code } = await openCounter(world);
    const keep = async (fields: Fields): Promise<void> => {
      const { body, contentType } = encodeNotification(fields, gatewaySigner, {});
      const refused = { body, contentType, qrCodeId: code.id, reason: 'x' };
      await keepRefusedNotification(world.database, world.domain, refused);
    };
    await keep(paymentFields());
    await world.database.manager.query(
      `insert into notifications (id, content_hash, status, reason, body, received_at)
       select gen_random_uuid(), n::text, 'REFUSED', 'x', 'nonsense', $1 from generate_series(1, 250) n`,
      [world.clock.now()],
    );
    world.clock.advance(1);
    await keep(paymentFields());

    expect(
      await reverifyNotifications(world.domain, { caller: world.owner, verifier: gatewayVerifier }),
    ).toEqual({ accepted: 2, stillRefused: 250 });
  });
});

describe('the secret token', () => {
  test('names its code, and no other text does', () => {
    const id = uuidv7();
    const token = notificationTokenFor(world.database, id);
    const flipped = (token.startsWith('A') ? 'B' : 'A') + token.slice(1);

    expect(qrCodeIdOfToken(world.database, token)).toBe(id);
    for (const wrong of ['', 'x', flipped, `${token}A`, token.slice(1), id]) {
      expect(qrCodeIdOfToken(world.database, wrong)).toBeNull();
    }
  });
});

describe('asking Alipay', () => {
  test('the paying wallet is asked for once after the first notification (decision 11)', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(cut, unsignedRefusal('ILLEGAL_SIGN'), tradeIs('TRADE_SUCCESS'));

    await askPayingWallets(world.domain, { limit: 10 });
    world.clock.advance(5_000);
    await askPayingWallets(world.domain, { limit: 10 });
    world.clock.advance(5_000);
    await askPayingWallets(world.domain, { limit: 10 });
    await askPayingWallets(world.domain, { limit: 10 });

    expect(
      await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
    ).toMatchObject({
      paymentInstitution: 'ALIPAY_HK',
      paymentInstitutionCode: 'ALIPAYHK',
      institutionCheckAt: null,
    });
    expect(world.gateway.requests).toHaveLength(3);
  });

  test('where our contract does not cover the question it is asked less and less, and given up after a day', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(...Array.from({ length: 60 }, () => unsignedRefusal('HAS_NO_PRIVILEGE')));
    const asked = async (hours: number): Promise<number> => {
      const before = world.gateway.requests.length;
      for (let minute = 0; minute < hours * 60; minute += 15) {
        world.clock.advance(15 * 60_000);
        await askPayingWallets(world.domain, { limit: 10 });
      }
      return world.gateway.requests.length - before;
    };

    expect(await asked(6)).toBeLessThan(24);
    expect(await asked(6)).toBe(6);
    expect(await asked(36)).toBeLessThan(36);
    expect(await asked(6)).toBe(0);
    expect(
      await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
    ).toMatchObject({ paymentInstitution: 'UNKNOWN', institutionCheckAt: null });
  });

  test.each<[string, (request: Fields) => Reply]>([
    ['an answer', (request) => answerTo(request, 'WAIT_BUYER_PAY', { payment_inst: '' })],
    ['a refusal', () => refusal('TRADE_NOT_EXIST')],
  ])('it is asked for again once somebody has paid, also past %s from before', async (_, early) => {
    const { code, fields, transaction } = await receivePayment(world, {
      trade_status: 'WAIT_BUYER_PAY',
    });
    const query = held();
    world.gateway.next(query.answer, tradeIs('TRADE_SUCCESS'));
    const asking = askPayingWallets(world.domain, { limit: 10 });
    const request = await query.arrived;
    const inbox = openInbox(world);
    const paid = { ...fields, notify_id: 'paid', trade_status: 'TRADE_SUCCESS' };
    await notify(inbox, paid, code.id);
    await process();
    query.release(early(request));
    await asking;

    await askPayingWallets(world.domain, { limit: 10 });

    expect(await findTrade(world, fields)).toMatchObject({
      id: transaction.id,
      status: 'PAID',
      paymentInstitution: 'ALIPAY_HK',
      institutionCheckAt: null,
    });
    await inbox.close();
  });

  test.each([
    ['that nobody has paid', tradeIs('WAIT_BUYER_PAY')],
    ['of an amount of nothing', tradeIs('TRADE_SUCCESS', { trans_amount: '0.00' })],
  ])('a query that tells %s is repeated after pauses that grow', async (_, answer) => {
    await receivePayment(world);
    world.gateway.always('alipay.acquire.overseas.query', answer);

    for (let hour = 1; hour <= 10; hour += 1) {
      await askPayingWallets(world.domain, { limit: 10 });
      world.clock.advance(3_600_000);
    }
    await askPayingWallets(world.domain, { limit: 10 });

    const fiveMinutesOn = new Date(world.clock.now().getTime() + 5 * 60_000);
    const paid = await world.database.manager.findBy(Transaction, {});
    expect(paid).toMatchObject([{ status: 'PAID', institutionCheckAt: fiveMinutesOn }]);
  });

  test('a state that no document knows is no older than the payment', async () => {
    const { fields } = await receivePayment(world);
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_REFUNDING'));

    await askPayingWallets(world.domain, { limit: 10 });

    expect(await findTrade(world, fields)).toMatchObject({
      status: 'PAID',
      institutionCheckAt: null,
    });
  });

  test('of many wallets each answer finds its payment, and a silent one is asked for later', async () => {
    const paid = [
      await receivePayment(world),
      await receivePayment(world),
      await receivePayment(world),
    ];
    world.gateway.next(tradeIs('TRADE_SUCCESS'), cut, tradeIs('TRADE_SUCCESS'));

    await askPayingWallets(world.domain, { limit: 10 });

    const asked = await Promise.all(paid.map(({ fields }) => findTrade(world, fields)));
    const known = asked.filter(({ paymentInstitution }) => paymentInstitution === 'ALIPAY_HK');
    expect(known).toHaveLength(2);
    expect(asked.filter(({ institutionCheckAt }) => institutionCheckAt !== null)).toHaveLength(1);
  });

  test('an answer that contradicts the record is told once, and not asked for again', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next(tradeIs('TRADE_SUCCESS', { trans_amount: '99.00' }));

    await askPayingWallets(world.domain, { limit: 10 });
    world.clock.advance(3_600_000);
    await askPayingWallets(world.domain, { limit: 10 });

    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED', 'DISCREPANCY_FOUND']);
    expect(world.gateway.requests).toHaveLength(1);
  });

  test('refresh applies what the query says; silence is ALIPAY_UNAVAILABLE and changes nothing (decision 4)', async () => {
    const { transaction } = await receivePayment(world);
    const command = { caller: world.owner, transactionId: transaction.id };
    world.gateway.next(cut, refusal('TRADE_NOT_EXIST'), tradeIs('TRADE_CLOSED'));

    expect(await refreshTransaction(world.domain, command)).toMatchObject({
      refusal: 'ALIPAY_UNAVAILABLE',
    });
    expect(await refreshTransaction(world.domain, command)).toMatchObject({
      refusal: 'ALIPAY_REJECTED',
      alipayCode: 'TRADE_NOT_EXIST',
    });
    expect(await refreshTransaction(world.domain, command)).toMatchObject({
      transaction: { status: 'CLOSED' },
    });
  });

  test('recover takes either number, and makes the payment that was never heard of (decision 13)', async () => {
    const { code } = await openCounter(world);
    const recover = (numbers: object): ReturnType<typeof recoverTransaction> =>
      recoverTransaction(world.domain, { caller: world.owner, qrCodeId: code.id, ...numbers });

    expect(await recover({})).toMatchObject({ refusal: 'INVALID_INPUT' });
    expect(await recover({ alipayTransId: 'a b' })).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: ['alipayTransId'],
    });
    world.gateway.next(refusal('ILLEGAL_ARGUMENT'), cut, tradeIs('TRADE_SUCCESS'));
    const alone = await recover({ alipayTransId: '2026010222001999' });
    expect(alone).toMatchObject({ refusal: 'ALIPAY_REJECTED' });
    expect('message' in alone && alone.message).toMatch(/statement/);
    expect(await recover({ alipayTransId: '2026010222001999' })).toMatchObject({
      refusal: 'ALIPAY_UNAVAILABLE',
    });

    const found = await recover({ alipayTransId: '2026010222001999' });

    expect(found).toMatchObject({
      transaction: {
        status: 'PAID',
        amountMinor: 1000n,
        qrCodeId: code.id,
        partnerTransId: 'T-recovered',
      },
    });
    if (found.transaction !== undefined)
      expect(await eventTypes(found.transaction)).toEqual(['PAYMENT_RECEIVED']);
  });

  test.each<[string, (others: Transaction) => string]>([
    ['no payment on record', () => '2026010222001999'],
    ['another payment on record', ({ alipayTransId }) => alipayTransId],
  ])(
    'a number that is mistyped beside the right order, as that of %s, makes and changes nothing',
    async (_whose, mistyped) => {
      const { transaction } = await receivePayment(world);
      const { transaction: another } = await receivePayment(world);
      world.gateway.next(tradeIs('TRADE_SUCCESS', { alipay_trans_id: '' }));

      const refused = await recoverTransaction(world.domain, {
        caller: world.owner,
        partnerTransId: transaction.partnerTransId ?? '',
        alipayTransId: mistyped(another),
      });

      expect(refused).toMatchObject({ refusal: 'INVALID_INPUT', field: ['alipayTransId'] });
      expect(await transactionTotals(world.database, world.owner)).toMatchObject([{ count: 2 }]);
      expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED']);
      expect(await eventTypes(another)).toEqual(['PAYMENT_RECEIVED']);
    },
  );

  test('an answer that names the order alone makes no payment, which comes with its message', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();
    world.gateway.always(
      'alipay.acquire.overseas.query',
      tradeIs('TRADE_SUCCESS', { alipay_trans_id: '' }),
    );
    const recover = (alipayTransId: string): ReturnType<typeof recoverTransaction> =>
      recoverTransaction(world.domain, {
        ...{ caller: world.owner, qrCodeId: code.id, alipayTransId },
        partnerTransId: fields['out_trade_no'] ?? '',
      });

    expect(await recover('2026010222001998')).toMatchObject({
      refusal: 'INVALID_INPUT',
      field: ['alipayTransId'],
    });
    await notify(inbox, fields, code.id);
    await process();

    expect(await recover('2026010222001998')).toMatchObject({ refusal: 'INVALID_INPUT' });
    expect(await recover(fields['trade_no'] ?? '')).toMatchObject({
      transaction: { status: 'PAID' },
    });
    expect(await transactionTotals(world.database, world.owner)).toMatchObject([{ count: 1 }]);
    expect(await eventTypes(await findTrade(world, fields))).toEqual(['PAYMENT_RECEIVED']);
    await inbox.close();
  });

  test('a message of somebody else that names an order of ours first makes no payment of it', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();
    const foreign = paymentFields({ out_trade_no: fields['out_trade_no'] ?? '' });
    delete foreign['seller_id'];
    world.gateway.always(
      'alipay.acquire.overseas.query',
      tradeIs('TRADE_SUCCESS', { alipay_trans_id: '' }),
    );
    await notify(inbox, foreign, null);
    await process();
    await confirmQuarantined(world.domain, { limit: 10 });
    await notify(inbox, fields, code.id);
    await process();

    expect(await transactionTotals(world.database, world.owner)).toMatchObject([{ count: 1 }]);
    expect(await notifications()).toMatchObject([{ status: 'QUARANTINED' }, { status: 'APPLIED' }]);
    await inbox.close();
  });

  test('a payment that was recovered without its code is where whoever recovers it again says', async () => {
    const { store, code } = await openCounter(world);
    const { code: elsewhere } = await openCounter(world);
    const caller = callerOf('MANAGER', { storeIds: [store.id] });
    world.gateway.always('alipay.acquire.overseas.query', tradeIs('TRADE_SUCCESS'));
    const recover = (some: object): ReturnType<typeof recoverTransaction> =>
      recoverTransaction(world.domain, { caller, alipayTransId: '2026010222001999', ...some });

    expect(await recover({})).toMatchObject({ refusal: 'NOT_FOUND' });
    expect(await recover({ qrCodeId: code.id })).toMatchObject({
      transaction: { status: 'PAID', qrCodeId: code.id, storeId: store.id },
    });
    expect(await recover({ caller: world.owner, qrCodeId: elsewhere.id })).toMatchObject({
      transaction: { qrCodeId: code.id, storeId: store.id },
    });
  });

  test('a query and a notification about a new trade at once are one transaction and one event', async () => {
    const { code } = await openCounter(world);
    const inbox = openInbox(world);
    const fields = paymentFields();
    world.gateway.always(
      'alipay.acquire.overseas.query',
      tradeIs('TRADE_SUCCESS', { trans_amount: '10.00' }),
    );
    await notify(inbox, fields, code.id);

    await Promise.allSettled([
      process(),
      recoverTransaction(world.domain, {
        caller: world.owner,
        alipayTransId: fields['trade_no'] ?? '',
        partnerTransId: fields['out_trade_no'] ?? '',
        qrCodeId: code.id,
      }),
    ]);
    await process();

    const transaction = await findTrade(world, fields);
    expect(await eventTypes(transaction)).toEqual(['PAYMENT_RECEIVED']);
    expect(await notifications()).toMatchObject([
      { status: 'APPLIED', transactionId: transaction.id },
    ]);
    await inbox.close();
  });

  test('a decoded notification keeps Traditional Chinese', () => {
    const { body, contentType } = encodeNotification(paymentFields(), gatewaySigner, {
      charset: 'GBK',
    });

    expect(decodeNotification(body, { contentType, verifier: gatewayVerifier })['subject']).toBe(
      '米加咖啡 中環店',
    );
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [
      item,
      ...rest,
    ]),
  );
}
