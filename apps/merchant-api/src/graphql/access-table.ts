import { type Action, MAY, OF_WHOLE_ACCOUNT, type Role } from '@countersign/merchant-domain';
import { type GraphQLObjectType, type GraphQLSchema } from 'graphql';

import { alignedTable } from './aligned-table';
import { accessOf } from './guard-root-fields';

const BEGIN = '<!-- printed from the rules by `npm run print-schema`: begin -->';
const END = '<!-- end -->';
const ROLES: readonly Role[] = ['OWNER', 'MANAGER', 'CASHIER', 'AUDITOR'];

/** Beside GraphQL; what their use cases ask for. */
const ROUTES: readonly (readonly [string, Action])[] = [
  ['GET /exports/…', 'READ_SALES'],
  ['POST /statements/…', 'KEEP_BOOKS'],
];

/** Who may ask for what: every root field with the roles of its rule, as a table for people. */
export function accessTable(schema: GraphQLSchema): string {
  const asked = [
    ...fieldsOf(schema.getQueryType(), 'query'),
    ...fieldsOf(schema.getMutationType(), 'mutation'),
    ...fieldsOf(schema.getSubscriptionType(), 'subscription'),
    ...ROUTES,
  ];
  const rows = asked.map(([name, action]) => [
    `\`${name}\``,
    ...ROLES.map((role) => rightOf(role, action)),
    action,
  ]);
  return alignedTable([['what', ...ROLES, 'action'], ...rows]);
}

/** A page with the table of now in the place of the one that it holds. */
export function withAccessTable(page: string, schema: GraphQLSchema): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page lacks its marks: ${BEGIN} and ${END}`);
  const [before, after] = [page.slice(0, begin + BEGIN.length), page.slice(end)];
  return `${before}\n\n${accessTable(schema)}\n\n${after}`;
}

function fieldsOf(
  type: GraphQLObjectType | null | undefined,
  kind: string,
): (readonly [string, Action])[] {
  return Object.values(type?.getFields() ?? {}).map((field) => {
    const action = accessOf(field);
    if (action === undefined) throw new Error(`no rule: ${field.name}`);
    return [`${kind} ${field.name}`, action];
  });
}

function rightOf(role: Role, action: Action): string {
  if (!MAY[action].includes(role)) return '–';
  return OF_WHOLE_ACCOUNT.includes(action) ? 'of all stores' : 'yes';
}
