import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  buildSchema,
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';

import { type Counter, openCounter, pay, type Paid } from './support/shop';
import { type Stack, startStack, TOKEN } from './support/stack';

const schema = buildSchema(readFileSync(join(__dirname, '..', 'schema.graphql'), 'utf8'));

const TEXTS = [
  'a\u0000b',
  '\ud800',
  '💥%_\\',
  "';drop table transactions;--",
  '',
  ' ',
  'x'.repeat(20_000),
];
/** At the edge of what a scalar takes, or beyond. */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  Decimal: ['-0.01', '1e400', '9'.repeat(40), '0.00000000000000000001', 'NaN', 'Infinity'],
  LocalDate: ['0000-01-01', '0001-01-01', '9999-12-31', '2026-02-30'],
  DateTime: ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'],
};
const hostile = (type: string): readonly string[] => [...TEXTS, ...(EDGES[type] ?? [])];

let stack: Stack;
let counter: Counter;
let paid: Paid;
beforeAll(async () => {
  stack = await startStack();
  counter = await openCounter(stack);
  paid = await pay(stack, counter);
}, 60_000);
afterAll(() => stack.close());

type Path = readonly string[];

interface Place {
  readonly path: Path;
  readonly type: string;
}
type Field = GraphQLField<unknown, unknown>;

/** Every place in a field's arguments where a text can stand. */
function placesOf(
  args: readonly (GraphQLArgument | GraphQLInputField)[],
  above: Path = [],
): Place[] {
  return args.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (isInputObjectType(named)) {
      return placesOf(Object.values(named.getFields()), [...above, name]);
    }
    if (isEnumType(named) || ['Int', 'Boolean'].includes(named.name)) return [];
    return [{ path: [...above, name], type: named.name }];
  });
}

/** What every required place holds, and the hostile text in its own. */
function valuesFor(
  args: readonly (GraphQLArgument | GraphQLInputField)[],
  place: Path,
  text: string,
): Record<string, unknown> {
  const [head, ...rest] = place;
  return Object.fromEntries(
    args.flatMap((arg): [string, unknown][] => {
      if (arg.name !== head) {
        return isNonNullType(arg.type) ? [[arg.name, usual(arg.name, arg.type)]] : [];
      }
      const named = getNamedType(arg.type);
      const value = isInputObjectType(named)
        ? valuesFor(Object.values(named.getFields()), rest, text)
        : text;
      return [[arg.name, isListType(getNullableType(arg.type)) ? [value] : value]];
    }),
  );
}

function usual(name: string, type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [usual(name, nullable.ofType)];
  const named = getNamedType(nullable);
  if (isInputObjectType(named)) return valuesFor(Object.values(named.getFields()), [], '');
  if (isEnumType(named)) return named.getValues()[0]?.name;
  const ids: Record<string, string> = {
    transactionId: paid.id,
    qrCodeId: counter.qrCodeId,
    storeId: counter.storeId,
    merchantId: counter.merchantId,
  };
  const scalars: Record<string, unknown> = {
    ID: paid.id,
    Int: 1,
    Boolean: true,
    LocalDate: '2026-01-02',
    DateTime: '2026-01-02T00:00:00Z',
    CurrencyCode: 'HKD',
    Decimal: '1.00',
  };
  return ids[name] ?? scalars[named.name] ?? 'text';
}

async function ask(kind: string, { name, args, type }: Field, values: object): Promise<unknown> {
  const variables = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const head = args.length === 0 ? kind : `${kind} (${variables})`;
  const selection = isCompositeType(getNamedType(type)) ? '{ __typename }' : '';
  const field = args.length === 0 ? name : `${name}(${given})`;
  const { errors } = await stack.client.ask(`${head} { ${field} ${selection} }`, { ...values });
  return errors?.map(({ message, extensions }) => [message, extensions.code]) ?? [];
}

const CASES = (['query', 'mutation'] as const).flatMap((kind) => {
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  return Object.values(root?.getFields() ?? {})
    .filter(({ args }) => placesOf(args).length > 0)
    .map((field): [string, string, Field] => [kind, field.name, field]);
});

test.each(CASES)('no text breaks %s %s', async (kind, _name, field) => {
  const broken: unknown[] = [];
  for (const { path, type } of placesOf(field.args)) {
    for (const text of hostile(type)) {
      const errors = await ask(kind, field, valuesFor(field.args, path, text));
      if (JSON.stringify(errors).includes('INTERNAL_SERVER_ERROR')) {
        broken.push([path.join('.'), text.slice(0, 30)]);
      }
    }
  }

  expect(broken).toEqual([]);
});

test.each([
  ['search', 'String'],
  ['shop', 'String'],
  ['storeId', 'ID'],
  ['statuses', 'String'],
  ['minAmount', 'Decimal'],
  ['paidFrom', 'DateTime'],
])('nor an export by %s', async (name, type) => {
  // Half a surrogate pair cannot stand in an address.
  for (const text of hostile(type).filter((one) => one !== '\ud800')) {
    const response = await fetch(
      `${stack.api.url}/exports/transactions.csv?${name}=${encodeURIComponent(text)}`,
      { headers: { authorization: `Bearer ${TOKEN}` } },
    );
    await response.text();

    expect([text.slice(0, 30), response.status < 500]).toEqual([text.slice(0, 30), true]);
  }
});
