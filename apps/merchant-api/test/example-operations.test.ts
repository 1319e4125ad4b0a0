import { readdirSync } from 'node:fs';

import { Kind, parse } from 'graphql';

import { OPERATIONS_FOLDER, readExampleOperations } from '../src/explorer/example-operations';
import { type Counter, openCounter, pay } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { until } from './support/until';

const operations = new Map(
  readExampleOperations().map((text) => {
    const [definition] = parse(text).definitions;
    const name =
      definition?.kind === Kind.OPERATION_DEFINITION ? definition.name?.value : undefined;
    return [name ?? '', text];
  }),
);

let stack: Stack;
let counter: Counter;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
}, 60_000);
afterAll(() => stack.close());

/** The variables that stand in the example, with what only this shop knows filled in. */
function variablesOf(name: string, own: Record<string, unknown>): Record<string, unknown> {
  const line = /^# Variables: (.*)$/m.exec(operations.get(name) ?? '')?.[1] ?? '{}';
  const shown = JSON.parse(line) as Record<string, unknown>;
  return 'input' in shown
    ? { input: { ...(shown['input'] as object), ...own } }
    : { ...shown, ...own };
}

async function run(name: string, own: Record<string, unknown> = {}): Promise<unknown> {
  const data = await stack.client.get(operations.get(name) ?? '', variablesOf(name, own));
  return Object.values(data)[0];
}

test('each file holds one operation, named like the file', () => {
  const files = readdirSync(OPERATIONS_FOLDER).map((file) =>
    file.replace(/^\d+-|\.graphql$/g, '').replaceAll('-', ''),
  );

  expect([...operations.keys()].map((name) => name.toLowerCase()).sort()).toEqual(files.sort());
});

test.each([
  ['WhoAmI', () => ({})],
  ['Stores', () => ({})],
  ['QrCodes', () => ({})],
  ['Transactions', () => ({})],
  ['Notifications', () => ({})],
  ['GatewayCalls', () => ({})],
  ['Statements', () => ({})],
  ['Discrepancies', () => ({})],
  ['SalesReport', () => ({})],
  ['ApiKeys', () => ({})],
])('%s reads', async (name) => {
  expect(await run(name)).toBeTruthy();
});

test('RegisterMerchant, RegisterStore, CreateQrCode and what follows for a code', async () => {
  const { merchant } = (await run('RegisterMerchant')) as { merchant: { id: string } };
  const { store } = (await run('RegisterStore', { merchantId: merchant.id })) as {
    store: { id: string };
  };
  expect(await run('SubmitStoreRegistration', { storeId: store.id })).toMatchObject({
    store: { registration: 'UNDER_REVIEW', registrationPending: false },
    userErrors: [],
  });
  expect(await run('RefreshStoreRegistration', { storeId: store.id })).toMatchObject({
    store: { registration: 'REGISTERED' },
    userErrors: [],
  });
  const { qrCode } = (await run('CreateQrCode', { storeId: store.id })) as {
    qrCode: { id: string; image: string };
  };
  const input = { qrCodeId: qrCode.id };

  expect(qrCode.image).toMatch(/^data:image\/svg\+xml;base64,/);
  expect(await run('ModifyQrCode', input)).toMatchObject({
    qrCode: { label: 'Counter 1, left' },
    userErrors: [],
  });
  expect(await run('StopQrCode', input)).toMatchObject({ qrCode: { status: 'STOPPED' } });
  expect(await run('RestartQrCode', input)).toMatchObject({ qrCode: { status: 'ACTIVE' } });
  expect(await run('DeleteQrCode', input)).toMatchObject({ qrCode: { status: 'DELETED' } });
  expect(
    await run('ImportQrCode', { storeId: store.id, code: 'https://qr.example/on-the-wall' }),
  ).toMatchObject({ qrCode: { status: 'ACTIVE' }, userErrors: [] });
});

test('ClaimTransaction, RefundTransaction, Timeline, CancelTransaction and RefreshTransaction', async () => {
  const sold = await pay(stack, counter);
  const mistaken = await pay(stack, counter);

  expect(await run('ClaimTransaction', { transactionId: sold.id })).toMatchObject({
    transaction: { saleReference: 'SALE-1001' },
  });
  expect(await run('RefundTransaction', { transactionId: sold.id })).toMatchObject({
    refund: { status: 'SUCCEEDED' },
    userErrors: [],
  });
  expect(await run('Timeline', { id: sold.id })).toMatchObject({
    timeline: {
      nodes: [
        { type: 'PAYMENT_RECEIVED' },
        { type: 'CLAIMED' },
        { type: 'REFUND_REQUESTED' },
        { type: 'REFUND_SUCCEEDED' },
      ],
    },
  });
  expect(await run('CancelTransaction', { transactionId: mistaken.id })).toMatchObject({
    transaction: { status: 'CANCELLED' },
    userErrors: [],
  });
  expect(await run('RefreshTransaction', { transactionId: sold.id })).toMatchObject({
    userErrors: [{ code: 'ALIPAY_REJECTED' }],
  });
});

test('CreateApiKey and RevokeApiKey', async () => {
  const { apiKey } = (await run('CreateApiKey', { storeIds: [counter.storeId] })) as {
    apiKey: { id: string };
  };

  expect(await run('RevokeApiKey', { apiKeyId: apiKey.id })).toMatchObject({
    apiKey: { revokedBy: 'demo' },
    userErrors: [],
  });
});

test('RecoverTransaction, ReplayNotification, ReverifyNotifications and ResolveRefund answer', async () => {
  expect(await run('RecoverTransaction', { partnerTransId: 'T0' })).toMatchObject({
    transaction: null,
    userErrors: [{ alipayCode: 'TRADE_NOT_EXIST' }],
  });
  expect(await run('ReplayNotification')).toMatchObject({
    userErrors: [{ code: 'INVALID_INPUT' }],
  });
  expect(await run('ReverifyNotifications')).toEqual({
    accepted: 0,
    stillRefused: 0,
    userErrors: [],
  });
  expect(await run('ResolveRefund')).toMatchObject({ userErrors: [{ code: 'INVALID_INPUT' }] });
});

test('LivePayments, LiveEvents and LiveCodes are heard', async () => {
  const payments = await stack.client.subscribe(operations.get('LivePayments') ?? '');
  const events = await stack.client.subscribe(operations.get('LiveEvents') ?? '');
  const codes = await stack.client.subscribe(operations.get('LiveCodes') ?? '');
  for (const heard of [payments, events, codes]) await heard.ping();

  await pay(stack, counter);
  await run('StopQrCode', { qrCodeId: counter.qrCodeId });

  await payments.first(1);
  await events.first(1);
  await until('the stopped code', () =>
    codes.items.some((code) => (code as { status: string }).status === 'STOPPED'),
  );
});
