import {
  type GraphQLResolveInfo,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

import { type ApiContext } from '../context';

const CURSOR = 'latestEventCursor';

const knownOperations = new WeakMap<OperationDefinitionNode, boolean>();

/**
 * What a query waits for before any field of it is begun. A client may ask for a list and for the cursor of its stream
 * in one document, whose fields are read at the same time: a payment that is made after the list was read and
 * before the cursor was would be in neither the list nor the stream. Undefined where nobody asks for the cursor.
 */
export function cursorFirst(
  { latestCursor }: Pick<ApiContext, 'latestCursor'>,
  info: Pick<GraphQLResolveInfo, 'operation' | 'fragments'>,
): Promise<unknown> | undefined {
  const asks = knownOperations.get(info.operation) ?? asksIn(info.operation.selectionSet, info);
  knownOperations.set(info.operation, asks);
  return asks ? latestCursor() : undefined;
}

function asksIn(
  { selections }: SelectionSetNode,
  info: Pick<GraphQLResolveInfo, 'fragments'>,
): boolean {
  return selections.some((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return selection.name.value === CURSOR;
      case Kind.INLINE_FRAGMENT:
        return asksIn(selection.selectionSet, info);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = info.fragments[selection.name.value];
        return fragment !== undefined && asksIn(fragment.selectionSet, info);
      }
    }
  });
}
