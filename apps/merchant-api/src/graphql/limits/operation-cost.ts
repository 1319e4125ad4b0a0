import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

import {
  FIELD_COSTS,
  innerPageSize,
  LIST_SIZES,
  listSizeDefault,
  pageCost,
  pageSizeDefault,
  pageSizeMax,
} from './field-costs';

export type Variables = Readonly<Record<string, unknown>>;

/** What an operation costs at most; without its variables, whatever they may be. */
export type CostOf = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables | null,
) => number;

/** Where the walk stands: a record of this type, or a page of so many. */
interface Place {
  readonly type: GraphQLObjectType;
  readonly pageSize: number;
  readonly isWithinList: boolean;
}

/**
 * Counts the values that an answer may hold, as if every list were full: what stands below a list
 * counts as often as its page may hold entries. What costs more than a value stands in a table.
 * Conditions (`@skip`, `@include`) are not looked at.
 */
export function createCostOf(schema: GraphQLSchema): CostOf {
  return (document, operation, variables) => {
    const root = schema.getRootType(operation.operation);
    if (!root) return 0;
    const walk = createWalk(schema, document, operation, variables);
    return walk(operation.selectionSet, { type: root, pageSize: 1, isWithinList: false });
  };
}

function createWalk(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables | null,
): (selections: SelectionSetNode, place: Place) => number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const valueOf = createReader(operation, variables);
  const known = new Map<string, number>();

  const applies = (condition: string | undefined, type: GraphQLObjectType): boolean => {
    if (condition === undefined || condition === type.name) return true;
    const named = schema.getType(condition);
    return isAbstractType(named) && schema.isSubType(named, type);
  };

  /** Each once for each kind of place, however often and deep fragments are nested. */
  const fragmentCost = (name: string, place: Place): number => {
    const key = `${name} ${place.type.name} ${place.pageSize} ${place.isWithinList}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, 0); // One that holds itself is refused elsewhere.
    const fragment = fragments.get(name);
    const cost =
      fragment !== undefined && applies(fragment.typeCondition.name.value, place.type)
        ? walk(fragment.selectionSet, place)
        : 0;
    known.set(key, cost);
    return cost;
  };

  const walk = ({ selections }: SelectionSetNode, place: Place): number => {
    let cost = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) cost += fieldCost(selection, place);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        cost += fragmentCost(selection.name.value, place);
      } else if (applies(selection.typeCondition?.name.value, place.type)) {
        cost += walk(selection.selectionSet, place);
      }
    }
    return cost;
  };

  const fieldCost = (node: FieldNode, { type, pageSize, isWithinList }: Place): number => {
    const field = type.getFields()[node.name.value];
    if (field === undefined) return 0; // of the schema itself, or not there at all
    const coordinate = `${type.name}.${field.name}`;
    const ownPageSize = pageSizeOf(field, node, { valueOf, isWithinList });
    const own =
      FIELD_COSTS[coordinate] ?? FIELD_COSTS[type.name] ?? (ownPageSize === null ? 1 : pageCost);

    const below = getNamedType(field.type);
    if (node.selectionSet === undefined || !isCompositeType(below)) return own;
    const { selectionSet } = node;
    const isList = isListType(getNullableType(field.type));
    const inside = { pageSize: ownPageSize ?? 1, isWithinList: isWithinList || isList };
    const types = isObjectType(below) ? [below] : schema.getPossibleTypes(below);
    const each = Math.max(0, ...types.map((one) => walk(selectionSet, { type: one, ...inside })));
    if (!isList) return own + each;
    const entries = isOfPage(type, field.name)
      ? pageSize
      : (idsIn(node, valueOf) ?? LIST_SIZES[coordinate] ?? listSizeDefault);
    return own + entries * (1 + each);
  };

  return walk;
}

function isOfPage(type: GraphQLObjectType, name: string): boolean {
  return type.name.endsWith('Connection') && (name === 'nodes' || name === 'edges');
}

/** A value that an argument may have: undefined when it is left out, UNKNOWN when anything may come. */
type ReadValue = (value: ValueNode | undefined) => unknown;
const UNKNOWN = Symbol('unknown');

function createReader(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables | null,
): ReadValue {
  const read: ReadValue = (value) => {
    switch (value?.kind) {
      case Kind.INT:
        return Number(value.value);
      case Kind.LIST:
        return value.values;
      case Kind.VARIABLE: {
        if (variables === null) return UNKNOWN;
        const name = value.name.value;
        if (variables[name] !== undefined) return variables[name];
        const definition = variableDefinitions.find(({ variable }) => variable.name.value === name);
        return read(definition?.defaultValue);
      }
      default:
        return undefined;
    }
  };
  return read;
}

/** How many entries a page of this field holds at most; null for a field without one. */
function pageSizeOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  { valueOf, isWithinList }: { readonly valueOf: ReadValue; readonly isWithinList: boolean },
): number | null {
  const argument = field.args.find(({ name }) => name === 'first');
  if (argument === undefined) return null;
  const asked = (node.arguments ?? [])
    .filter(({ name }) => name.value === 'first' || name.value === 'last')
    .map(({ value }) => valueOf(value) ?? undefined)
    .filter((value) => value !== undefined);
  if (asked.length === 0) {
    if (isWithinList) return innerPageSize;
    return typeof argument.defaultValue === 'number' ? argument.defaultValue : pageSizeDefault;
  }
  return Math.max(...asked.map(withinPage));
}

/** Of what is refused later, because it is no size of a page, the most is assumed. */
function withinPage(size: unknown): number {
  return typeof size === 'number' && size >= 1 && size < pageSizeMax ? size : pageSizeMax;
}

function idsIn(node: FieldNode, valueOf: ReadValue): number | null {
  const ids = node.arguments?.find(({ name }) => name.value === 'ids');
  if (ids === undefined) return null;
  const value = valueOf(ids.value);
  return Array.isArray(value) ? Math.min(value.length, pageSizeMax) : pageSizeMax;
}
