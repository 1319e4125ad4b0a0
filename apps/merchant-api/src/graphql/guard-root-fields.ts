import {
  type Action,
  actingAs,
  BadUserInput,
  MAY,
  requireAction,
} from '@countersign/merchant-domain';
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';

import { type ApiContext } from './context';
import { cursorFirst } from './event/cursor-first';
import { refusedInput } from './input-rules';
import { forgetLoaded } from './loaders';
import { made } from './made';
import { pathOfUnstorable, unstorable } from './unstorable-text';
import { UserError } from './user-error.type';

type RootField = GraphQLField<unknown, ApiContext>;

/**
 * Puts the caller's check before every root field, in one place. A root field without a rule, or
 * an object type that does not say how it is kept to its caller, is a schema that is not served.
 */
export function guardRootFields(schema: GraphQLSchema): void {
  const missing = [...fieldsWithoutRule(schema), ...typesWithoutScope(schema)];
  if (missing.length > 0) {
    throw new Error(`No access rule: ${missing.join(', ')}. Add @Access or @Scoped there.`);
  }
  for (const type of rootTypesOf(schema)) {
    const isMutation = type === schema.getMutationType();
    const isQuery = type === schema.getQueryType();
    for (const field of Object.values(type.getFields()) as RootField[]) {
      guard(field, isMutation, isQuery ? cursorFirst : () => undefined);
    }
  }
}

export function fieldsWithoutRule(schema: GraphQLSchema): string[] {
  return rootTypesOf(schema).flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => accessOf(field) === undefined)
      .map((field) => `${type.name}.${field.name}`),
  );
}

export function typesWithoutScope(schema: GraphQLSchema): string[] {
  const roots = rootTypesOf(schema);
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !roots.includes(type))
    .filter(({ extensions }) => !['CALLER', 'PARENT'].includes(String(extensions['scope'])))
    .map((type) => type.name);
}

export function accessOf(field: Pick<RootField, 'extensions'>): Action | undefined {
  const access: unknown = field.extensions['access'];
  return (Object.keys(MAY) as Action[]).find((action) => action === access);
}

/** What a field answers when a text in its arguments cannot be kept anywhere. */
type RefuseText = (path: readonly string[]) => unknown;

const refuseAtTop: RefuseText = (path) => {
  throw new BadUserInput(`${path.join('.')}: ${unstorable}`);
};
const refuseAsData: RefuseText = (field) =>
  refusedInput([
    made(UserError, {
      code: 'INVALID_INPUT',
      message: unstorable,
      field: [...field],
      alipayCode: null,
    }),
  ]);

function guard(field: RootField, isMutation: boolean, waitsFor: typeof cursorFirst): void {
  const action = accessOf(field);
  const refuse = isMutation ? refuseAsData : refuseAtTop;
  const { resolve, subscribe } = field;
  if (action === undefined || resolve === undefined) throw new Error(`unguarded: ${field.name}`);

  field.resolve = (source, args, context, info): unknown => {
    requireAction(context.caller, action);
    const unstorablePath = pathOfUnstorable(args);
    if (unstorablePath !== null) return refuse(unstorablePath);
    context.allowance.beginField();
    if (isMutation) forgetLoaded(context.loaders);
    const begin = (): unknown =>
      actingAs(context.caller.subject, (): unknown => resolve(source, args, context, info));
    const first = waitsFor(context, info);
    return first === undefined ? begin() : first.then(begin, begin);
  };
  if (subscribe === undefined) return;
  field.subscribe = (source, args, context, info): unknown => {
    requireAction(context.caller, action);
    const unstorablePath = pathOfUnstorable(args);
    if (unstorablePath !== null) return refuse(unstorablePath);
    return subscribe(source, args, context, info);
  };
}

function rootTypesOf(schema: GraphQLSchema): GraphQLObjectType[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (type) => type !== null && type !== undefined,
  );
}
