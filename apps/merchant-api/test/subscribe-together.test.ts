import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';

import { type ApiContext } from '../src/graphql/context';
import { createSubscribeTogether, type SubscriptionArgs } from '../src/graphql/subscribe-together';

const happened = { name: 'payment' };
let executed = 0;
/** Those who wait at `handed`, and are handed what happens. */
let waiting: ((event: object, done: () => void) => void)[] = [];

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      happened: {
        type: new GraphQLObjectType<typeof happened>({
          name: 'Happened',
          fields: {
            name: {
              type: GraphQLString,
              args: { is: { type: GraphQLString } },
              resolve: ({ name }, { is }: { is?: string }) => is ?? name,
            },
          },
        }),
        args: { after: { type: GraphQLString } },
        subscribe: async function* () {
          yield await Promise.resolve(happened);
        },
        resolve: (event: typeof happened) => {
          executed += 1;
          return event;
        },
      },
      handed: {
        type: GraphQLString,
        subscribe: () => ({
          next: () => new Promise(() => undefined),
          handTo: (read: (typeof waiting)[number]) => waiting.push(read),
          [Symbol.asyncIterator]() {
            return this;
          },
        }),
        resolve: (event: typeof happened) => {
          executed += 1;
          return event.name;
        },
      },
    },
  }),
});

const document = parse(
  'subscription ($after: String, $is: String) { happened(after: $after) { name(is: $is) } }',
);

function argsOf(
  variableValues: Record<string, unknown>,
  caller: Partial<ApiContext['caller']> = {},
): SubscriptionArgs {
  const context: Partial<ApiContext> = {
    caller: { subject: 'a', role: 'OWNER', storeIds: null, refundLimit: null, ...caller },
  };
  return { schema, document, variableValues, contextValue: context as ApiContext };
}

async function hear(subscribers: readonly SubscriptionArgs[]): Promise<unknown[]> {
  executed = 0;
  const subscribe = createSubscribeTogether();
  const streams = await Promise.all(subscribers.map((args) => subscribe(args)));
  return Promise.all(
    streams.map(async (stream) =>
      Symbol.asyncIterator in stream ? ((await stream.next()).value as unknown) : stream,
    ),
  );
}

test('a thousand equal subscribers are told what was worked out once', async () => {
  const told = await hear(
    Array.from({ length: 1_000 }, (_, index) =>
      argsOf({ after: String(index) }, { subject: String(index) }),
    ),
  );

  expect(executed).toBe(1);
  expect(told).toEqual(told.map(() => ({ data: { happened: { name: 'payment' } } })));
});

test.each<[string, SubscriptionArgs]>([
  ['another role', argsOf({}, { role: 'CASHIER' })],
  ['other stores', argsOf({}, { storeIds: ['s'] })],
  ['no stores', argsOf({}, { storeIds: [] })],
  ['another document', { ...argsOf({}), document: parse('subscription { happened { name } }') }],
])('one with %s is told what was worked out for it', async (_, other) => {
  await hear([argsOf({}), other]);

  expect(executed).toBe(2);
});

test('a variable that the answer depends on parts them, one that chooses events does not', async () => {
  const told = await hear([
    argsOf({ after: '1' }),
    argsOf({ after: '2' }),
    argsOf({ is: 'other' }),
  ]);

  expect(executed).toBe(2);
  expect(told).toEqual([
    { data: { happened: { name: 'payment' } } },
    { data: { happened: { name: 'payment' } } },
    { data: { happened: { name: 'other' } } },
  ]);
});

test('who waits is handed what happens, and one that cannot be written to keeps no other from it', async () => {
  executed = 0;
  waiting = [];
  const subscribe = createSubscribeTogether();
  const args = { ...argsOf({}), document: parse('subscription { handed }') };
  const told: unknown[] = [];
  const failures: unknown[] = [];
  const broken = new Error('this one is broken');
  for (const isBroken of [false, true, false]) {
    const results = await subscribe(args);
    if (!('handTo' in results)) throw new Error('nothing is handed over');
    results.handTo({
      tell: (result, done) => {
        if (isBroken) throw broken;
        told.push(result);
        done();
      },
      failed: (error) => failures.push(error),
    });
  }

  let done = 0;
  for (const read of waiting) read(happened, () => (done += 1));
  await new Promise(setImmediate);
  waiting[0]?.(happened, () => (done += 1)); // late: what is known is told at once

  expect(told).toEqual(Array(3).fill({ data: { handed: 'payment' } }));
  expect([executed, done, failures]).toEqual([1, 3, [broken]]);
});
