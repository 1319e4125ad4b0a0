import { type Fields } from '@countersign/alipay-protocol';

import { TransactionEvent } from '../src/event/transaction-event.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { restorationProgress } from '../src/restoration/restoration.queries';
import { noticeRestoration } from '../src/restoration/notice-restoration';
import { Refund } from '../src/refund/refund.entity';
import { askPayingWallets } from '../src/transaction/ask-paying-wallets';
import { recoverTransaction } from '../src/transaction/recover-transaction';
import { Transaction } from '../src/transaction/transaction.entity';
import { type Answering, cut, signed } from './support/gateway';
import { paymentFields, receivePayment } from './support/payments';
import { importDay, lineOf, named } from './support/statements';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** The first message was lost; the resend of the next day carries neither time (both are optional). */
const RESENT: Fields = { notify_time: '2026-01-03 11:00:00', gmt_create: '', gmt_payment: '' };
const paidOnTheDayBefore: Answering = (request) =>
  signed({
    ...{ result_code: 'SUCCESS', alipay_trans_status: 'TRADE_SUCCESS' },
    alipay_trans_id: request['alipay_trans_id'] ?? '',
    partner_trans_id: request['partner_trans_id'] ?? '',
    ...{ trans_amount: '10.00', currency: 'HKD', payment_inst: 'ALIPAYHK' },
    alipay_pay_time: '20260102150403',
  });

async function hearAndCorrect(some: Fields): Promise<Transaction> {
  const { transaction } = await receivePayment(world, { ...RESENT, ...some });
  expect(transaction).toMatchObject({ paidAtGuessed: true });
  world.gateway.next(paidOnTheDayBefore);
  await askPayingWallets(world.domain, { limit: 10 });
  const corrected = await world.database.manager.findOneByOrFail(Transaction, {
    id: transaction.id,
  });
  expect(corrected).toMatchObject({
    ...{ paidAtGuessed: false, paidAt: new Date('2026-01-02T07:04:03Z') },
  });
  return corrected;
}

const nextDays = async (): Promise<void> => {
  world.clock.set(new Date('2026-01-04T03:00:00Z'));
  await importDay(world, '2026-01-03', []);
  world.clock.set(new Date('2026-01-05T03:00:00Z'));
  await importDay(world, '2026-01-04', []);
};

test('a payment whose guessed day is corrected to one that was compared already is named, as no file tells of it', async () => {
  world.clock.set(new Date('2026-01-03T03:00:00Z'));
  await importDay(world, '2026-01-02', []);
  await hearAndCorrect({});

  await nextDays();

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment OPEN']);
});

/** The file of the day tells of a payment and a refund in a scene that is not ours, before we have heard of it. */
async function toldInAnotherScene(): Promise<Fields> {
  world.clock.set(new Date('2026-01-03T02:00:00Z'));
  const trade = { out_trade_no: 'T_LATE', trade_no: '2026010222001999999999999999' };
  const payment = { partnerId: trade.out_trade_no, tradeNo: trade.trade_no, amount: '10.00' };
  await importDay(world, '2026-01-02', [
    { ...payment, scene: 'portal' },
    { ...payment, scene: 'portal', type: 'REFUND', partnerId: 'PORTAL-9', amount: '4.00' },
  ]);
  world.clock.set(new Date('2026-01-03T03:00:00Z'));
  return trade;
}

test('a refund of another scene, in the file of the day to which a guess is corrected, is taken up or told', async () => {
  const trade = await toldInAnotherScene();
  const transaction = await hearAndCorrect(trade);

  await nextDays();

  const told = await world.database.manager.countBy(TransactionEvent, {
    type: 'DISCREPANCY_FOUND',
  });
  const { refundedMinor } = await world.database.manager.findOneByOrFail(Transaction, {
    id: transaction.id,
  });
  expect({
    refundedMinor,
    refunds: await world.database.manager.count(Refund),
    told,
    named: await named(world),
  }).toEqual({
    refundedMinor: 400n,
    refunds: 1,
    told: 0,
    named: ['MISSING_LOCALLY refund HEALED'],
  });
});

test('so it is where the message tells the time', async () => {
  const trade = await toldInAnotherScene();
  await receivePayment(world, { ...trade, notify_time: '2026-01-03 11:00:00' });

  await nextDays();

  expect(await world.database.manager.find(Transaction)).toMatchObject([{ refundedMinor: 400n }]);
});

test.each<[string, Fields]>([
  ['tells no time', RESENT],
  ['tells the time', { notify_time: '2026-01-03 11:00:00' }],
])('after a restore nothing is given back twice of a payment whose message %s', async (_, says) => {
  const SPOT = 'alipay.acquire.overseas.spot.refund';
  // The backup of the morning lacks the payment of 15:04 and the refund of 4.00 that was made of it.
  await receivePayment(world, {
    ...{ gmt_create: '2026-01-02 09:00:00', gmt_payment: '2026-01-02 09:00:00' },
  });
  const [kept] = await world.database.manager.find(Transaction);
  if (kept === undefined) throw new Error('no payment');
  world.clock.set(new Date('2026-01-02T12:00:00Z'));
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  await noticeRestoration(world.domain);
  const trade = { out_trade_no: 'T_LATE', trade_no: '2026010222001999999999999999' };
  const payment = { partnerId: trade.out_trade_no, tradeNo: trade.trade_no, amount: '10.00' };
  world.clock.set(new Date('2026-01-03T02:00:00Z'));
  await importDay(world, '2026-01-02', [
    lineOf(kept, { at: '2026-01-02 09:00:00' }),
    { ...payment, scene: 'portal' },
    { ...payment, scene: 'portal', type: 'REFUND', partnerId: 'R_LOST', amount: '4.00' },
  ]);
  world.clock.set(new Date('2026-01-03T03:00:00Z'));
  const { transaction } = await receivePayment(world, { ...trade, ...says });
  world.gateway.next(paidOnTheDayBefore, paidOnTheDayBefore);
  await askPayingWallets(world.domain, { limit: 10 });
  world.clock.set(new Date('2026-01-04T03:00:00Z'));
  await importDay(world, '2026-01-03', []);
  expect(await restorationProgress(world.database)).toBeNull(); // the doubts have ended

  // Alipay has given 4.00 back.
  const asked = world.gateway.requestsTo(SPOT).length;
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  await refundTransaction(world.domain, {
    ...{ caller: world.owner, transactionId: transaction.id, idempotencyKey: 'new key' },
    amount: { amount: '7.00', currency: 'HKD' },
  });
  // 7.00 more than the 4.00 that Alipay has made is more than the payment.
  expect(world.gateway.requestsTo(SPOT).length - asked).toBe(0);
});

test('a paid payment of which only TRADE_FINISHED was seen stays refundable when its time is healed', async () => {
  const { transaction } = await receivePayment(world, {
    ...{ trade_status: 'TRADE_FINISHED', gmt_payment: '' },
  });
  expect(transaction).toMatchObject({ status: 'PAID', paidAtGuessed: true });
  world.clock.set(new Date('2026-01-03T03:00:00Z'));
  await importDay(world, '2026-01-02', [lineOf(transaction)]);

  expect(await world.database.manager.find(Transaction)).toMatchObject([{ status: 'PAID' }]);
});

const beijing = (time: string): void => {
  world.clock.set(new Date(`${time}+08:00`));
};

/**
 * The last working day before the New Year is the 2nd, whose file comes late; on the 3rd nobody pays, and there is
 * no file. That morning a payment of late the evening before is recovered by its number. A refund without an answer
 * is resolved by the owner as made, by mistake. On the 4th customers pay again; the file of the 2nd comes after its.
 */
test.each([
  ['the query tells when it was paid', { alipay_pay_time: '2026-01-02 23:30:00' }],
  ['the query does not tell when it was paid', {}],
])(
  'a refund of a day without a file that no file tells of is named: %s',
  async (_, more: Fields) => {
    await importDay(world, '2026-01-01', []);
    const { transaction: first } = await receivePayment(world);

    beijing('2026-01-03T09:00:00');
    const late = paymentFields();
    world.gateway.next((request) =>
      signed({
        result_code: 'SUCCESS',
        alipay_trans_status: 'TRADE_SUCCESS',
        alipay_trans_id: request['alipay_trans_id'] ?? '',
        partner_trans_id: request['partner_trans_id'] ?? '',
        ...{ trans_amount: '10.00', currency: 'HKD', ...more },
      }),
    );
    await recoverTransaction(world.domain, {
      caller: world.owner,
      ...{ alipayTransId: late['trade_no'] ?? '', partnerTransId: late['out_trade_no'] ?? '' },
    });
    world.gateway.next(cut);
    const { refund } = await refundTransaction(world.domain, {
      ...{ caller: world.owner, transactionId: first.id, idempotencyKey: 'key' },
      amount: { amount: '4.00', currency: 'HKD' },
    });
    world.clock.advance(3_600_000);
    const resolved = await resolveRefund(world.domain, {
      ...{ caller: world.owner, refundId: refund?.id ?? '' },
      ...{ outcome: 'SUCCEEDED', note: 'seen in the portal (it was another one)' },
    });
    expect(resolved.refund).toMatchObject({ status: 'SUCCEEDED' });

    beijing('2026-01-04T12:00:00');
    const day4 = { gmt_create: '2026-01-04 11:59:00', gmt_payment: '2026-01-04 11:59:10' };
    const { transaction: second } = await receivePayment(world, {
      ...{ ...day4, notify_time: '2026-01-04 12:00:00' },
    });

    beijing('2026-01-05T09:30:00');
    await importDay(world, '2026-01-04', [lineOf(second, { at: '2026-01-04 11:59:10' })]);
    beijing('2026-01-05T14:00:00');
    await importDay(world, '2026-01-02', [
      lineOf(first),
      {
        ...{ partnerId: late['out_trade_no'] ?? '', tradeNo: late['trade_no'] ?? '' },
        ...{ amount: '10.00', at: '2026-01-02 23:30:00' },
      },
    ]);
    for (const day of ['05', '06', '07']) {
      const next = String(Number(day) + 1).padStart(2, '0');
      beijing(`2026-01-${next}T09:30:00`);
      await importDay(world, `2026-01-${day}`, []);
    }

    const told = (await named(world)).filter((one) => one.includes('refund'));
    expect(told).toEqual(['MISSING_IN_STATEMENT refund OPEN']);
  },
);
