import { type Counter, openCounter, pay, type Paid } from './support/shop';
import { type Stack, startStack } from './support/stack';

let stack: Stack;
let counter: Counter;
let paid: Paid;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
  paid = await pay(stack, counter);
}, 60_000);
afterAll(() => stack.close());

const REFUND = `mutation ($input: RefundTransactionInput!) {
  refundTransaction(input: $input) { refund { id } replayed userErrors { code field message } }
}`;

function refund(input: Record<string, unknown>) {
  return stack.client.ask(REFUND, {
    input: { transactionId: paid.id, idempotencyKey: 'k', ...input },
  });
}

describe('paging', () => {
  test.each([
    'first: 0',
    'first: -1',
    'first: 101',
    'last: 0',
    'last: 101',
    'first: 1, last: 1',
    'after: "nonsense"',
    'before: ""',
  ])('%s is BAD_USER_INPUT, and takes no other answer with it', async (args) => {
    const { data, errors } = await stack.client.ask(
      `{ transactions(${args}) { nodes { id } } viewer { subject } }`,
    );

    expect(data).toEqual({ transactions: null, viewer: { subject: 'demo' } });
    expect(errors).toMatchObject([
      { path: ['transactions'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('null is the same as nothing', async () => {
    const { errors } = await stack.client.ask(
      '{ transactions(first: null, after: null, last: null, before: null, filter: null) { nodes { id } } }',
    );

    expect(errors).toBeUndefined();
  });

  test('a page goes on from its last cursor, forwards and backwards', async () => {
    for (let more = 0; more < 3; more += 1) await pay(stack, counter);
    const all = await stack.client.get('{ transactions { nodes { id } } }');
    const ids = (all['transactions'] as { nodes: { id: string }[] }).nodes.map(({ id }) => id);
    const page = async (args: string) => {
      const { transactions } = (await stack.client.get(
        `{ transactions(${args}) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      )) as {
        transactions: {
          edges: { node: { id: string } }[];
          pageInfo: Record<string, unknown>;
        };
      };
      return { ids: transactions.edges.map(({ node }) => node.id), info: transactions.pageInfo };
    };

    const first = await page('first: 2');
    const second = await page(`first: 2, after: "${String(first.info['endCursor'])}"`);
    const back = await page(`last: 2, before: "${String(second.info['startCursor'])}"`);

    expect(ids.length).toBeGreaterThanOrEqual(4);
    expect([...first.ids, ...second.ids]).toEqual(ids.slice(0, 4));
    expect(first.info).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(back.ids).toEqual(first.ids);
  });

  test('a timeline is bounded too', async () => {
    const { errors } = await stack.client.ask(
      `query ($id: ID) { transaction(id: $id) { timeline(first: 101) { nodes { id } } } }`,
      { id: paid.id },
    );

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('ids', () => {
  test.each(['', 'nonsense', 'VHJhbnNhY3Rpb246MQ', '💥', 'x'.repeat(10_000)])(
    '%j reads null everywhere',
    async (id) => {
      const data = await stack.client.get(
        'query ($id: ID!) { node(id: $id) { id } store(id: $id) { id } transaction(id: $id) { id } qrCode(id: $id) { id } merchant(id: $id) { id } }',
        { id },
      );

      expect(Object.values(data)).toEqual([null, null, null, null, null]);
    },
  );

  test('an id of another type reads null, and in a mutation is INVALID_INPUT with its path', async () => {
    const read = await stack.client.get('query ($id: ID!) { transaction(id: $id) { id } }', {
      id: counter.storeId,
    });
    const { data } = await refund({ transactionId: counter.storeId });

    expect(read).toEqual({ transaction: null });
    expect(data).toMatchObject({
      refundTransaction: {
        refund: null,
        replayed: false,
        userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'transactionId'] }],
      },
    });
  });

  test('a filter by an id that names nothing finds nothing', async () => {
    const data = await stack.client.get(
      `query ($id: ID!) { transactions(filter: { storeId: $id }) { nodes { id } totals { count } } qrCodes(storeId: $id) { totalCount } }`,
      { id: paid.id },
    );

    expect(data).toEqual({ transactions: { nodes: [], totals: [] }, qrCodes: { totalCount: 0 } });
  });

  test('the list of a store cannot be turned into that of another by its filter', async () => {
    const other = await openCounter(stack);

    const data = await stack.client.get(
      `query ($id: ID!, $other: ID!) { store(id: $id) { transactions(filter: { storeId: $other }) { nodes { id } } } }`,
      { id: counter.storeId, other: other.storeId },
    );

    expect(data).toEqual({ store: { transactions: { nodes: [] } } });
  });

  test('every record is found again by its id alone', async () => {
    const { nodes } = (await stack.client.get(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`,
      { ids: [paid.id, counter.storeId, 'nonsense', counter.merchantId, counter.qrCodeId] },
    )) as { nodes: ({ __typename: string } | null)[] };

    expect(nodes.map((node) => node?.__typename)).toEqual([
      'Transaction',
      'Store',
      undefined,
      'Merchant',
      'QrCode',
    ]);
  });
});

describe('amounts', () => {
  test.each(['abc', '', ' 1', '1,00', '0x10', 'NaN', '１'])(
    '%j is no Decimal: BAD_USER_INPUT',
    async (amount) => {
      const { errors } = await refund({ amount: { amount, currency: 'HKD' } });

      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );

  test.each([12.5, 12, null, true, ['1']])('the JSON value %j is no Decimal', async (amount) => {
    const { errors } = await refund({ amount: { amount, currency: 'HKD' } });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test.each(['12.345', '-1', '1e3', '01.00', '0.00', '10000000.00'])(
    '%j is a Decimal and no amount: INVALID_INPUT with its path',
    async (amount) => {
      const { data, errors } = await refund({ amount: { amount, currency: 'HKD' } });

      expect(errors).toBeUndefined();
      expect(data).toMatchObject({
        refundTransaction: {
          userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'amount', 'amount'] }],
        },
      });
    },
  );

  test('a literal counts by its text, also without quotes', async () => {
    const { data, errors } = await stack.client.ask(
      `mutation { refundTransaction(input: { transactionId: "${paid.id}", idempotencyKey: "literal", amount: { amount: 1.10, currency: "HKD" } }) { refund { amount { amount } } userErrors { code } } }`,
    );

    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ refundTransaction: { refund: { amount: { amount: '1.10' } } } });
  });

  test.each(['hkd', 'HK', 'HKDD', '', '港元'])('%j is no CurrencyCode', async (currency) => {
    const { errors } = await refund({ amount: { amount: '1', currency } });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('what a person types', () => {
  test('a text beyond all measure is refused with its path, and not echoed', async () => {
    const { data, errors } = await refund({ reason: 'x'.repeat(2_000) });

    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      refundTransaction: { userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'reason'] }] },
    });
    expect(JSON.stringify(data)).not.toContain('xxxx');
  });

  test('every refusal of a form says which value it is about', async () => {
    const { registerMerchant } = (await stack.client.get(
      `mutation { registerMerchant(input: { alipayMerchantId: "no blanks", name: "Shop", type: ENTERPRISE, industry: "5812" }) { merchant { id } userErrors { code field } } }`,
    )) as { registerMerchant: unknown };

    expect(registerMerchant).toEqual({
      merchant: null,
      userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'alipayMerchantId'] }],
    });
  });

  test('a refusal that is about no value has no field', async () => {
    await refund({ idempotencyKey: 'all', amount: null });

    const { data } = await refund({ idempotencyKey: 'more' });

    expect(data).toMatchObject({
      refundTransaction: { userErrors: [{ code: 'NOT_ALLOWED_IN_STATE', field: null }] },
    });
  });
});

describe('documents', () => {
  test.each([
    ['no GraphQL', '{ viewer {'],
    ['nothing', ''],
    ['a field that is not there', '{ viewer { password } }'],
    ['two operations and no name', 'query A { viewer { role } } query B { viewer { role } }'],
  ])('%s: BAD_USER_INPUT', async (_, query) => {
    const { errors } = await stack.client.ask(query);

    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  const deep = (levels: number): string =>
    `{ stores { nodes ${'{ qrCodes { nodes { store '.repeat(levels)}{ id }${' } } }'.repeat(levels)} } }`;
  const aliases = (count: number): string =>
    `{ ${Array.from({ length: count }, (_, index) => `a${index}: viewer { role }`).join(' ')} }`;
  const fragments = `query { ...F0  } ${Array.from(
    { length: 30 },
    (_, index) =>
      `fragment F${index} on Query { a${index}: viewer { role } ...F${index + 1} b${index}: viewer { role } ...F${index + 1} }`,
  ).join(' ')} fragment F30 on Query { viewer { role } }`;

  test.each([
    ['13 levels', deep(4)],
    ['51 aliases', aliases(51)],
    ['fragments that double each other', fragments],
    ['a hundred thousand fields', `{ ${'viewer { role } '.repeat(100_000 / 4)} }`],
    ['a deep hole', '{ viewer '.repeat(20_000)],
    ['brackets without end', `{ nodes(ids: ${'['.repeat(50_000)}) { id } }`],
  ])('%s: refused in milliseconds', async (_, query) => {
    const startedAt = performance.now();
    const response = await stack.client.post(query);
    const body = (await response.json()) as { errors: unknown[] };
    const took = performance.now() - startedAt;

    expect(response.status).toBe(400);
    expect(body.errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(took).toBeLessThan(1_000);
  });

  test('12 levels and 50 aliases are answered', async () => {
    const { errors } = await stack.client.ask(deep(3));
    const { errors: ofAliases } = await stack.client.ask(aliases(50));

    expect(errors).toBeUndefined();
    expect(ofAliases).toBeUndefined();
  });

  test('a body above 1 MB is refused', async () => {
    const response = await stack.client.post(`# ${'x'.repeat(1024 * 1024)}\n{ viewer { role } }`);

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('what is no JSON, or not sent as JSON, is refused', async () => {
    const send = async (body: string, contentType: string): Promise<number> =>
      (
        await fetch(stack.api.graphqlUrl, {
          method: 'POST',
          headers: { 'content-type': contentType, authorization: 'Bearer test-token-0123456789' },
          body,
        })
      ).status;

    expect(await send('{', 'application/json')).toBe(400);
    expect(await send('[]', 'application/json')).toBe(400);
    expect(await send('null', 'application/json')).toBe(400);
    expect(await send('query={viewer{role}}', 'application/x-www-form-urlencoded')).toBe(415);
  });
});

test('a fault of ours shows nothing but a number, and the number is in the log', async () => {
  await stack.database.run('alter table stores rename to stores_away');
  const { data, errors } = await stack.client.ask('{ stores { nodes { id } } viewer { role } }');
  await stack.database.run('alter table stores_away rename to stores');

  const [error] = errors ?? [];
  expect(data).toEqual({ stores: null, viewer: { role: 'OWNER' } });
  expect(error?.extensions).toEqual({
    code: 'INTERNAL_SERVER_ERROR',
    errorId: expect.any(String) as string,
  });
  expect(JSON.stringify(error)).not.toMatch(/stores_away|relation|select/i);
  expect(stack.log.lines).toContainEqual({
    level: 'error',
    fact: 'an operation failed unexpectedly',
    ids: expect.objectContaining({ errorId: error?.extensions.errorId }) as unknown,
  });
});
