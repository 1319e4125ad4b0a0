import {
  type PageRequest,
  placeOfCursor,
  readCursor,
  readPageSize,
} from '@countersign/merchant-domain';
import {
  getArgumentValues,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

import { readImageSize } from '../rendering/qr-image';

/**
 * Refuses what a mutation is asked to show of its record before anything is done: found out afterwards, the
 * error would read as if the request had been refused, and money could be given back again under another key.
 */
export function checkShown(info: GraphQLResolveInfo): void {
  const { schema, fragments, variableValues } = info;

  const walk = (type: GraphQLNamedType, { selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const isWithFields = isObjectType(type) || isInterfaceType(type);
        const field = isWithFields ? type.getFields()[selection.name.value] : undefined;
        if (field === undefined) continue; // of the schema itself
        if (field.args.length > 0) {
          check(field, getArgumentValues(field, selection, variableValues));
        }
        if (selection.selectionSet) walk(getNamedType(field.type), selection.selectionSet);
        continue;
      }
      const part =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
      const condition = part?.typeCondition?.name.value;
      if (part)
        walk(
          (condition === undefined ? undefined : schema.getType(condition)) ?? type,
          part.selectionSet,
        );
    }
  };

  // All mutations of the document: the second one's refusal must not hide what the first has done.
  walk(info.parentType, info.operation.selectionSet);
}

/** As the resolvers of these fields do. */
function check(
  { name, args }: Pick<GraphQLField<unknown, unknown>, 'name' | 'args'>,
  given: PageRequest & { readonly size?: number | null },
): void {
  const has = (argument: string): boolean => args.some((arg) => arg.name === argument);
  if (name === 'image') readImageSize(given.size);
  if (!has('first')) return;
  readPageSize(given);
  if (has('last')) {
    readCursor(given.after);
    readCursor(given.before);
  } else if (given.after != null) {
    placeOfCursor(given.after);
  }
}
