import { PAYMENT_RECEIVED } from '../support/documents';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { asSent, postMessage, TAKEN_IN } from '../support/messages';
import { lostMessages, payUnheard } from '../support/unheard';
import { waitFor } from '../support/wait-for';
import { startWorld } from '../support/world';

afterEach(endWorldsInAgreement);

/** Alipay's second send comes so late that a test never sees it. */
const NO_RESENDS = { timeScale: 0.01 };

test('fifty copies of one notification at once are one payment, one event and fifty acknowledgements', async () => {
  const world = await startWorld({ simulator: NO_RESENDS });
  const { merchant } = world;
  const trade = await payUnheard(world, await merchant.openCounter(), '66.00');
  const events = await world.subscribe(PAYMENT_RECEIVED);
  const message = asSent(trade.forms[0] ?? {});

  const answers = await Promise.all(
    Array.from({ length: 50 }, () => postMessage(trade.notify_url, message)),
  );

  expect(answers).toEqual(answers.map(() => TAKEN_IN));
  const { id } = await merchant.transactionOf(trade);
  await events.next('the payment', () => true);
  const again = await postMessage(trade.notify_url, message);
  expect(again).toEqual(TAKEN_IN);
  await waitFor('an empty inbox', async () => {
    const waiting = await merchant.notifications({ statuses: ['RECEIVED'] });
    return waiting.length === 0;
  });
  expect(await merchant.transactions()).toMatchObject([{ id, status: 'PAID' }]);
  expect(await merchant.notifications()).toMatchObject([{ status: 'APPLIED' }]);
  expect((await merchant.timeline(id)).map(({ type }) => type)).toEqual(['PAYMENT_RECEIVED']);
  expect(events.received).toHaveLength(1);
});

test('in whatever order messages arrive, a payment ends in the same state (decision 11)', async () => {
  const world = await startWorld({ simulator: NO_RESENDS });
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const orders = permutations([0, 1, 2]);
  await gateway.fault('notification', 'drop', 3 * orders.length);

  const trades = await Promise.all(
    orders.map(async () => {
      const { trade_no: tradeNo } = await gateway.pay({ qrcode: qrCode.code, amount: '7.00' });
      await gateway.call(`POST /trades/${tradeNo}/freeze`);
      await gateway.call(`POST /trades/${tradeNo}/finish`);
      return lostMessages(world, tradeNo, 3);
    }),
  );
  await Promise.all(
    trades.map(async ({ notify_url: url, forms }, row) => {
      for (const message of orders[row] ?? []) {
        expect(await postMessage(url, asSent(forms[message] ?? {}))).toEqual(TAKEN_IN);
      }
    }),
  );

  const ends = await Promise.all(
    trades.map((trade) => merchant.transactionOf(trade, ({ status }) => status === 'FINISHED')),
  );
  expect(ends.map(({ alipayStatus }) => alipayStatus)).toEqual(ends.map(() => 'TRADE_FINISHED'));
  const paidTwice = await Promise.all(
    ends.map(async ({ id }) => {
      const events = await merchant.timeline(id);
      return events.filter(({ type }) => type === 'PAYMENT_RECEIVED').length;
    }),
  );
  expect(paidTwice).toEqual(ends.map(() => 1));
});

test('messages that are dropped, doubled, late or out of order are all heard, once each', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const events = await world.subscribe(PAYMENT_RECEIVED);
  for (const kind of ['drop', 'duplicate', 'delay:300', 'bad-signature']) {
    await gateway.fault('notification', kind);
  }
  await gateway.fault('notification', 'reorder', 3);

  const tradeNos: string[] = [];
  for (let count = 1; count <= 7; count += 1) {
    const trade = await gateway.pay({ qrcode: qrCode.code, amount: `${count}.00` });
    tradeNos.push(trade.trade_no);
  }
  await waitFor('every payment', () => events.received.length >= tradeNos.length);
  await waitFor('every message acknowledged', async () => {
    const books = await gateway.books();
    return books.every(({ notifications: [first] }) => first?.acknowledged);
  });

  const heard = events.received.map(({ paymentReceived }) => paymentReceived);
  expect(heard.map(({ transaction }) => transaction.alipayTransId).sort()).toEqual(
    [...tradeNos].sort(),
  );
  const amounts = Object.fromEntries(
    heard.map(({ transaction, amount }) => [transaction.alipayTransId, amount?.amount]),
  );
  expect(tradeNos.map((tradeNo) => amounts[tradeNo])).toEqual(
    tradeNos.map((_tradeNo, index) => `${index + 1}.00`),
  );
});

test('two equal payments one after the other are two, and each pays for one sale only (decision 16)', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const buyer = '852-61234567';
  const first = await merchant.transactionOf(
    await gateway.pay({ qrcode: qrCode.code, amount: '38.00', buyer }),
  );
  const second = await merchant.transactionOf(
    await gateway.pay({ qrcode: qrCode.code, amount: '38.00', buyer }),
  );
  expect(second.id).not.toBe(first.id);

  const claim = (transactionId: string, saleReference: string) =>
    merchant.claim({ transactionId, saleReference });
  expect(await claim(first.id, 'SALE-1')).toMatchObject({ userErrors: [] });
  expect(await claim(first.id, 'SALE-2')).toMatchObject({
    transaction: { saleReference: 'SALE-1' },
    userErrors: [{ code: 'ALREADY_CLAIMED' }],
  });
  expect(await claim(first.id, 'SALE-1')).toMatchObject({ userErrors: [] });
  expect(await claim(second.id, 'SALE-2')).toMatchObject({
    transaction: { saleReference: 'SALE-2' },
    userErrors: [],
  });

  const third = await merchant.transactionOf(
    await gateway.pay({ qrcode: qrCode.code, amount: '38.00', buyer }),
  );
  const rush = await Promise.all(
    Array.from({ length: 8 }, (_till, index) => claim(third.id, `RUSH-${index}`)),
  );
  const winners = rush.filter(({ userErrors }) => userErrors.length === 0);
  expect(winners).toHaveLength(1);
  expect((await merchant.timeline(third.id)).map(({ type }) => type)).toEqual([
    'PAYMENT_RECEIVED',
    'CLAIMED',
  ]);
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_other, at) => at !== index)).map((rest) => [item, ...rest]),
  );
}
