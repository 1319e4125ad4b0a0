import {
  type Caller,
  type Database,
  type Domain,
  openDatabase,
  type Role,
} from '@countersign/merchant-domain';
import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';

import { type LiveEvents, openLiveEvents } from '../src/events/live-events';
import { buildApiSchema } from '../src/graphql/build-schema';
import { createContext } from '../src/graphql/context';
import { createErrorFormatter } from '../src/graphql/format-error';
import { encodeNodeId } from '../src/graphql/node-id';
import { verifier } from './support/gateway';
import { type Counter, openCounter, pay, type Paid } from './support/shop';
import { type Stack, startStack } from './support/stack';
import { createTestLog } from './support/test-log';

let stack: Stack;
let database: Database;
let live: LiveEvents;
let mine: Counter;
let theirs: Counter;
let paidMine: Paid;
let paidTheirs: Paid;
let schema: ReturnType<typeof buildApiSchema>;
const log = createTestLog();
beforeAll(async () => {
  stack = await startStack();
  mine = await openCounter(stack);
  theirs = await openCounter(stack);
  paidMine = await pay(stack, mine);
  paidTheirs = await pay(stack, theirs);
  database = await openDatabase({ url: stack.database.url });
  live = await openLiveEvents(database, { now: () => new Date() }, log);
  const domain: Partial<Domain> = { database, now: () => new Date(), log };
  schema = buildApiSchema({ domain: domain as Domain, notifyVerifier: verifier });
}, 60_000);
afterAll(async () => {
  await live.close();
  await database.close();
  await stack.close();
});

function uuidIn(nodeId: string): string {
  return Buffer.from(nodeId, 'base64url').toString().split(':')[1] ?? '';
}

function callerOf(role: Role, storeIds: readonly string[] | null): Caller {
  return { subject: `${role}@shop.example`, role, storeIds, refundLimit: null };
}

async function ask(
  caller: Caller,
  source: string,
  variableValues: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  const contextValue = createContext({ database, live }, caller);
  return graphql({ schema, source, variableValues, contextValue });
}

function codesOf({ errors = [] }: ExecutionResult): unknown[] {
  const format = createErrorFormatter({ log, newId: () => 'e' });
  return errors.map((error) => format(error.toJSON(), error).extensions?.['code']);
}

describe('a cashier of one store', () => {
  const cashier = (): Caller => callerOf('CASHIER', [uuidIn(mine.storeId)]);

  test('sees its store and what belongs to it, and nothing of another', async () => {
    const ids = [mine.storeId, paidMine.id, theirs.storeId, theirs.qrCodeId, paidTheirs.id];

    const { data, errors } = await ask(
      cashier(),
      `query ($ids: [ID!]!) {
        nodes(ids: $ids) { id }
        stores { totalCount nodes { id } }
        qrCodes { totalCount }
        transactions { totals { count } nodes { id store { id merchant { stores { nodes { id } } } } } }
        viewer { role stores { id } }
      }`,
      { ids },
    );

    expect(errors).toBeUndefined();
    expect(data).toEqual({
      nodes: [{ id: mine.storeId }, { id: paidMine.id }, null, null, null],
      stores: { totalCount: 1, nodes: [{ id: mine.storeId }] },
      qrCodes: { totalCount: 1 },
      transactions: {
        totals: [{ count: 1 }],
        nodes: [
          {
            id: paidMine.id,
            store: { id: mine.storeId, merchant: { stores: { nodes: [{ id: mine.storeId }] } } },
          },
        ],
      },
      viewer: { role: 'CASHIER', stores: [{ id: mine.storeId }] },
    });
  });

  test.each([
    '{ gatewayCalls { nodes { id } } }',
    '{ notifications { nodes { id } } }',
    'mutation { reverifyNotifications { accepted } }',
    'mutation { stopQrCode(input: { qrCodeId: "x" }) { qrCode { id } } }',
    'mutation { registerMerchant(input: { alipayMerchantId: "", name: "", type: ENTERPRISE, industry: "" }) { merchant { id } } }',
  ])('is forbidden %s', async (source) => {
    const result = await ask(cashier(), source);

    expect(codesOf(result)).toEqual(['FORBIDDEN']);
  });

  test('may read what is beside a record that it may not', async () => {
    const call = encodeNodeId('GatewayCall', uuidIn(paidMine.id));

    const result = await ask(cashier(), 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [call, paidMine.id],
    });

    expect(result.data).toEqual({ nodes: [null, { id: paidMine.id }] });
    expect(codesOf(result)).toEqual(['FORBIDDEN']);
  });

  test('finds no payment of another store to claim or to give back', async () => {
    const { data } = await ask(
      cashier(),
      `mutation ($id: ID!) {
        claimTransaction(input: { transactionId: $id, saleReference: "S" }) { transaction { id } userErrors { code } }
        refundTransaction(input: { transactionId: $id, idempotencyKey: "k" }) { transaction { id } userErrors { code } }
        cancelTransaction(input: { transactionId: $id }) { transaction { id } userErrors { code } }
      }`,
      { id: paidTheirs.id },
    );

    const notFound = { transaction: null, userErrors: [{ code: 'NOT_FOUND' }] };
    expect(data).toEqual({
      claimTransaction: notFound,
      refundTransaction: notFound,
      cancelTransaction: notFound,
    });
  });

  test.each(['storeId', 'qrCodeId', 'transactionId'])(
    'is forbidden to listen to another store by %s',
    async (name) => {
      const id = {
        storeId: theirs.storeId,
        qrCodeId: theirs.qrCodeId,
        transactionId: paidTheirs.id,
      };

      const result = await subscribe({
        schema,
        document: parse(`subscription ($id: ID) { transactionEvents(${name}: $id) { cursor } }`),
        variableValues: { id: id[name as keyof typeof id] },
        contextValue: createContext({ database, live }, cashier()),
      });

      expect(codesOf(result as ExecutionResult)).toEqual(['FORBIDDEN']);
    },
  );

  test('hears of its own store when it names none, also of what it missed', async () => {
    const result = await subscribe({
      schema,
      document: parse(
        'subscription ($after: String) { paymentReceived(after: $after) { transaction { id store { id } } } }',
      ),
      variableValues: { after: Buffer.from('event 0').toString('base64url') },
      contextValue: createContext({ database, live }, cashier()),
    });
    const stream = result as AsyncGenerator<ExecutionResult>;
    const first = await stream.next();
    await stream.return(undefined);

    expect(first.value).toEqual({
      data: {
        paymentReceived: { transaction: { id: paidMine.id, store: { id: mine.storeId } } },
      },
    });
  });
});

test('an empty list of stores is none of them', async () => {
  const { data } = await ask(
    callerOf('MANAGER', []),
    '{ stores { totalCount } transactions { nodes { id } totals { count } } viewer { stores { id } } }',
  );

  expect(data).toEqual({
    stores: { totalCount: 0 },
    transactions: { nodes: [], totals: [] },
    viewer: { stores: [] },
  });
});

test('an auditor reads, and changes nothing', async () => {
  const auditor = callerOf('AUDITOR', null);

  const read = await ask(
    auditor,
    '{ gatewayCalls { nodes { service } } transactions { nodes { id } } }',
  );
  const changed = await ask(
    auditor,
    `mutation { claimTransaction(input: { transactionId: "x", saleReference: "S" }) { userErrors { code } } }`,
  );

  expect(read.errors).toBeUndefined();
  expect(codesOf(changed)).toEqual(['FORBIDDEN']);
});
