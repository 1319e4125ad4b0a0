import { getIntrospectionQuery } from 'graphql';

import { readExampleOperations } from '../src/explorer/example-operations';
import { type Stack, startStack, TOKEN } from './support/stack';
import { askOver, type Asked, TRANSPORTS } from './support/transports';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.close());

const repeated = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');
/** A chain of fragments that each hold the next one twice. */
const doubling = (length: number, last: string): string =>
  `{ ...F0 } ${repeated(
    length,
    (index) => `fragment F${index} on Query { ...F${index + 1} ... on Query { ...F${index + 1} } }`,
  )} fragment F${length} on Query { ${last} }`;
const nestedLists = (first: number | string): string =>
  `{ stores(first: ${first}) { nodes { qrCodes(first: ${first}) { nodes { transactions(first: ${first}) { nodes { id } } } } } } }`;
const deepObject = (levels: number): unknown =>
  levels === 0 ? 'x' : { input: deepObject(levels - 1) };

/** Each with a part of the message that its limit gives. */
const HOSTILE: readonly (readonly [what: string, told: RegExp, asked: Asked])[] = [
  [
    '13 levels',
    /13 levels deep/,
    {
      query: `{ a: store(id: "x") { merchant { stores { nodes { merchant { stores { nodes { merchant { stores { nodes { merchant { stores { totalCount } } } } } } } } } } } } }`,
    },
  ],
  [
    'levels hidden in fragments',
    /levels deep/,
    {
      query: `{ stores { nodes { ...A } } } fragment A on Store { merchant { stores { nodes { ...B } } } } fragment B on Store { merchant { stores { nodes { ...C } } } } fragment C on Store { merchant { stores { nodes { merchant { id } } } } }`,
    },
  ],
  [
    '51 aliases',
    /51 aliases/,
    { query: `{ ${repeated(51, (index) => `a${index}: viewer { role }`)} }` },
  ],
  [
    'aliases hidden in a fragment',
    /52 aliases/,
    {
      query: `{ a: viewer { ...V } b: viewer { ...V } } fragment V on Viewer { ${repeated(25, (index) => `a${index}: role`)} }`,
    },
  ],
  [
    'aliases of the schema itself',
    /60 aliases/,
    { query: `{ ${repeated(60, (index) => `a${index}: __schema { types { name } }`)} }` },
  ],
  [
    '51 directives',
    /51 directives/,
    { query: `{ ${repeated(51, () => 'viewer @include(if: true) { role }')} }` },
  ],
  [
    'directives on one field',
    /300 directives/,
    { query: `{ viewer { role ${repeated(300, () => '@skip(if: false)')} } }` },
  ],
  [
    'directives on the operation',
    /300 directives/,
    { query: `query Q ${repeated(300, (index) => `@d${index}`)} { viewer { role } }` },
  ],
  [
    'more tokens than are read',
    /5000 tokens/,
    { query: `{ ${'viewer { role } '.repeat(20_000)} }` },
  ],
  [
    'a fragment that holds itself',
    /hold themselves/,
    { query: '{ viewer { ...F } } fragment F on Viewer { role ...F }' },
  ],
  [
    'a ring of three hundred fragments, crossed',
    /hold themselves/,
    {
      query: `{ ...F0 } ${repeated(300, (index) => `fragment F${index} on Query { viewer { role } ...F${(index + 1) % 300} ...F${(index + 7) % 300} ...F${(index + 31) % 300} }`)}`,
    },
  ],
  ['lists within lists within lists', /costs \d+/, { query: nestedLists(100) }],
  [
    'the same by variables',
    /costs \d+/,
    { query: `query ($first: Int) ${nestedLists('$first')}`, variables: { first: 100 } },
  ],
  [
    'the same by a default',
    /costs \d+/,
    { query: `query ($first: Int = 100) ${nestedLists('$first')}` },
  ],
  [
    'the same from the other end',
    /costs \d+/,
    { query: nestedLists(100).replaceAll('first', 'last') },
  ],
  [
    'the same by fragments',
    /costs \d+/,
    {
      query: `{ stores(first: 100) { ...S } } fragment S on StoreConnection { edges { node { ...Q } } } fragment Q on Store { qrCodes(first: 100) { ... on QrCodeConnection { nodes { ... on Node { ... on QrCode { transactions(first: 100) { edges { cursor } } } } } } } }`,
    },
  ],
  [
    'the same below a record of any kind',
    /costs \d+/,
    {
      query: `{ node(id: "x") { ... on Merchant { stores(first: 100) { nodes { qrCodes(first: 100) { nodes { transactions(first: 100) { nodes { id } } } } } } } } }`,
    },
  ],
  [
    'sums over everything, again and again',
    /costs \d+/,
    { query: `{ ${repeated(50, (index) => `a${index}: transactions { totals { gross } }`)} }` },
  ],
  [
    'reports, again and again',
    /costs \d+/,
    {
      query: `{ ${repeated(50, (index) => `a${index}: salesReport(from: "2026-01-01", to: "2026-12-31", groupBy: QR_CODE) { net }`)} }`,
    },
  ],
  [
    'pictures without end',
    /costs \d+/,
    {
      query: `{ qrCodes(first: 100) { nodes { ${repeated(4, (index) => `a${index}: image(format: PNG, size: 2048)`)} } } }`,
    },
  ],
  [
    'mutations without end',
    /costs \d+/,
    {
      query: `mutation { ${repeated(50, (index) => `a${index}: refreshTransaction(input: { transactionId: "x" }) { userErrors { code } }`)} }`,
    },
  ],
  [
    'fragments that double each other above lists',
    /fields long/,
    { query: doubling(200, nestedLists(100).slice(1, -1)) },
  ],
  ['fragments that double each other', /fields long/, { query: doubling(200, 'viewer { role }') }],
  [
    'a list of 501 ids in the document',
    /at most 500 values/,
    { query: `{ nodes(ids: [${'"x" '.repeat(501)}]) { id } }` },
  ],
  [
    'a list of a hundred thousand ids',
    /at most 500 values/,
    {
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array.from({ length: 100_000 }, () => 'x') },
    },
  ],
  [
    'a filter of a hundred thousand states',
    /at most 500 values/,
    {
      query:
        'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { id } } }',
      variables: { filter: { statuses: Array.from({ length: 100_000 }, () => 'PAID') } },
    },
  ],
  [
    'an input without a floor',
    /nested too deep/,
    {
      query:
        'mutation ($input: RefundTransactionInput!) { refundTransaction(input: $input) { replayed } }',
      variables: { input: deepObject(2_000) },
    },
  ],
  [
    'a literal without a floor',
    /./,
    { query: `{ nodes(ids: ${'['.repeat(2_400)}${']'.repeat(2_400)}) { id } }` },
  ],
  [
    'nine hundred variables',
    /never used/,
    { query: `query (${repeated(900, (index) => `$v${index}: ID`)}) { viewer { role } }` },
  ],
  [
    'thousands of fields that are not there',
    /4900 fields/,
    { query: `{ ${repeated(4_900, (index) => `viewe${index}`)} }` },
  ],
  [
    'thousands of fields to compare',
    /2480 fields/,
    { query: `{ ${'viewer { role } '.repeat(1_240)} }` },
  ],
];

describe('while there is no database', () => {
  beforeAll(() => stack.database.takeAway());
  afterAll(() => stack.database.giveBack());

  describe.each(TRANSPORTS)('over %s', (transport) => {
    test.each(HOSTILE)('%s: refused in no time', async (_, told, asked) => {
      await askOver(stack, transport, { query: '{ viewer { role } }' });
      const startedAt = performance.now();

      const { data, errors } = await askOver(stack, transport, asked);
      const took = performance.now() - startedAt;

      expect(data ?? null).toBeNull();
      expect(errors?.[0]).toMatchObject({
        message: expect.stringMatching(told) as unknown,
        extensions: { code: 'BAD_USER_INPUT' },
      });
      expect(errors?.length).toBeLessThanOrEqual(21);
      expect(took).toBeLessThan(1_000);
    });
  });
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.each<[string, Asked]>([
    [
      '12 levels of lists',
      {
        query: `{ merchants { nodes { stores { nodes { qrCodes { nodes { transactions { nodes { timeline { nodes { amount { amount } } } } } } } } } } } }`,
      },
    ],
    ['50 aliases', { query: `{ ${repeated(50, (index) => `a${index}: viewer { role }`)} }` }],
    ['50 directives', { query: `{ ${repeated(50, () => 'viewer @include(if: true) { role }')} }` }],
    [
      'a hundred payments with all that belongs to them',
      {
        query: `{ transactions(first: 100) { totals { net } nodes { id amount { amount currency } refundedAmount { amount currency } refundableAmount { amount currency } fee { amount } net { amount } store { id name shop merchant { id name } } qrCode { id label code } refunds { id status amount { amount } } timeline(first: 20) { nodes { type occurredAt actor } } } } }`,
      },
    ],
    [
      'a hundred ids',
      {
        query:
          'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Transaction { status amount { amount } } ... on Store { name } } }',
        variables: { ids: Array.from({ length: 100 }, () => 'x') },
      },
    ],
    [
      'ten refunds in one document',
      {
        query: `mutation { ${repeated(10, (index) => `a${index}: refundTransaction(input: { transactionId: "x", idempotencyKey: "k" }) { userErrors { code } }`)} }`,
      },
    ],
    ['the schema, to whoever has a token', { query: getIntrospectionQuery() }],
  ])('%s: answered', async (_, asked) => {
    const { data, errors } = await askOver(stack, transport, asked);

    expect(errors).toBeUndefined();
    expect(data).toBeTruthy();
  });

  test.each<[slip: string, hint: string, asked: Asked]>([
    ['a field', 'role', { query: '{ viewer { rol } }' }],
    ['a root field', 'viewer', { query: '{ view { id } }' }],
    ['an argument', 'first', { query: '{ transactions(firs: 1) { nodes { id } } }' }],
    ['a type', 'Store', { query: '{ node(id: "x") { ... on Stor { id } } }' }],
    ['a field without its parts', 'viewer {', { query: '{ viewer }' }],
    ['an enum value', 'ACTIVE', { query: '{ qrCodes(statuses: [ACTIV]) { totalCount } }' }],
    [
      'an enum value in a variable',
      'ACTIVE',
      {
        query: 'query ($s: [QrCodeStatus!]) { qrCodes(statuses: $s) { totalCount } }',
        variables: { s: ['ACTIV'] },
      },
    ],
    [
      'a field of an input',
      'storeId',
      {
        query: 'query ($f: TransactionFilter) { transactions(filter: $f) { nodes { id } } }',
        variables: { f: { storeI: 'x' } },
      },
    ],
    ['a directive', 'include', { query: '{ viewer @includ(if: true) { role } }' }],
  ])('a slip in %s is told without the hint "%s"', async (_, hint, asked) => {
    const { errors } = await askOver(stack, transport, asked);

    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    const message = errors?.[0]?.message ?? '';
    expect(message).not.toMatch(/did you mean/i);
    expect(message.split(/\W+(?!\{)/)).not.toContain(hint);
  });
});

test('what costs too much is answered 400 over HTTP', async () => {
  expect((await stack.client.post(nestedLists(100))).status).toBe(400);
});

test('a page of all our operations is within the limits of a document', async () => {
  const page = readExampleOperations().join('\n');

  expect(page.length).toBeGreaterThan(1_000);
  const { errors } = await stack.client.ask(page);
  // There are many of them and no name says which: nothing else is wrong with the page.
  expect(errors).toMatchObject([{ message: expect.stringMatching(/operation name/i) as unknown }]);
});

test('a fault of one operation never closes the socket of others', async () => {
  const heard = await stack.client.subscribe('subscription { paymentReceived { cursor } }');

  for (const [, , asked] of HOSTILE) await askOver(stack, 'WebSocket', asked);
  await heard.ping();

  expect(heard.isOver).toBe(false);
  heard.stop();
});

describe('a page of another site', () => {
  const mutation = JSON.stringify({ query: 'mutation { reverifyNotifications { accepted } }' });
  const addresses = (): string[] => [stack.api.graphqlUrl, `${stack.api.graphqlUrl}/stream`];

  // What a browser sends to anywhere without asking first.
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'cannot send an operation as %s',
    async (contentType) => {
      for (const url of addresses()) {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': contentType, authorization: `Bearer ${TOKEN}` },
          body: mutation,
        });

        expect(response.status).toBe(415);
      }
    },
  );

  test('cannot send one by its address alone', async () => {
    const search = `?query=${encodeURIComponent('{ viewer { role } }')}`;
    for (const url of addresses()) {
      expect((await fetch(url + search)).status).toBe(401);
    }
    const response = await fetch(stack.api.graphqlUrl + search, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });

    expect(response.status).toBe(400);
  });
});

describe.each(TRANSPORTS)('a stranger over %s', (transport) => {
  test('sees nothing of the schema', async () => {
    const asked = askOver(stack, transport, { query: '{ __schema { types { name } } }' }, 'other');

    const answer = await asked.catch((error: unknown) => String(error));

    expect(JSON.stringify(answer)).toMatch(/UNAUTHENTICATED|4401/);
    expect(JSON.stringify(answer)).not.toContain('Transaction');
  });
});
