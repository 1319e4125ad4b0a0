import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** A page shows each record twice, and a picture is costly and says nothing more. */
const LEFT_OUT = ['edges', 'pageInfo', 'image'];

/**
 * Every field that can be asked for below a type, down to a depth. A field that is added to the
 * schema is asked for from then on.
 */
export function everythingOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (isAbstractType(type)) {
    const parts = schema
      .getPossibleTypes(type)
      .map((one) => `... on ${one.name} { ${fieldsOf(schema, one, depth, `${one.name}_`)} }`);
    return `{ __typename ${parts.join(' ')} }`;
  }
  return isObjectType(type) ? `{ __typename ${fieldsOf(schema, type, depth)} }` : '';
}

/** Fields of one name and of several types are told apart by an alias. */
function fieldsOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  depth: number,
  alias = '',
): string {
  return Object.values(type.getFields())
    .filter(({ name, args }) => !LEFT_OUT.includes(name) && !args.some(isRequiredArgument))
    .flatMap((field) => {
      const below = getNamedType(field.type);
      const isTooDeep = isCompositeType(below) && depth === 0;
      return isTooDeep ? [] : [`${named(field, alias)} ${everythingOf(schema, below, depth - 1)}`];
    })
    .join(' ');
}

function named({ name }: GraphQLField<unknown, unknown>, alias: string): string {
  return alias === '' ? name : `${alias}${name}: ${name}`;
}
