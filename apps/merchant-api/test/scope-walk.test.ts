import {
  type Caller,
  type Database,
  type Domain,
  openDatabase,
} from '@countersign/merchant-domain';
import { type ExecutionResult, getNamedType, graphql, parse, subscribe } from 'graphql';

import { type LiveEvents, openLiveEvents } from '../src/events/live-events';
import { buildApiSchema } from '../src/graphql/build-schema';
import { createContext } from '../src/graphql/context';
import { uuidOf } from '../src/graphql/node-id';
import { verifier } from './support/gateway';
import { type GraphqlClient } from './support/graphql-client';
import { everythingOf } from './support/select-everything';
import { type Stack, startStack } from './support/stack';
import { createTestLog } from './support/test-log';
import { type BusyShop, clientOfShop, makeKey, openBusyShop, ROLES } from './support/two-shops';

let stack: Stack;
let database: Database;
let live: LiveEvents;
let mine: BusyShop;
let theirs: BusyShop;
let schema: ReturnType<typeof buildApiSchema>;
beforeAll(async () => {
  stack = await startStack();
  mine = await openBusyShop(stack, '10.00');
  theirs = await openBusyShop(stack, '77.31');
  database = await openDatabase({ url: stack.database.url });
  live = await openLiveEvents(database, { now: () => new Date() }, createTestLog());
  const domain: Partial<Domain> = { database, now: () => new Date(), log: createTestLog() };
  schema = buildApiSchema({ domain: domain as Domain, notifyVerifier: verifier });
}, 60_000);
afterAll(async () => {
  await live.close();
  await database.close();
  await stack.close();
});

function callerOf(role: Caller['role'], shop: BusyShop | null): Caller {
  const storeIds = shop && [uuidOf('Store', shop.storeId) ?? ''];
  return { subject: `${role}@shop.example`, role, storeIds, refundLimit: null };
}

const today = (): string => {
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  return `from: "${day}", to: "${day}"`;
};

/** How each query is asked for what belongs to a shop; a new one is to be told of here. */
const QUERIES: Readonly<Record<string, (shop: BusyShop) => readonly string[]>> = {
  apiKeys: () => [''],
  discrepancies: () => ['', 'statuses: [OPEN]'],
  gatewayCalls: ({ paid }) => ['', `transactionId: "${paid.id}"`],
  merchant: ({ merchantId }) => [`id: "${merchantId}"`],
  merchants: () => [''],
  node: (shop) => idsOf(shop).map((id) => `id: "${id}"`),
  nodes: (shop) => [`ids: ${JSON.stringify(idsOf(shop))}`],
  notifications: ({ paid }) => ['', 'statuses: [QUARANTINED]', `transactionId: "${paid.id}"`],
  qrCode: ({ qrCodeId, code }) => [`id: "${qrCodeId}"`, `code: "${code}"`],
  qrCodes: ({ storeId }) => ['', `storeId: "${storeId}"`],
  salesReport: ({ storeId }) => [
    ...['HOUR', 'DAY', 'MONTH', 'SHOP', 'STORE', 'QR_CODE'].map(
      (group) => `${today()}, groupBy: ${group}`,
    ),
    `${today()}, groupBy: DAY, storeId: "${storeId}"`,
  ],
  statements: () => ['', 'from: "2026-01-01"'],
  store: ({ storeId, merchantId }) => [
    `id: "${storeId}"`,
    `alipayStoreId: "S1", merchantId: "${merchantId}"`,
  ],
  stores: () => [''],
  transaction: ({ paid }) => [`id: "${paid.id}"`, `alipayTransId: "${paid.alipayTransId}"`],
  transactions: ({ storeId, qrCodeId, merchantId, paid }) => [
    '',
    `filter: { storeId: "${storeId}" }`,
    `filter: { qrCodeId: "${qrCodeId}" }`,
    `filter: { merchantId: "${merchantId}" }`,
    'filter: { shop: "Central" }',
    `filter: { search: "${paid.alipayTransId}" }`,
  ],
  unsettledPayments: () => [''],
  viewer: () => [''],
  latestEventCursor: () => [''],
};

/** Says nothing of any record. */
const OF_NOBODY = ['viewer', 'latestEventCursor'];

function idsOf(shop: BusyShop): string[] {
  const { merchantId, storeId, qrCodeId, refundId, notificationId, discrepancyId } = shop;
  const known = [merchantId, storeId, qrCodeId, refundId, notificationId, discrepancyId];
  return [...known, shop.paid.id, shop.apiKeyId];
}

async function ask(caller: Caller, source: string): Promise<ExecutionResult> {
  const contextValue = createContext({ database, live }, caller);
  return graphql({ schema, source, contextValue });
}

function queryOf(name: string, args: string): string {
  const field = schema.getQueryType()?.getFields()[name];
  if (field === undefined) throw new Error(`there is no query ${name}`);
  // Of a record by its id anything can be asked for, and each type by itself goes deeper below.
  const depth = field.name.startsWith('node') ? 1 : 3;
  const selection = everythingOf(schema, getNamedType(field.type), depth);
  return `{ ${name}${args === '' ? '' : `(${args})`} ${selection} }`;
}

/** What gives a shop away, wherever it stands: its ids, its numbers, its cents. */
function tracesOf(shop: BusyShop): readonly RegExp[] {
  const texts = [...idsOf(shop), shop.paid.alipayTransId, shop.code];
  const isTheirs = shop === theirs;
  return [
    ...texts.map((text) => new RegExp(text.replace(/[^\w]/g, '\\$&'))),
    ...(isTheirs ? [/\.31"/] : []),
  ];
}

test('every query is walked', () => {
  expect(Object.keys(QUERIES).sort()).toEqual(
    Object.keys(schema.getQueryType()?.getFields() ?? {}).sort(),
  );
});

describe.each(Object.keys(QUERIES))('%s', (name) => {
  const questions = (): string[] =>
    (QUERIES[name]?.(theirs) ?? []).map((args) => queryOf(name, args));

  test('tells whoever sees all stores of this shop', async () => {
    for (const question of questions()) {
      const { data, errors } = await ask(callerOf('OWNER', null), question);

      expect(errors).toBeUndefined();
      const found = tracesOf(theirs).filter((trace) => trace.test(JSON.stringify(data)));
      expect([question, found.length > 0]).toEqual([question, !OF_NOBODY.includes(name)]);
    }
  });

  test.each(ROLES)(
    'tells a %s of another shop nothing of it, whatever is asked for',
    async (role) => {
      for (const question of questions()) {
        const { data, errors = [] } = await ask(callerOf(role, mine), question);

        const told = JSON.stringify(data);
        expect(tracesOf(theirs).filter((trace) => trace.test(told))).toEqual([]);
        expect(miscounted(data)).toEqual([]);
        for (const { originalError } of errors) expect(originalError?.name).toBe('Forbidden');
      }
    },
  );
});

/** A list that counts more than it shows tells of what is hidden. */
function miscounted(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const { totalCount, nodes } = value as { totalCount?: number; nodes?: unknown[] };
  const own =
    nodes === undefined || totalCount === undefined || totalCount === nodes.length ? [] : [value];
  return [...own, ...Object.values(value).flatMap(miscounted)];
}

/** How each mutation is aimed at a shop; null where it is about no shop, and reaches all. */
const MUTATIONS: Readonly<Record<string, (shop: BusyShop) => string | null>> = {
  cancelTransaction: ({ paid }) => `transactionId: "${paid.id}"`,
  claimTransaction: ({ paid }) => `transactionId: "${paid.id}", saleReference: "S"`,
  createApiKey: ({ storeId }) => `name: "k", role: CASHIER, storeIds: ["${storeId}"]`,
  createQrCode: ({ storeId }) => `storeId: "${storeId}"`,
  deleteQrCode: ({ qrCodeId }) => `qrCodeId: "${qrCodeId}"`,
  importQrCode: ({ storeId, code }) => `storeId: "${storeId}", code: "${code}x"`,
  importStatement: () => null,
  modifyQrCode: ({ qrCodeId }) => `qrCodeId: "${qrCodeId}", label: "x"`,
  reconcileDay: () => null,
  recoverTransaction: ({ qrCodeId, paid }) =>
    `qrCodeId: "${qrCodeId}", alipayTransId: "${paid.alipayTransId}"`,
  refreshTransaction: ({ paid }) => `transactionId: "${paid.id}"`,
  refreshStoreRegistration: ({ storeId }) => `storeId: "${storeId}"`,
  refundTransaction: ({ paid }) => `transactionId: "${paid.id}", idempotencyKey: "walk"`,
  registerMerchant: () => null,
  registerStore: () => null,
  replayNotification: ({ notificationId }) => `notificationId: "${notificationId}"`,
  resolveDiscrepancy: ({ discrepancyId }) => `discrepancyId: "${discrepancyId}", note: "n"`,
  resolveRefund: ({ refundId }) => `refundId: "${refundId}", outcome: FAILED, note: "n"`,
  restartQrCode: ({ qrCodeId }) => `qrCodeId: "${qrCodeId}"`,
  reverifyNotifications: () => null,
  revokeApiKey: ({ apiKeyId }) => `apiKeyId: "${apiKeyId}"`,
  stopQrCode: ({ qrCodeId }) => `qrCodeId: "${qrCodeId}"`,
  submitStoreRegistration: ({ storeId }) => `storeId: "${storeId}", contactNo: "1"`,
};

const OF_NO_SHOP: Readonly<Record<string, string>> = {
  importStatement: '(input: { fileName: "x.txt", contentBase64: "" })',
  reconcileDay: '(input: { date: "2026-01-02" })',
  registerMerchant:
    '(input: { alipayMerchantId: "M9", name: "x", type: ENTERPRISE, industry: "5812" })',
  registerStore:
    '(input: { merchantId: "x", alipayStoreId: "S9", name: "x", countryCode: "HK", address: "x" })',
  reverifyNotifications: '',
};

test('every mutation is walked', () => {
  expect(Object.keys(MUTATIONS).sort()).toEqual(
    Object.keys(schema.getMutationType()?.getFields() ?? {}).sort(),
  );
});

describe.each(ROLES)('a %s of one shop', (role) => {
  let client: GraphqlClient;
  beforeAll(async () => {
    client = await clientOfShop(stack, role, mine);
  });

  test.each(Object.keys(MUTATIONS))('changes nothing of another by %s', async (name) => {
    const before = stack.gateway.requests.length;
    const aim = MUTATIONS[name]?.(theirs) ?? null;
    const args = aim === null ? (OF_NO_SHOP[name] ?? '') : `(input: { ${aim} })`;

    const { data, errors } = await client.ask(
      `mutation { ${name}${args} { userErrors { code } } }`,
    );

    const isForbidden = errors?.[0]?.extensions.code === 'FORBIDDEN';
    if (aim === null) expect(isForbidden).toBe(true);
    if (!isForbidden) expect(data).toEqual({ [name]: { userErrors: [{ code: 'NOT_FOUND' }] } });
    expect(stack.gateway.requests).toHaveLength(before);
  });

  test.each(['paymentReceived', 'transactionEvents', 'qrCodeChanged'])(
    'is told by %s that it may not listen to another',
    async (name) => {
      const field = schema.getSubscriptionType()?.getFields()[name];
      const ids: Readonly<Record<string, string>> = {
        ...{ storeId: theirs.storeId, qrCodeId: theirs.qrCodeId, transactionId: theirs.paid.id },
      };
      const named = (field?.args ?? []).filter((arg) => getNamedType(arg.type).name === 'ID');
      expect(named.map((arg) => ids[arg.name] ?? arg.name).sort()).toEqual(
        named.map((arg) => ids[arg.name]).sort(),
      );

      for (const { name: arg } of named) {
        const result = await subscribe({
          schema,
          document: parse(`subscription { ${name}(${arg}: "${ids[arg] ?? ''}") { id } }`),
          contextValue: createContext({ database, live }, callerOf(role, mine)),
        });
        const [error] = (result as ExecutionResult).errors ?? [];
        expect(error?.originalError?.name).toBe('Forbidden');
      }
    },
  );
});

test('every subscription is walked', () => {
  expect(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).sort()).toEqual([
    'paymentReceived',
    'qrCodeChanged',
    'transactionEvents',
  ]);
});

describe.each(ROLES)('beside GraphQL, a %s of one shop', (role) => {
  let authorization: string;
  beforeAll(async () => {
    authorization = `Bearer ${(await makeKey(stack, role, [mine.storeId])).secret}`;
  });
  const send = (path: string, more: RequestInit = {}): Promise<Response> =>
    fetch(`${stack.api.url}${path}`, { ...more, headers: { authorization } });

  test.each(['transactions', 'refunds', 'settlements'])(
    'finds nothing of another in exported %s',
    async (name) => {
      for (const filter of [
        '',
        `?storeId=${theirs.storeId}`,
        `?search=${theirs.paid.alipayTransId}`,
      ]) {
        const response = await send(`/exports/${name}.jsonl${filter}`);
        const text = await response.text();

        expect(response.status).toBe(200);
        expect(text).not.toContain(theirs.paid.alipayTransId);
        if (filter === '' && name !== 'settlements')
          expect(text).toContain(mine.paid.alipayTransId);
      }
    },
  );

  test('may not import a statement, which is of all shops', async () => {
    const response = await send('/statements/x.txt', { method: 'POST', body: 'x' });

    expect(response.status).toBe(403);
  });
});
