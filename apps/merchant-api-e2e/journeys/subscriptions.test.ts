import { createChance } from '../support/chance';
import {
  PAYMENT_RECEIVED,
  QR_CODE_CHANGED,
  TRANSACTION_EVENTS,
  WHO_AM_I,
} from '../support/documents';
import type { EventStream } from '../support/event-stream';
import { TOKEN } from '../support/keys';
import { takePayment } from '../support/payments';
import { openServerSentEvents } from '../support/server-sent-events';
import { waitFor, within } from '../support/wait-for';
import { endWorlds, startWorld } from '../support/world';

afterEach(endWorlds);

test('whoever comes back with the last cursor hears every payment once and in order, wherever the line was cut', async () => {
  const { seed, below } = createChance();
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const witness = await world.subscribe(PAYMENT_RECEIVED); // never cut
  const count = 60;
  const paying = (async () => {
    for (let paid = 0; paid < count; paid += 3) {
      const amounts = [1, 2, 3].map((offset) => `${paid + offset}.00`);
      await Promise.all(amounts.map((amount) => gateway.pay({ qrcode: qrCode.code, amount })));
    }
  })();

  const heard: string[] = [];
  let after: string | undefined;
  let cuts = 0;
  while (heard.length < count) {
    // Without a cursor a stream begins now: the first one was there before the first payment.
    const stream: EventStream<{ paymentReceived: { cursor: string } }> =
      after === undefined ? witness : await world.subscribe(PAYMENT_RECEIVED, { after });
    const wanted = Math.min(1 + below(12), count - heard.length);
    await waitFor(`${wanted} more payments (seed ${seed})`, () => stream.received.length >= wanted);
    if (stream !== witness) {
      stream.cut();
      cuts += 1;
    }
    // What had arrived beyond that dies with the till that was cut off, and must come again.
    const taken = stream.received.slice(0, wanted);
    heard.push(...taken.map(({ paymentReceived }) => paymentReceived.cursor));
    after = heard.at(-1);
  }
  await paying;
  await waitFor('all payments', () => witness.received.length >= count);

  expect(cuts).toBeGreaterThan(3);
  expect({ seed, heard }).toEqual({
    seed,
    heard: witness.received.map(({ paymentReceived }) => paymentReceived.cursor),
  });
  const trades = witness.received.map(({ paymentReceived }) => paymentReceived.transaction);
  expect(new Set(trades.map(({ alipayTransId }) => alipayTransId)).size).toBe(count);
});

test('a cursor that was heard over a WebSocket is taken up by server-sent events', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const { qrCode } = await merchant.openCounter();
  const witness = await world.subscribe(PAYMENT_RECEIVED);
  const pay = (amount: string) => gateway.pay({ qrcode: qrCode.code, amount });
  await pay('1.00');
  const first = await witness.next('the first payment', () => true);
  await pay('2.00');
  await waitFor('the second payment', () => witness.received.length === 2);

  const stream = await openServerSentEvents(`${world.apiUrl}/graphql/stream`, PAYMENT_RECEIVED, {
    variables: { after: first.paymentReceived.cursor },
    authorization: `Bearer ${TOKEN}`,
  });
  await waitFor('what was missed', () => stream.received.length === 1);
  await pay('3.00');
  await waitFor('what is new', () => stream.received.length === 2);
  stream.close();

  expect(stream.received).toEqual(witness.received.slice(1));
});

test('a subscription gives what it was asked for, and nothing of other stores, payments or types', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const here = await merchant.openCounter();
  const there = await merchant.openCounter();
  const payment = await merchant.transactionOf(
    await gateway.pay({ qrcode: here.qrCode.code, amount: '9.00' }),
  );
  const [all, ofStore, refunds, ofPayment] = await Promise.all([
    world.subscribe(TRANSACTION_EVENTS),
    world.subscribe(TRANSACTION_EVENTS, { storeId: there.store.id }),
    world.subscribe(TRANSACTION_EVENTS, { types: ['REFUND_SUCCEEDED', 'CLAIMED'] }),
    world.subscribe(TRANSACTION_EVENTS, { transactionId: payment.id }),
  ]);

  await merchant.refund({ transactionId: payment.id, idempotencyKey: 'all' });
  const other = await merchant.transactionOf(
    await gateway.pay({ qrcode: there.qrCode.code, amount: '5.00' }),
  );
  await merchant.claim({ transactionId: other.id, saleReference: 'SALE-5' });

  // The claim is the last event, so whoever has it has all that came before it.
  const isClaim = ({ transactionEvents }: { transactionEvents: { type: string } }): boolean =>
    transactionEvents.type === 'CLAIMED';
  await Promise.all([all, ofStore, refunds].map((stream) => stream.next('the claim', isClaim)));
  await waitFor('the refund', () => ofPayment.received.length >= 2);
  const heard = (stream: typeof all): (string | undefined)[][] =>
    stream.received
      .map(({ transactionEvents }) => transactionEvents)
      .filter(({ type }) => type !== 'STATUS_CHANGED')
      .map(({ type, transaction }) => [type, transaction.id]);
  const ofHere = [
    ['REFUND_REQUESTED', payment.id],
    ['REFUND_SUCCEEDED', payment.id],
  ];
  const ofThere = [
    ['PAYMENT_RECEIVED', other.id],
    ['CLAIMED', other.id],
  ];
  expect(heard(all)).toEqual([...ofHere, ...ofThere]);
  expect(heard(ofStore)).toEqual(ofThere);
  expect(heard(ofPayment)).toEqual(ofHere);
  expect(heard(refunds)).toEqual([
    ['REFUND_SUCCEEDED', payment.id],
    ['CLAIMED', other.id],
  ]);
});

test('a code that changes is told of, to those who watch its store', async () => {
  const world = await startWorld();
  const { merchant } = world;
  const here = await merchant.openCounter();
  const there = await merchant.openCounter();
  const watching = await world.subscribe(QR_CODE_CHANGED, { storeId: here.store.id });
  const watchingAll = await world.subscribe(QR_CODE_CHANGED);

  await merchant.stopQrCode({ qrCodeId: there.qrCode.id });
  await merchant.stopQrCode({ qrCodeId: here.qrCode.id });

  const isHere = ({
    qrCodeChanged: { id, status },
  }: {
    qrCodeChanged: { id: string; status: string };
  }) => id === here.qrCode.id && status === 'STOPPED';
  await watching.next('the stopped code', isHere);
  await watchingAll.next('the stopped code', isHere);
  expect(new Set(watching.received.map(({ qrCodeChanged }) => qrCodeChanged.id))).toEqual(
    new Set([here.qrCode.id]),
  );
  await watchingAll.next(
    'the other code',
    ({ qrCodeChanged }) => qrCodeChanged.id === there.qrCode.id,
  );
});

test('without a valid token nothing is heard and nothing is answered', async () => {
  const world = await startWorld();

  for (const authorization of [null, 'Bearer wrong', 'wrong']) {
    const stream = await world.subscribe(PAYMENT_RECEIVED, {}, authorization);
    const { code } = await within('the end of the connection', 5_000, stream.closed);
    expect([4401, 4403]).toContain(code);
    expect(stream.received).toEqual([]);
  }
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    const { data, errors } = await world.ask(WHO_AM_I, {}, headers);
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  }
});

test('a stream about a store that is not there is refused, and so is a cursor of another history', async () => {
  const [world, other] = await Promise.all([startWorld(), startWorld()]);
  const elsewhere = await other.merchant.openCounter();
  const witness = await other.subscribe(TRANSACTION_EVENTS);
  const payment = await takePayment(other);
  await other.merchant.refund({ transactionId: payment.id, idempotencyKey: 'all' });
  const { transactionEvents } = await witness.next(
    'the refund',
    ({ transactionEvents: { type } }) => type === 'REFUND_SUCCEEDED',
  );
  await takePayment(world);

  const unseen = await world.subscribe(TRANSACTION_EVENTS, { storeId: elsewhere.store.id });
  const expired = await world.subscribe(TRANSACTION_EVENTS, { after: transactionEvents.cursor });

  await waitFor('both refusals', () => unseen.errors.length + expired.errors.length >= 2);
  expect(unseen.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(expired.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
});
