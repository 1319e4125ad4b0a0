import { createGraphqlClient, type GraphqlClient } from './support/graphql-client';
import { QUERY } from './support/gateway';
import { type Counter, openCounter, pay, type Paid } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { makeKey } from './support/two-shops';
import { until } from './support/until';

let stack: Stack;
let counter: Counter;
let paid: Paid;
let somebody: GraphqlClient;
let subject: string;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
  paid = await pay(stack, counter);
  const { secret } = await makeKey(stack, 'OWNER', null);
  somebody = createGraphqlClient(stack.api.graphqlUrl, secret);
  const { viewer } = await somebody.get('{ viewer { subject refundLimit { amount } } }');
  subject = (viewer as { subject: string }).subject;
}, 60_000);
afterAll(() => stack.close());

/** Every mutation after which Alipay is asked, and what it is given. */
const ASKS_ALIPAY: readonly (readonly [name: string, input: () => object])[] = [
  ['modifyQrCode', () => ({ qrCodeId: counter.qrCodeId, storeName: '中環店一' })],
  ['stopQrCode', () => ({ qrCodeId: counter.qrCodeId })],
  ['restartQrCode', () => ({ qrCodeId: counter.qrCodeId })],
  ['refreshTransaction', () => ({ transactionId: paid.id })],
  ['submitStoreRegistration', () => ({ storeId: counter.storeId, contactNo: '2345 6789' })],
  ['refreshStoreRegistration', () => ({ storeId: counter.storeId })],
  ['recoverTransaction', () => ({ partnerTransId: 'T0' })],
  ['refundTransaction', () => ({ transactionId: paid.id, idempotencyKey: 'k' })],
  ['cancelTransaction', () => ({ transactionId: paid.id })],
  ['deleteQrCode', () => ({ qrCodeId: counter.qrCodeId })],
  ['createQrCode', () => ({ storeId: counter.storeId })],
  [
    'importQrCode',
    () => ({
      ...{ storeId: counter.storeId, code: 'https://qr.example/wall' },
      channelFee: { type: 'RATE', value: '0.01' },
    }),
  ],
];

test.each(ASKS_ALIPAY)(
  'each call that %s makes is under the name of its caller',
  async (name, input) => {
    if (name === 'cancelTransaction') paid = await pay(stack, counter);
    const before = stack.gateway.requests.length;
    const calls = () => stack.database.run('select id, service, actor from gateway_calls');
    const known = new Set((await calls()).map(({ id }) => id));
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const inputType = /^(stop|restart|delete)/.test(name)
      ? 'QrCodeInput'
      : name === 'refreshTransaction'
        ? 'TransactionInput'
        : name === 'refreshStoreRegistration'
          ? 'StoreInput'
          : type;

    await somebody.ask(
      `mutation ($input: ${inputType}!) { ${name}(input: $input) { userErrors { code } } }`,
      {
        input: input(),
      },
    );

    expect(stack.gateway.requests.length).toBeGreaterThan(before);
    // What the worker asked before may be recorded meanwhile.
    const fresh = (await calls()).filter(({ id }) => !known.has(id));
    const asked = fresh.filter(({ actor }) => actor !== 'worker');
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.map(({ actor }) => actor)).toEqual(asked.map(() => subject));
  },
);

test('what the worker asks by itself is under its own name', async () => {
  await pay(stack, await openCounter(stack));

  // The paying wallet is asked for once, after the first notification.
  const calls = await until('a call of the worker', async () => {
    const found = await stack.database.run(
      `select service from gateway_calls where actor = 'worker'`,
    );
    return found.length > 0 && found;
  });
  expect(calls.map(({ service }) => service)).toContain(QUERY);
});

test('registrations and repairs that leave no record of their own are in the log with their caller', async () => {
  await somebody.get('mutation { reverifyNotifications { accepted } }');
  await somebody.get(
    'mutation { registerMerchant(input: { alipayMerchantId: "M77", name: "Shop", type: ENTERPRISE, industry: "5812" }) { merchant { id } } }',
  );

  const by = stack.log.lines.filter(({ ids }) => ids['by'] === subject).map(({ fact }) => fact);
  expect(by).toEqual([
    'the registration of a store is submitted',
    'refused messages were checked again',
    'a merchant is registered',
  ]);
});
