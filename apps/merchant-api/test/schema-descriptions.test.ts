import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from 'graphql';

const schema = buildSchema(readFileSync(join(__dirname, '..', 'schema.graphql'), 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const roots: readonly unknown[] = [
  schema.getQueryType(),
  schema.getMutationType(),
  schema.getSubscriptionType(),
];

/** Fields of a root are null where something failed; those of a payload where it was refused. */
const FAILS_AS_A_WHOLE = 'Payload';
/** Where anybody may leave it out: no more is to be said. */
const FREE_TEXT = new Set(['Store.address', 'Store.shop', 'Store.rejectReason']);

test('of each field that may be null it is said what that means', () => {
  const silent = types.flatMap((type) =>
    fieldsOf(type)
      .filter(({ type: answer, description }) => {
        return !isNonNullType(answer) && !/\bnull\b|\buntil\b|\bonce\b/i.test(description ?? '');
      })
      .map(({ name }) => `${type.name}.${name}`),
  );

  expect(silent.filter((name) => !FREE_TEXT.has(name))).toEqual([]);
});

test('no description only repeats the name', () => {
  const members = types.flatMap((type): readonly Described[] =>
    isObjectType(type) || isInputObjectType(type) ? Object.values<Described>(type.getFields()) : [],
  );
  const empty = [...types, ...members].filter(
    ({ name, description }) => wordsOf(description ?? '').join('') === wordsOf(name).join(''),
  );

  expect(empty.map(({ name }) => name)).toEqual([]);
});

test.each([
  ['claimTransaction', ['ALREADY_CLAIMED']],
  ['cancelTransaction', ['CANCEL_WINDOW_CLOSED', 'NOT_ALLOWED_IN_STATE']],
  ['refundTransaction', ['AMOUNT_EXCEEDS_REFUNDABLE', 'IDEMPOTENCY_CONFLICT', 'PENDING']],
])('%s names what it may be refused with', (name, words) => {
  const description = schema.getMutationType()?.getFields()[name]?.description ?? '';

  for (const word of words) expect(description).toContain(word);
});

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

function fieldsOf(type: GraphQLNamedType): readonly GraphQLField<unknown, unknown>[] {
  if (!isObjectType(type) || roots.includes(type) || type.name.endsWith(FAILS_AS_A_WHOLE))
    return [];
  return Object.values(type.getFields());
}

/** "The store." and `store` are the same to a reader; "The store to register." is not. */
function wordsOf(text: string): string[] {
  return (text.match(/[A-Z]?[a-z]+/g) ?? [])
    .map((word) => word.toLowerCase())
    .filter((word) => !['the', 'a', 'an', 'its', 'of', 'type'].includes(word));
}
