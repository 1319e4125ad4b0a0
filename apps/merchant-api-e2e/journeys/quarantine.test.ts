import { REPLAY_NOTIFICATION, REVERIFY_NOTIFICATIONS } from '../support/documents';
import { endWorldsInAgreement } from '../support/expect-sums-agree';
import { newKeyPair } from '../support/keys';
import { OVERSEAS_QUERY } from '../support/lost-answers';
import { asSent, postMessage, REFUSED, signedByGateway, TAKEN_IN } from '../support/messages';
import { payUnheard } from '../support/unheard';
import { waitFor } from '../support/wait-for';
import { startWorld, type World } from '../support/world';

afterEach(endWorldsInAgreement);

const NO_RESENDS = { simulator: { timeScale: 0.01 } };
const somebodyElse = newKeyPair();

/** The one message that is kept, once it was looked at. */
function onlyNotification({ merchant }: World, status: string) {
  return waitFor(`one notification that is ${status}`, async () => {
    const [first, ...others] = await merchant.notifications();
    return first?.status === status && others.length === 0 && first;
  });
}

test.each([
  ['without a token', ''],
  ['with a token that nobody gave out', `/${'A'.repeat(43)}`],
])(
  'a message to an address %s waits until Alipay confirms its payment (decision 12)',
  async (_what, path) => {
    const world = await startWorld(NO_RESENDS);
    const { merchant, gateway } = world;
    const trade = await payUnheard(world, await merchant.openCounter(), '15.00');
    await gateway.fault(OVERSEAS_QUERY, 'system-error');

    const answer = await postMessage(
      `${world.apiUrl}/alipay/notifications${path}`,
      asSent(trade.forms[0] ?? {}),
    );

    expect(answer).toEqual(TAKEN_IN);
    const waiting = await onlyNotification(world, 'QUARANTINED');
    expect(waiting).toMatchObject({ transaction: null, qrCode: null });
    expect(waiting.reason).toMatch(/Alipay is asked/);
    expect(await merchant.transactions()).toEqual([]);

    const payment = await merchant.transactionOf(trade);
    expect(payment).toMatchObject({ status: 'PAID', amount: { amount: '15.00' } });
    expect(await onlyNotification(world, 'APPLIED')).toMatchObject({
      transaction: { id: payment.id },
    });
  },
);

test('a message about another seller, or a known id with another content, is acknowledged and not applied', async () => {
  const world = await startWorld(NO_RESENDS);
  const { merchant } = world;
  const counter = await merchant.openCounter();
  const trade = await payUnheard(world, counter, '15.00');
  const form = trade.forms[0] ?? {};
  const post = (changed: Readonly<Record<string, string>>) =>
    postMessage(trade.notify_url, signedByGateway({ ...form, ...changed }));

  expect(await post({ seller_id: '2088000000000099', notify_id: 'other-seller' })).toEqual(
    TAKEN_IN,
  );
  expect(await post({ currency: 'USD', notify_id: 'other-currency' })).toEqual(TAKEN_IN);
  await waitFor('both in quarantine', async () => {
    const seen = await merchant.notifications({ statuses: ['QUARANTINED'] });
    return seen.length === 2;
  });
  expect(await merchant.transactions()).toEqual([]);

  expect(await post({})).toEqual(TAKEN_IN);
  const { id } = await merchant.transactionOf(trade);
  expect(await post({ total_fee: '1500.00' })).toEqual(TAKEN_IN);
  const held = await waitFor('all three in quarantine', async () => {
    const seen = await merchant.notifications({ statuses: ['QUARANTINED'] });
    return seen.length === 3 && seen;
  });
  for (const { reason } of held) expect(reason).toMatch(/\w.+\./);
  expect(await merchant.transactionBy({ id })).toMatchObject({
    status: 'PAID',
    amount: { amount: '15.00', currency: 'HKD' },
  });
});

test('a payment that was never told of is recovered by either of its numbers (decision 13)', async () => {
  const world = await startWorld(NO_RESENDS);
  const { merchant } = world;
  const counter = await merchant.openCounter();
  const [byOrder, byWallet] = [
    await payUnheard(world, counter, '15.00'),
    await payUnheard(world, counter, '16.00'),
  ];

  const ordered = await merchant.recover({
    partnerTransId: byOrder.out_trade_no,
    qrCodeId: counter.qrCode.id,
  });
  const shown = await merchant.recover({ alipayTransId: byWallet.trade_no });
  const unknown = await merchant.recover({ partnerTransId: '20260101000000000000000000' });

  expect(ordered).toMatchObject({
    transaction: {
      alipayTransId: byOrder.trade_no,
      status: 'PAID',
      amount: { amount: '15.00' },
      paymentInstitution: 'ALIPAY_HK',
      store: { id: counter.store.id },
    },
    userErrors: [],
  });
  expect(shown).toMatchObject({
    transaction: { partnerTransId: byWallet.out_trade_no, amount: { amount: '16.00' } },
    userErrors: [],
  });
  expect(unknown).toMatchObject({
    transaction: null,
    userErrors: [{ code: 'ALIPAY_REJECTED', alipayCode: 'TRADE_NOT_EXIST' }],
  });
  expect(await merchant.recover({ partnerTransId: byOrder.out_trade_no })).toMatchObject({
    transaction: { id: ordered.transaction?.id },
    userErrors: [],
  });
  expect(await merchant.transactions()).toHaveLength(2);
});

test('where HK wants the order number, the wallet’s number alone is refused, and the statement is named', async () => {
  const world = await startWorld({
    simulator: { timeScale: 0.01, variants: { queryByAlipayTransId: 'refuses' } },
  });
  const { merchant } = world;
  const trade = await payUnheard(world, await merchant.openCounter(), '15.00');

  const { transaction, userErrors } = await merchant.recover({ alipayTransId: trade.trade_no });

  expect(transaction).toBeNull();
  expect(userErrors).toMatchObject([{ code: 'ALIPAY_REJECTED', alipayCode: 'ILLEGAL_ARGUMENT' }]);
  expect(userErrors[0]?.message).toMatch(/statement/);
});

test('a message that does not verify is answered `fail`, and its bytes are kept at a known address only', async () => {
  const world = await startWorld(NO_RESENDS);
  const { merchant } = world;
  const trade = await payUnheard(world, await merchant.openCounter(), '15.00');
  const form = trade.forms[0] ?? {};
  const forged = asSent({ ...form, total_fee: '0.01' });

  expect(await postMessage(`${world.apiUrl}/alipay/notifications`, forged)).toEqual(REFUSED);
  expect(await postMessage(trade.notify_url, forged)).toEqual(REFUSED);
  const { sign: _sign, ...unsigned } = form;
  expect(await postMessage(trade.notify_url, asSent(unsigned))).toEqual(REFUSED);

  const kept = await merchant.notifications();
  expect(kept.map(({ status, transaction }) => [status, transaction])).toEqual([
    ['REFUSED', null],
    ['REFUSED', null],
  ]);
  expect(await merchant.transactions()).toEqual([]);
});

test('what a wrong key refused is taken up once the key is right', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  await world.stopApi();
  await world.startApi({ ALIPAY_PUBLIC_KEY: somebodyElse.publicKey });
  const trade = await gateway.pay({ qrcode: qrCode.code, amount: '15.00' });
  await onlyNotification(world, 'REFUSED');
  await gateway.fault('notification', 'drop', 1_000); // Alipay gives up
  await world.stopApi();
  await world.startApi({});

  const { reverifyNotifications } = await world.graphql(REVERIFY_NOTIFICATIONS);

  expect(reverifyNotifications).toEqual({ accepted: 1, stillRefused: 0, userErrors: [] });
  const payment = await merchant.transactionOf(trade);
  expect(payment).toMatchObject({ status: 'PAID', qrCode: { id: qrCode.id } });
  expect(await onlyNotification(world, 'APPLIED')).toMatchObject({
    transaction: { id: payment.id },
  });
});

test('what a wrong setting put in quarantine is applied by a replay once the setting is right', async () => {
  const world = await startWorld({ env: { ALIPAY_SELLER_IDS: '2088000000000077' } });
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const trade = await gateway.pay({ qrcode: qrCode.code, amount: '15.00' });
  const held = await onlyNotification(world, 'QUARANTINED');
  expect(held.reason).toMatch(/seller/);
  const replay = { input: { notificationId: held.id } };
  const tooEarly = await world.graphql(REPLAY_NOTIFICATION, replay);
  expect(tooEarly.replayNotification.notification?.status).not.toBe('APPLIED');

  await world.stopApi();
  await world.startApi({});
  await world.graphql(REPLAY_NOTIFICATION, replay);

  expect(await merchant.transactionOf(trade)).toMatchObject({ status: 'PAID' });
  expect(await onlyNotification(world, 'APPLIED')).toMatchObject({ id: held.id });
});
