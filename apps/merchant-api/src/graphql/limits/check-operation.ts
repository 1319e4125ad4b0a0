import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

import { listTooLong, listValuesMax, refusal } from './document-limits';
import { operationCostMax } from './field-costs';
import { createCostOf, type Variables } from './operation-cost';

/** Why an operation whose document was found good is refused with these variables; else null. */
export type CheckOperation = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
) => GraphQLError | null;

/** An input of ours is three levels deep at most. */
const variableDepthMax = 20;

/**
 * What an operation costs depends on its variables, but most cost too little whatever they are:
 * that is found out once for each document.
 */
export function createCheckOperation(schema: GraphQLSchema): CheckOperation {
  const costOf = createCostOf(schema);
  const alwaysCheap = new WeakMap<OperationDefinitionNode, boolean>();

  const isAlwaysCheap: (document: DocumentNode, operation: OperationDefinitionNode) => boolean = (
    document,
    operation,
  ) => {
    const known = alwaysCheap.get(operation);
    if (known !== undefined) return known;
    const isCheap = costOf(document, operation, null) <= operationCostMax;
    alwaysCheap.set(operation, isCheap);
    return isCheap;
  };

  return (document, operation, variables) => {
    const excess = variablesExcess(variables);
    if (excess !== null) return excess;
    if (isAlwaysCheap(document, operation)) return null;
    const cost = costOf(document, operation, variables);
    return cost <= operationCostMax
      ? null
      : refusal(
          `This operation costs ${cost}; at most ${operationCostMax} is allowed. Ask for smaller pages (first), or for fewer lists within lists.`,
        );
  };
}

/** Walked without recursion: what is nested without end would end the walk otherwise. */
function variablesExcess(variables: Variables): GraphQLError | null {
  let level: unknown[] = [variables];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > variableDepthMax) return refusal('The variables are nested too deep.');
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (Array.isArray(value) && value.length > listValuesMax) return listTooLong();
      for (const part of Object.values(value)) {
        if (typeof part === 'object' && part !== null) next.push(part);
      }
    }
    level = next;
  }
  return null;
}
