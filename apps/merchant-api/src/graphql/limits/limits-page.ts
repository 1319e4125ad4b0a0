import {
  type DocumentNode,
  getOperationAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  TokenKind,
} from 'graphql';

import { connectionsOfOneMax, rowsOfStatement } from '@countersign/merchant-domain';

import { alignedTable } from '../aligned-table';
import {
  documentAliasesMax,
  documentDepthMax,
  documentDirectivesMax,
  documentFieldsMax,
  documentTokensMax,
  listValuesMax,
  operationSizes,
} from './document-limits';
import {
  FIELD_COSTS,
  innerPageSize,
  LIST_SIZES,
  listSizeDefault,
  operationCostMax,
  pageCost,
  pageSizeDefault,
  pageSizeMax,
} from './field-costs';
import { operationRowsMax, operationTimeoutDefaultMs } from './operation-allowance';
import { createCostOf, type Variables } from './operation-cost';

/** docs/limits.md: the limits of an operation, and how far from them our own examples are. */
export function limitsPage(schema: GraphQLSchema, examples: readonly string[]): string {
  return `# Limits of an operation

Printed from the code by \`npm run print-schema\`: change it there. They hold alike over HTTP, WebSocket and
server-sent events. Who goes beyond one is answered \`BAD_USER_INPUT\`, before the database is asked anything.

${alignedTable([
  ['limit', 'at most', 'counted'],
  ['tokens', `${documentTokensMax}`, 'words and signs of the whole document'],
  [
    'depth',
    `${documentDepthMax}`,
    'fields within fields; the schema itself (`__schema`) is exempt',
  ],
  ['fields', `${documentFieldsMax}`, 'as often as their fragment is used'],
  ['aliases', `${documentAliasesMax}`, 'as often as their fragment is used'],
  ['directives', `${documentDirectivesMax}`, 'as often as their fragment is used'],
  ['values in a list', `${listValuesMax}`, 'of each list, in the document and in the variables'],
  ['cost', `${operationCostMax}`, 'see below'],
])}

## Cost

A field costs 1. What stands below a list counts as often as the list may hold entries: for a page that is
\`first\` or \`last\` (at most ${pageSizeMax}; when left out ${pageSizeDefault}, for a timeline 50, and within another list it is taken
to be ${innerPageSize}), and the page itself costs ${pageCost}; for \`nodes(ids:)\` it is the number of ids. Fragments count where they
are used, \`@skip\` and \`@include\` are not looked at, and the schema itself costs nothing. Some fields cost
more, and lists without a page are taken to have this many entries (${listSizeDefault} where nothing is said):

${alignedTable([['field', 'costs', 'entries'], ...fieldRows()])}

## Time and records

What an operation really takes is limited, too, because what it costs is only reckoned:

- **Time.** A query ends after \`OPERATION_TIMEOUT_MS\` (${operationTimeoutDefaultMs}): what it has found so far is answered, the
  rest is \`null\` with the code \`TIMED_OUT\`, and the statement that still runs is cancelled at PostgreSQL. So is
  that of a caller who has left. A **mutation that has begun is never cut**, because it may have moved
  money: it is answered by what came of it, within the limits of its calls to Alipay (\`GATEWAY_TIMEOUT_MS\`)
  and of each statement (15 s). Of several in one document, those that have not begun when the time is up
  are not begun, and say so.
- **Records.** A query reads ${operationRowsMax} records at most, where each statement counts as ${rowsOfStatement}; then it is refused
  with \`BAD_USER_INPUT\`. Of the connections to the database it holds at most ${connectionsOfOneMax} at a time.

## What our example operations cost

With the variables that stand in their files, and with the largest pages.

${alignedTable([
  ['operation', 'cost', 'cost at most', 'depth', 'tokens'],
  ...examples.map((text) => exampleRow(schema, text)),
])}
`;
}

function fieldRows(): string[][] {
  const names = new Set([...Object.keys(FIELD_COSTS), ...Object.keys(LIST_SIZES)]);
  return [...names].sort().map((name) => {
    const shown = name.includes('.') ? `\`${name}\`` : `each field of \`${name}\``;
    return [shown, `${FIELD_COSTS[name] ?? 1}`, `${LIST_SIZES[name] ?? ''}`];
  });
}

function exampleRow(schema: GraphQLSchema, text: string): string[] {
  const document = parse(text);
  const operation = operationIn(document);
  const costOf = createCostOf(schema);
  const [size] = operationSizes(document);
  return [
    `\`${operation.name?.value ?? ''}\``,
    `${costOf(document, operation, variablesIn(text))}`,
    `${costOf(document, operation, null)}`,
    `${size?.depth ?? 0}`,
    `${tokensIn(document)}`,
  ];
}

function operationIn(document: DocumentNode): OperationDefinitionNode {
  const operation = getOperationAST(document);
  if (!operation) throw new Error('an example is no single operation');
  return operation;
}

/** Each example says them in a comment. */
function variablesIn(text: string): Variables {
  const line = /^# Variables: (.*)$/m.exec(text)?.[1] ?? '{}';
  return JSON.parse(line) as Variables;
}

function tokensIn({ loc }: DocumentNode): number {
  let count = 0;
  for (let token = loc?.startToken.next; token?.next; token = token.next) {
    if (token.kind !== TokenKind.COMMENT) count += 1;
  }
  return count;
}
