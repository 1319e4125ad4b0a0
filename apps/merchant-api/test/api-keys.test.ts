import { readConfig, startMerchantApi, type MerchantApi } from '../src';
import { createGraphqlClient, type GraphqlClient } from './support/graphql-client';
import {
  type IdentityProviderOfTest,
  type SigningKey,
  startIdentityProvider,
} from './support/identity-provider';
import { type Counter, openCounter, pay } from './support/shop';
import { environment, type Stack, startStack } from './support/stack';
import { createTestLog } from './support/test-log';
import { until } from './support/until';

let provider: IdentityProviderOfTest;
let signingKey: SigningKey;
let stack: Stack;
let replica: MerchantApi;
let counter: Counter;
let other: Counter;
const clients: GraphqlClient[] = [];
beforeAll(async () => {
  provider = await startIdentityProvider();
  signingKey = await provider.newKey();
  provider.publish([signingKey.publicJwk]);
  stack = await startStack(provider.environment);
  counter = await openCounter(stack);
  other = await openCounter(stack);
  replica = await startMerchantApi(
    readConfig(
      environment({
        DATABASE_URL: stack.database.url,
        ALIPAY_GATEWAY_URL: stack.gateway.url,
        ROLE: 'api',
      }),
    ),
    createTestLog(),
  );
}, 60_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  await replica.close();
  await stack.close();
  await provider.close();
});

function clientOf(token: string, api: MerchantApi = stack.api): GraphqlClient {
  const client = createGraphqlClient(api.graphqlUrl, token);
  clients.push(client);
  return client;
}

interface Made {
  readonly secret: string;
  readonly apiKey: { readonly id: string; readonly prefix: string };
}

const CREATE = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { secret apiKey { id prefix name role storeIds } userErrors { code field } }
}`;

async function makeKey(own: Record<string, unknown> = {}): Promise<Made> {
  const input = { name: 'Till 3', role: 'CASHIER', storeIds: [counter.storeId], ...own };
  const { createApiKey } = await stack.client.get(CREATE, { input });
  return createApiKey as Made;
}

async function revoke(apiKeyId: string, by: GraphqlClient = stack.client): Promise<unknown> {
  const { revokeApiKey } = await by.get(
    `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { revokedAt } userErrors { code } } }`,
    { input: { apiKeyId } },
  );
  return revokeApiKey;
}

const VIEWER = '{ viewer { subject role refundLimit { amount currency } stores { id } } }';
const LIVE = 'subscription { transactionEvents { cursor } }';

function openStream(token: string): Promise<Response> {
  return fetch(`${stack.api.graphqlUrl}/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: LIVE }),
  });
}

test('a key opens what it was made for, and its secret is never shown again', async () => {
  const { secret, apiKey } = await makeKey({ refundLimit: { amount: '500', currency: 'HKD' } });

  const { viewer } = await clientOf(secret).get(VIEWER);
  const { apiKeys, node } = await stack.client.get(
    'query ($id: ID!) { apiKeys { id prefix } node(id: $id) { ... on ApiKey { name prefix } } }',
    { id: apiKey.id },
  );

  expect(viewer).toEqual({
    subject: `api-key:${apiKey.prefix} (Till 3)`,
    role: 'CASHIER',
    refundLimit: { amount: '500.00', currency: 'HKD' },
    stores: [{ id: counter.storeId }],
  });
  expect(apiKeys).toContainEqual({ id: apiKey.id, prefix: apiKey.prefix });
  expect(node).toEqual({ name: 'Till 3', prefix: apiKey.prefix });
  expect(JSON.stringify(stack.log.lines)).not.toContain(secret);
});

test.each<[string, Record<string, unknown>, string, string[]]>([
  ['no stores for a manager', { role: 'MANAGER', storeIds: null }, 'INVALID_INPUT', ['storeIds']],
  ['an empty list for a cashier', { storeIds: [] }, 'INVALID_INPUT', ['storeIds']],
  ['the id of something else', { storeIds: ['nonsense'] }, 'INVALID_INPUT', ['storeIds']],
  ['no name', { name: ' ' }, 'INVALID_INPUT', ['name']],
  ['too long a name', { name: 'x'.repeat(2_000) }, 'INVALID_INPUT', ['name']],
  [
    'a limit of no amount',
    { refundLimit: { amount: '1.234', currency: 'HKD' } },
    'INVALID_INPUT',
    ['refundLimit', 'amount'],
  ],
  ['an end that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 'INVALID_INPUT', ['expiresAt']],
])('%s: refused, and no secret is made', async (_, own, code, field) => {
  const input = { name: 'Till', role: 'CASHIER', storeIds: [counter.storeId], ...own };
  const { createApiKey } = await stack.client.get(CREATE, { input });

  expect(createApiKey).toEqual({
    secret: null,
    apiKey: null,
    userErrors: [{ code, field: ['input', ...field] }],
  });
});

test('above the limit of a key a manager has to give back', async () => {
  const { secret } = await makeKey({ refundLimit: { amount: '4.00', currency: 'HKD' } });
  const paid = await pay(stack, counter);
  const till = clientOf(secret);
  const refund = (amount: string) =>
    till.get(
      `mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { refund { requestedBy } userErrors { code } } }`,
      {
        input: {
          ...{ transactionId: paid.id, idempotencyKey: amount },
          amount: { amount, currency: 'HKD' },
        },
      },
    );
  const { cancelTransaction } = await till.get(
    `mutation ($input: CancelTransactionInput!) { cancelTransaction(input: $input) { userErrors { code } } }`,
    { input: { transactionId: paid.id } },
  );

  const refused = [{ code: 'REFUND_LIMIT_EXCEEDED' }];
  expect(await refund('4.01')).toEqual({
    refundTransaction: { refund: null, userErrors: refused },
  });
  expect(cancelTransaction).toEqual({ userErrors: refused });
  expect(await refund('4.00')).toMatchObject({ refundTransaction: { userErrors: [] } });
});

test('who did what stands in the timeline, in the refund and at each call to Alipay', async () => {
  const { secret, apiKey } = await makeKey();
  const paid = await pay(stack, counter);
  const subject = `api-key:${apiKey.prefix} (Till 3)`;

  await clientOf(secret).get(
    `mutation ($id: ID!) {
      claimTransaction(input: { transactionId: $id, saleReference: "S1" }) { userErrors { code } }
      refundTransaction(input: { transactionId: $id, idempotencyKey: "k" }) { userErrors { code } }
    }`,
    { id: paid.id },
  );
  const { transaction, gatewayCalls } = await stack.client.get(
    `query ($id: ID!) {
      transaction(id: $id) { refunds { requestedBy } timeline { nodes { type actor } } }
      gatewayCalls(transactionId: $id, service: "alipay.acquire.overseas.spot.refund") { nodes { actor } }
    }`,
    { id: paid.id },
  );

  expect(transaction).toEqual({
    refunds: [{ requestedBy: subject }],
    timeline: {
      nodes: [
        { type: 'PAYMENT_RECEIVED', actor: 'alipay' },
        { type: 'CLAIMED', actor: subject },
        { type: 'REFUND_REQUESTED', actor: subject },
        { type: 'REFUND_SUCCEEDED', actor: subject },
      ],
    },
  });
  expect(gatewayCalls).toEqual({ nodes: [{ actor: subject }] });
});

test('a revoked key opens nothing from the next request on, through any replica', async () => {
  const { secret, apiKey } = await makeKey();
  const statuses = async (): Promise<number[]> => [
    (await clientOf(secret).post(VIEWER)).status,
    (await clientOf(secret, replica).post(VIEWER)).status,
  ];

  expect(await statuses()).toEqual([200, 200]);
  expect(await revoke(apiKey.id)).toMatchObject({ userErrors: [] });
  expect(await statuses()).toEqual([401, 401]);
});

test('its streams end within seconds, also when it was revoked through another replica', async () => {
  const { secret, apiKey } = await makeKey();
  const till = clientOf(secret);
  const live = await till.subscribe(LIVE);
  const code = till.closeCode();
  const events = await openStream(secret);
  await live.ping();

  await revoke(apiKey.id, clientOf('test-token-0123456789', replica));
  const revokedAt = performance.now();

  expect(await code).toBe(4401);
  await expect(events.text()).rejects.toThrow('terminated');
  expect(performance.now() - revokedAt).toBeLessThan(5_000);
  expect((await openStream(secret)).status).toBe(401);
});

test('the streams of a token end at its own time, for a client that comes back with a fresh one', async () => {
  const token = await provider.sign(signingKey, { exp: Math.floor(Date.now() / 1_000) + 2 });
  const till = clientOf(token);
  const live = await till.subscribe(LIVE);
  const code = till.closeCode();
  const events = await openStream(token);
  await live.ping();

  expect(await code).toBe(4403);
  await expect(events.text()).rejects.toThrow('terminated');
});

test('a key that ends by itself ends its streams, and others go on', async () => {
  const { secret } = await makeKey({ expiresAt: new Date(Date.now() + 2_000).toISOString() });
  const { secret: lasting } = await makeKey();
  const [till, neighbour] = [clientOf(secret), clientOf(lasting)];
  await till.subscribe(LIVE);
  const going = await neighbour.subscribe(LIVE);

  expect(await till.closeCode()).toBe(4403);
  await going.ping();
  expect((await clientOf(secret).post(VIEWER)).status).toBe(401);
});

test('when a key was last used is on record, also while only a stream uses it', async () => {
  const { secret, apiKey } = await makeKey();
  const lastUse = async (): Promise<string | null> => {
    const { node } = await stack.client.get(
      'query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }',
      { id: apiKey.id },
    );
    return (node as { lastUsedAt: string | null }).lastUsedAt;
  };
  expect(await lastUse()).toBeNull();

  await clientOf(secret).get(VIEWER);

  const at = await until('the use on record', lastUse);
  expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(10_000);
});

test('a token of the identity provider opens what it says', async () => {
  const token = await provider.sign(signingKey, { role: 'MANAGER', stores: [counter.storeId] });

  const { viewer, store, mine } = await clientOf(token).get(
    `query ($other: ID!, $mine: ID!) { ${VIEWER.slice(2, -2)} store(id: $other) { id } mine: store(id: $mine) { id } }`,
    { other: other.storeId, mine: counter.storeId },
  );

  expect(viewer).toEqual({
    subject: 'ann@shop.example',
    role: 'MANAGER',
    refundLimit: null,
    stores: [{ id: counter.storeId }],
  });
  expect([store, mine]).toEqual([null, { id: counter.storeId }]);
});

test('with the identity provider away before its keys were ever seen, nobody is told they are wrong', async () => {
  const token = await provider.sign(signingKey);
  provider.answerWith(500);
  const blind = await startMerchantApi(
    readConfig(
      environment({
        ...provider.environment,
        DATABASE_URL: stack.database.url,
        ALIPAY_GATEWAY_URL: stack.gateway.url,
      }),
    ),
    createTestLog(),
  );
  try {
    const client = clientOf(token, blind);
    const closed = client.closeCode();

    expect((await client.post(VIEWER)).status).toBe(503);
    await client.subscribe(LIVE).catch(() => undefined);
    expect(await closed).toBe(1013);
  } finally {
    provider.answerWith(200);
    await blind.close();
  }
});

test('with the database away nobody is told that a key is wrong, and it is good again afterwards', async () => {
  const { secret } = await makeKey();
  const client = clientOf(secret);
  expect((await client.post(VIEWER)).status).toBe(200);

  await stack.database.takeAway();
  const away = (await client.post(VIEWER)).status;
  await stack.database.giveBack();

  expect(away).toBe(503);
  await until('the key is good again', async () => (await client.post(VIEWER)).status === 200);
});
