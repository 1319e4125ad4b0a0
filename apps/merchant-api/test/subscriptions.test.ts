import { type Fields } from '@countersign/alipay-protocol';
import WebSocket from 'ws';

import { QUERY } from './support/gateway';
import { createGraphqlClient, type GraphqlClient, type Heard } from './support/graphql-client';
import { type Counter, openCounter, pay, paymentFields, post } from './support/shop';
import { PARTNER_ID, type Stack, startStack, TOKEN } from './support/stack';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

interface EventHeard {
  readonly cursor: string;
  readonly type: string;
  readonly transaction: { readonly id: string; readonly alipayTransId: string };
}

const EVENTS = `subscription ($storeId: ID, $qrCodeId: ID, $transactionId: ID, $types: [TransactionEventType!], $after: String) {
  transactionEvents(storeId: $storeId, qrCodeId: $qrCodeId, transactionId: $transactionId, types: $types, after: $after) { cursor type transaction { id alipayTransId } }
}`;
const PAYMENTS = `subscription ($storeId: ID, $qrCodeId: ID, $after: String) {
  paymentReceived(storeId: $storeId, qrCodeId: $qrCodeId, after: $after) { cursor type transaction { id alipayTransId } }
}`;

/** By one who comes back, at a time (`follow-events.ts`). */
const READ_AT_ONCE = 100;

function eventsOf(heard: Heard): EventHeard[] {
  return heard.items as EventHeard[];
}

function positionsOf(heard: Heard): number[] {
  return eventsOf(heard).map(({ cursor }) =>
    Number(Buffer.from(cursor, 'base64url').toString().split(' ')[1]),
  );
}

describe('is refused', () => {
  test.each([
    ['a cursor that is none', { after: 'nonsense' }, 'BAD_USER_INPUT'],
    ['an empty cursor', { after: '' }, 'BAD_USER_INPUT'],
    ['a store that is none', { storeId: 'nonsense' }, 'FORBIDDEN'],
    ['a code that is none', { qrCodeId: 'nonsense' }, 'FORBIDDEN'],
    [
      'a cursor from before a backup was restored',
      { after: Buffer.from('event 999999').toString('base64url') },
      'CURSOR_EXPIRED',
    ],
  ])('%s', async (_, variables, code) => {
    await pay(stack, counter);

    const heard = await stack.client.subscribe(EVENTS, variables);

    await until('the end', () => heard.isOver);
    expect(heard.errors).toMatchObject([{ extensions: { code } }]);
    expect(heard.items).toEqual([]);
  });

  test('a document that is no subscription of ours', async () => {
    const heard = await stack.client.subscribe('subscription { everything }');

    await until('the end', () => heard.isOver);
    expect(heard.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('a text that cannot be read, without closing the socket', async () => {
    const heard = await stack.client.subscribe('subscription {');

    await until('the end', () => heard.isOver);
    expect(heard.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

test('a till that has seen no event yet misses none that comes after it asked where it stands', async () => {
  const fresh = await startStack();
  const counterHere = await openCounter(fresh);
  const { latestEventCursor: after } = await fresh.client.get('{ latestEventCursor }');
  const paid = await pay(fresh, counterHere);
  const later = (await fresh.client.get('{ latestEventCursor }'))['latestEventCursor'];

  const till = await fresh.client.subscribe(
    `subscription ($after: String) { paymentReceived(after: $after) { transaction { alipayTransId } } }`,
    { after },
  );

  expect(await till.first(1)).toEqual([{ transaction: { alipayTransId: paid.alipayTransId } }]);
  const second = await pay(fresh, counterHere);
  const back = await fresh.client.subscribe(
    `subscription ($after: String) { paymentReceived(after: $after) { transaction { alipayTransId } } }`,
    { after: later },
  );
  expect(await back.first(1)).toEqual([{ transaction: { alipayTransId: second.alipayTransId } }]);
  await fresh.close();
});

test('a subscription that is posted is told where to go', async () => {
  const { errors } = await stack.client.ask('subscription { paymentReceived { cursor } }');

  expect(errors).toEqual([
    expect.objectContaining({
      message: expect.stringContaining('subscribe over a WebSocket') as unknown,
      extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) as unknown,
    }),
  ]);
});

test('an operation that cannot even begin is an error of its own, and closes no socket', async () => {
  const heard = await stack.client.subscribe(
    'subscription { paymentReceived @skip(if: true) { cursor } }',
  );

  await until('the end', () => heard.isOver);
  expect(heard.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  await heard.ping();
});

test('queries and mutations are answered over the socket too, by the same rules', async () => {
  const viewer = await stack.client.subscribe('{ viewer { subject } }');
  const refused = await stack.client.subscribe('{ transactions(first: 0) { nodes { id } } }');

  await until('both ends', () => viewer.isOver && refused.isOver);
  expect(viewer.items).toEqual([{ subject: 'demo' }]);
  expect(refused.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('a subscriber hears of its own store, code and payment only', async () => {
  const other = await openCounter(stack);
  const ofStore = await stack.client.subscribe(EVENTS, { storeId: counter.storeId });
  const ofCode = await stack.client.subscribe(EVENTS, { qrCodeId: counter.qrCodeId });
  const ofAll = await stack.client.subscribe(EVENTS);
  await settled(ofStore, ofCode, ofAll);

  await pay(stack, other);
  const mine = await pay(stack, counter);

  await ofAll.first(2);
  await ofStore.first(1);
  await ofCode.first(1);
  expect(eventsOf(ofStore).map(({ transaction }) => transaction.id)).toEqual([mine.id]);
  expect(eventsOf(ofCode).map(({ transaction }) => transaction.id)).toEqual([mine.id]);
});

test.each([
  ['live', false],
  ['after a cursor', true],
])(
  'a payment whose store is learned late is heard once, %s, by whom it concerns',
  async (_, isMissed) => {
    const other = await openCounter(stack);
    const mine = await cashierOf(counter.storeId);
    const theirs = await cashierOf(other.storeId);
    const { latestEventCursor: after } = await stack.client.get('{ latestEventCursor }');
    const variables = isMissed ? { after } : {};
    const follow = async () => ({
      ours: [
        await stack.client.subscribe(PAYMENTS, { ...variables, storeId: counter.storeId }),
        await stack.client.subscribe(PAYMENTS, { ...variables, qrCodeId: counter.qrCodeId }),
        await mine.subscribe(PAYMENTS, variables),
      ],
      others: [
        await stack.client.subscribe(PAYMENTS, { ...variables, storeId: other.storeId }),
        await theirs.subscribe(PAYMENTS, variables),
      ],
      ofAll: await stack.client.subscribe(PAYMENTS, variables),
    });
    const listening = isMissed ? undefined : await follow();
    if (listening) await settled(...listening.ours, ...listening.others, listening.ofAll);

    const late = paymentFields();
    await recoverPaid(late);
    await post(counter.notifyUrl, late);
    await until('its store', () => isAt(late, counter.storeId));
    const nextOfOurs = await pay(stack, counter);
    const nextOfOthers = await pay(stack, other);
    const { ours, others, ofAll } = listening ?? (await follow());

    const told = async (till: Heard, count: number): Promise<string[]> => {
      await till.first(count);
      return eventsOf(till).map(({ type, transaction }) => `${type} ${transaction.alipayTransId}`);
    };
    const received = (alipayTransId = ''): string => `PAYMENT_RECEIVED ${alipayTransId}`;
    const [next, elsewhere] = [
      received(nextOfOurs.alipayTransId),
      received(nextOfOthers.alipayTransId),
    ];
    for (const till of ours) {
      expect(await told(till, 2)).toEqual([`STORE_LEARNED ${late['trade_no'] ?? ''}`, next]);
    }
    for (const till of others) expect(await told(till, 1)).toEqual([elsewhere]);
    expect(await told(ofAll, 3)).toEqual([received(late['trade_no']), next, elsewhere]);
    await Promise.all([mine.close(), theirs.close()]);
  },
);

test.each([
  ['live', false],
  ['after a cursor', true],
])(
  'a payment whose code is learned later than its store is heard once, %s, by code and by store',
  async (_, isMissed) => {
    const shop = await openCounter(stack);
    const second = await secondCodeOf(shop);
    const cashier = await cashierOf(shop.storeId);
    const { latestEventCursor: after } = await stack.client.get('{ latestEventCursor }');
    const variables = isMissed ? { after } : {};
    const { storeId, qrCodeId } = shop;
    const follow = async () => ({
      ofCode: [
        await stack.client.subscribe(PAYMENTS, { ...variables, qrCodeId }),
        await stack.client.subscribe(PAYMENTS, { ...variables, storeId, qrCodeId }),
        await cashier.subscribe(PAYMENTS, { ...variables, qrCodeId }),
      ],
      ofMore: [
        await stack.client.subscribe(PAYMENTS, { ...variables, storeId }),
        await cashier.subscribe(PAYMENTS, variables),
        await stack.client.subscribe(PAYMENTS, variables),
      ],
      ofSecond: await stack.client.subscribe(PAYMENTS, { ...variables, qrCodeId: second.qrCodeId }),
    });
    const listening = isMissed ? undefined : await follow();
    if (listening) await settled(...listening.ofCode, ...listening.ofMore, listening.ofSecond);

    const late = paymentFields();
    await importPaid(late, shop);
    await post(shop.notifyUrl, late);
    await until('its code', () => isWith(late, qrCodeId));
    const next = await pay(stack, shop);
    const nextOfSecond = await pay(stack, second);
    const { ofCode, ofMore, ofSecond } = listening ?? (await follow());

    const told = async (till: Heard, count: number): Promise<string[]> => {
      await till.first(count);
      return eventsOf(till).map(({ type, transaction }) => `${type} ${transaction.alipayTransId}`);
    };
    const no = late['trade_no'] ?? '';
    const [received, receivedOfSecond] = [next, nextOfSecond].map(
      ({ alipayTransId }) => `PAYMENT_RECEIVED ${alipayTransId}`,
    );
    for (const till of ofCode) {
      expect(await told(till, 2)).toEqual([`CODE_LEARNED ${no}`, received]);
    }
    for (const till of ofMore) {
      expect(await told(till, 3)).toEqual([`PAYMENT_RECEIVED ${no}`, received, receivedOfSecond]);
    }
    expect(await told(ofSecond, 1)).toEqual([receivedOfSecond]);
    await cashier.close();
  },
);

test('types choose what is heard', async () => {
  const refunds = await stack.client.subscribe(EVENTS, {
    storeId: counter.storeId,
    types: ['REFUND_SUCCEEDED'],
  });
  await settled(refunds);
  const paid = await pay(stack, counter);

  await stack.client.get(
    `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { replayed } }`,
    { input: { transactionId: paid.id, idempotencyKey: 'k' } },
  );

  await refunds.first(1);
  expect(eventsOf(refunds).map(({ type }) => type)).toEqual(['REFUND_SUCCEEDED']);
});

test('whatever is committed after the server has read the message is heard', async () => {
  for (let round = 0; round < 5; round += 1) {
    const live = await stack.client.subscribe(PAYMENTS, { storeId: counter.storeId });
    await settled(live);
    const paid = await pay(stack, counter);

    await until('this payment', () =>
      eventsOf(live).some(({ transaction }) => transaction.id === paid.id),
    );
    live.stop();
  }
});

test('with a cursor, what was missed comes first, in order and once, and then the stream goes on', async () => {
  const before = await stack.client.subscribe(PAYMENTS, { storeId: counter.storeId });
  await settled(before);
  await pay(stack, counter);
  await before.first(1);
  const cursor = eventsOf(before)[0]?.cursor ?? '';
  before.stop();
  const missed = [await pay(stack, counter), await pay(stack, counter)];

  const after = await stack.client.subscribe(PAYMENTS, { storeId: counter.storeId, after: cursor });
  await after.first(2);
  const live = await pay(stack, counter);

  await after.first(3);
  expect(eventsOf(after).map(({ transaction }) => transaction.id)).toEqual([
    ...missed.map(({ id }) => id),
    live.id,
  ]);
});

test.each([READ_AT_ONCE, READ_AT_ONCE + 1])(
  '%i may have been missed: they come before what is live, in order and once',
  async (missed) => {
    const never = await stack.client.subscribe(PAYMENTS, { storeId: counter.storeId });
    await settled(never);
    for (let paid = 0; paid <= missed; paid += 1) await post(counter.notifyUrl, paymentFields());
    await never.first(missed + 1);

    const after = await stack.client.subscribe(PAYMENTS, {
      storeId: counter.storeId,
      after: eventsOf(never)[0]?.cursor,
    });
    await after.first(missed);
    await pay(stack, counter);
    await Promise.all([never.first(missed + 2), after.first(missed + 1)]);

    expect(eventsOf(after)).toEqual(eventsOf(never).slice(1));
  },
);

test('a timeline’s cursor is one of a subscription', async () => {
  const paid = await pay(stack, counter);
  const { transaction } = (await stack.client.get(
    `query ($id: ID) { transaction(id: $id) { timeline(first: 1) { edges { cursor } } } }`,
    { id: paid.id },
  )) as { transaction: { timeline: { edges: { cursor: string }[] } } };
  const next = await pay(stack, counter);

  const after = await stack.client.subscribe(PAYMENTS, {
    storeId: counter.storeId,
    after: transaction.timeline.edges[0]?.cursor,
  });

  await after.first(1);
  expect(eventsOf(after)[0]?.transaction.id).toBe(next.id);
});

test('while writers race, subscribers that come and go miss nothing and hear nothing twice', async () => {
  const counters = [counter, await openCounter(stack), await openCounter(stack)];
  const start = await stack.client.subscribe(PAYMENTS);
  await settled(start);
  await pay(stack, counter);
  await start.first(1);
  const cursor = eventsOf(start)[0]?.cursor ?? '';

  const each = 40;
  const writers = counters.map(async ({ notifyUrl }) => {
    for (let done = 0; done < each; done += 1) await post(notifyUrl, paymentFields());
  });
  const arrivals: Heard[] = [];
  for (let joined = 0; joined < 6; joined += 1) {
    const subscriber = await stack.client.subscribe(PAYMENTS, { after: cursor });
    arrivals.push(subscriber);
    await subscriber.first(Math.min(joined * 10, 20));
  }
  await Promise.all(writers);

  for (const subscriber of arrivals) {
    await subscriber.first(counters.length * each);
    const positions = positionsOf(subscriber);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
    expect(positions).toHaveLength(counters.length * each);
  }
}, 60_000);

test('a cursor whose history was pruned ends the stream', async () => {
  const first = await stack.client.subscribe(PAYMENTS, { storeId: counter.storeId });
  await settled(first);
  const { id } = await pay(stack, counter);
  await first.first(1);
  const cursor = eventsOf(first)[0]?.cursor;
  await pay(stack, counter);
  await pay(stack, counter);
  await stack.database.run(
    `delete from transaction_events where position <= (select max(position) - 1 from transaction_events)`,
  );

  const after = await stack.client.subscribe(PAYMENTS, { after: cursor });

  await until('the end', () => after.isOver);
  expect(after.errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
  expect(id).not.toBe('');
});

test('a code that changes is told of, in its own store only', async () => {
  const other = await openCounter(stack);
  const codes = `subscription ($storeId: ID) { qrCodeChanged(storeId: $storeId) { id status store { id } } }`;
  const mine = await stack.client.subscribe(codes, { storeId: other.storeId });
  const all = await stack.client.subscribe(codes);
  await settled(mine, all);
  const stop = `mutation ($input: QrCodeInput!) { stopQrCode(input: $input) { qrCode { status } } }`;

  await stack.client.get(stop, { input: { qrCodeId: counter.qrCodeId } });
  await stack.client.get(stop, { input: { qrCodeId: other.qrCodeId } });

  await until('the stopped code', () =>
    mine.items.some((item) => (item as { status: string }).status === 'STOPPED'),
  );
  await until('both', () => new Set(all.items.map((item) => (item as { id: string }).id)).size > 1);
  expect(new Set(mine.items.map((item) => (item as { id: string }).id))).toEqual(
    new Set([other.qrCodeId]),
  );
  expect(mine.items.at(-1)).toMatchObject({ status: 'STOPPED', store: { id: other.storeId } });
});

test('what one sends as null, and may not, is no fault of those who leave it out', async () => {
  const query = `subscription ($isShown: Boolean = true) {
    paymentReceived { transaction { id amount @include(if: $isShown) { amount } } }
  }`;
  // First, so that it is first told of the payment.
  const wrong = await stack.client.subscribe(query, { isShown: null });
  await settled(wrong);
  const right = await stack.client.subscribe(query);
  await settled(right);

  const { id } = await pay(stack, counter);
  await until(
    'both',
    () => wrong.errors.length > 0 && right.items.length + right.errors.length > 0,
  );

  expect(right.errors).toEqual([]);
  expect(right.items).toEqual([{ transaction: { id, amount: { amount: '10.00' } } }]);
});

test('nudges that are lost with their connection cost time, and no event', async () => {
  const live = await stack.client.subscribe(PAYMENTS, { storeId: counter.storeId });
  await settled(live);
  await stack.database.run(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'`,
  );

  const paid = await pay(stack, counter);

  await until('the payment', () =>
    eventsOf(live).some(({ transaction }) => transaction.id === paid.id),
  );
});

test('a client that leaves in the middle holds nothing', async () => {
  const socket = new WebSocket(stack.api.graphqlUrl.replace(/^http/, 'ws'), 'graphql-transport-ws');
  await new Promise((resolve) => socket.once('open', resolve));
  const say = (message: unknown): void => {
    socket.send(JSON.stringify(message));
  };
  say({ type: 'connection_init', payload: { Authorization: `Bearer ${TOKEN}` } });
  await new Promise((resolve) => socket.once('message', resolve));
  say({ id: '1', type: 'subscribe', payload: { query: PAYMENTS, variables: {} } });
  say({ id: '1', type: 'complete' });
  say({ id: '2', type: 'subscribe', payload: { query: PAYMENTS, variables: {} } });
  socket.terminate();

  await pay(stack, counter);

  expect(stack.log.lines.filter(({ fact }) => fact.includes('subscriber'))).toEqual([]);
});

/** A subscription begins when the server has read its message: a question after it on each socket proves it. */
async function cashierOf(storeId: string): Promise<GraphqlClient> {
  const { createApiKey } = (await stack.client.get(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
    { input: { name: 'Till', role: 'CASHIER', storeIds: [storeId] } },
  )) as { createApiKey: { secret: string } };
  return createGraphqlClient(stack.api.graphqlUrl, createApiKey.secret);
}

/** A store has a second code with a channel fee. */
async function secondCodeOf(shop: Counter): Promise<Counter> {
  const { createQrCode } = (await stack.client.get(
    `mutation ($input: CreateQrCodeInput!) { createQrCode(input: $input) { qrCode { id code } } }`,
    { input: { storeId: shop.storeId, channelFee: { type: 'FIXED', value: '1.00' } } },
  )) as { createQrCode: { qrCode: { id: string; code: string } } };
  const { requests } = stack.gateway;
  const created = requests.filter((one) => one['service']?.endsWith('.create')).at(-1);
  const { id: qrCodeId, code } = createQrCode.qrCode;
  return { ...shop, qrCodeId, code, notifyUrl: created?.['notify_url'] ?? '' };
}

/** Known to be paid by the file of its day, which says at which merchant: the store, where it has one. */
async function importPaid(fields: Fields, { merchantId }: Counter): Promise<void> {
  const { node } = (await stack.client.get(
    `query ($id: ID!) { node(id: $id) { ... on Merchant { alipayMerchantId } } }`,
    { id: merchantId },
  )) as { node: { alipayMerchantId: string } };
  const day = fields['notify_time']?.slice(0, 10) ?? '';
  const names =
    'Partner_transaction_id|Transaction_id|Transaction_amount|Charge_amount|Currency|Payment_time|Transaction_type|Secondary_merchant_id';
  const row = [
    ...[fields['out_trade_no'], fields['trade_no'], '10.00', '0', 'HKD', fields['notify_time']],
    ...['PAYMENT', node.alipayMerchantId],
  ].join('|');
  const file = `Partner:${PARTNER_ID}|Payment_time: ${day}|Total_count:1\n${names}\n${row}\n`;
  await stack.client.get(
    `mutation ($input: ImportStatementInput!) { importStatement(input: $input) { userErrors { code } } }`,
    {
      input: {
        fileName: `${PARTNER_ID}_transaction_${day.replaceAll('-', '')}.txt`,
        contentBase64: Buffer.from(file).toString('base64'),
      },
    },
  );
}

async function isWith({ trade_no: alipayTransId }: Fields, qrCodeId: string): Promise<boolean> {
  const { transaction } = (await stack.client.get(
    `query ($alipayTransId: String) { transaction(alipayTransId: $alipayTransId) { qrCode { id } } }`,
    { alipayTransId },
  )) as { transaction: { qrCode: { id: string } | null } | null };
  return transaction?.qrCode?.id === qrCodeId;
}

/** Known to be paid by a query, which does not say where. */
async function recoverPaid(fields: Fields): Promise<void> {
  stack.gateway.answer(QUERY, (request) => ({
    result_code: 'SUCCESS',
    alipay_trans_status: 'TRADE_SUCCESS',
    alipay_trans_id: request['alipay_trans_id'] ?? '',
    partner_trans_id: request['partner_trans_id'] ?? '',
    trans_amount: '10.00',
    currency: 'HKD',
  }));
  await stack.client.get(
    `mutation ($input: RecoverTransactionInput!) { recoverTransaction(input: $input) { transaction { id } } }`,
    { input: { alipayTransId: fields['trade_no'], partnerTransId: fields['out_trade_no'] } },
  );
}

async function isAt({ trade_no: alipayTransId }: Fields, storeId: string): Promise<boolean> {
  const { transaction } = (await stack.client.get(
    `query ($alipayTransId: String) { transaction(alipayTransId: $alipayTransId) { store { id } } }`,
    { alipayTransId },
  )) as { transaction: { store: { id: string } | null } | null };
  return transaction?.store?.id === storeId;
}

async function settled(...heards: Heard[]): Promise<void> {
  for (const heard of heards) await heard.ping();
}
