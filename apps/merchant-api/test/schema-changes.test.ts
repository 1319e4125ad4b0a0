import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, print, visit } from 'graphql';

import { breakingChanges, HOW_TO_CHANGE, vagueDeprecations } from './support/breaking-changes';

const read = (name: string): string => readFileSync(join(__dirname, '..', name), 'utf8');
const now = read('schema.graphql');

test('no client of the last release breaks', async () => {
  const changes = await breakingChanges(read('schema.released.graphql'), now);

  if (changes.length > 0) throw new Error(`${changes.join('\n')}\n\n${HOW_TO_CHANGE}`);
});

/** The schema of now without its words, so that each field is one line to change. */
const bare = print(
  visit(parse(now), {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  }),
);

function changed(from: string, to: string, schema = bare): string {
  if (!schema.includes(from)) throw new Error(`this does not stand in the schema: ${from}`);
  return schema.replace(from, to);
}

test.each([
  ['a field that is gone', '  saleReference: String\n', '', 'Transaction.saleReference'],
  ['a field with another name', 'paidAt: DateTime', 'payedAt: DateTime', 'Transaction.paidAt'],
  ['a field that may be null now', 'matchedCount: Int!', 'matchedCount: Int', 'matchedCount'],
  ['a field of another type', 'lineCount: Int!', 'lineCount: String!', 'Statement.lineCount'],
  ['an argument that is gone', ', search: String)', ')', 'merchants.search'],
  ['a default that changed', 'first: Int = 50', 'first: Int = 20', 'Transaction.timeline.first'],
  [
    'an input field that is required now',
    'input TransactionFilter {\n  claimed: Boolean\n',
    'input TransactionFilter {\n  claimed: Boolean!\n',
    'TransactionFilter.claimed',
  ],
  [
    'a new input field that is required',
    'input StoreInput {',
    'input StoreInput {\n  why: String!',
    'StoreInput.why',
  ],
  ['a new argument that is required', 'node(id: ID!)', 'node(id: ID!, why: ID!)', 'Query.node'],
  ['a value that is gone', '  SETTLEMENT\n', '', 'StatementKind.SETTLEMENT'],
  ['a query that is gone', '  viewer: Viewer\n', '', 'Query.viewer'],
  ['a type that is no Node any more', 'type Refund implements Node', 'type Refund', 'Refund'],
])('%s is found', async (_, from, to, path) => {
  const changes = await breakingChanges(bare, changed(from, to));

  expect(changes.join('\n')).toContain(path);
});

test.each([
  ['a new field', 'type PageInfo {', 'type PageInfo {\n  length: Int'],
  ['a new input field to leave out', 'input StoreInput {', 'input StoreInput {\n  why: String'],
  ['a new value', 'enum Role {', 'enum Role {\n  GUEST'],
  ['other words', 'type Viewer {', '"Who asks."\ntype Viewer {'],
  ['a deprecation', 'paidAt: DateTime', 'paidAt: DateTime @deprecated(reason: "Use x.")'],
  ['a field that is never null now', '  paidAt: DateTime\n', '  paidAt: DateTime!\n'],
])('%s breaks nobody', async (_, from, to) => {
  expect(await breakingChanges(bare, changed(from, to))).toEqual([]);
});

test('what was deprecated in the last release may go', async () => {
  const released = changed('paidAt: DateTime', 'paidAt: DateTime @deprecated(reason: "Use x.")');

  expect(await breakingChanges(released, changed('  paidAt: DateTime\n', ''))).toEqual([]);
});

test('a deprecation says what to use instead, and since when', () => {
  const deprecated = (reason: string): string =>
    changed('paidAt: DateTime', `paidAt: DateTime @deprecated(reason: "${reason}")`);

  expect(vagueDeprecations(now)).toEqual([]);
  expect(vagueDeprecations(deprecated('Use createdAt. Since 2026-01-02.'))).toEqual([]);
  expect(vagueDeprecations(deprecated('Use createdAt.'))).toEqual(['paidAt: Use createdAt.']);
  expect(vagueDeprecations(deprecated('Since 2026-01-02.'))).toHaveLength(1);
});
