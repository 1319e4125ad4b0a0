import { type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql';

const afterTheDeed = new WeakSet<GraphQLError>();

/**
 * What goes wrong below a field of a mutation goes wrong when that mutation has been done: it is about
 * the answer, whatever it says. Each way in calls this before its errors are formatted.
 */
export function noteErrorsAfterDeeds(
  operation: `${OperationTypeNode}` | undefined,
  { errors = [] }: Pick<ExecutionResult, 'errors'>,
): void {
  if (operation !== OperationTypeNode.MUTATION) return;
  for (const error of errors) {
    if (error.path !== undefined && error.path.length > 1) afterTheDeed.add(error);
  }
}

export function cameAfterDeed(error: unknown): boolean {
  return afterTheDeed.has(error as GraphQLError);
}
