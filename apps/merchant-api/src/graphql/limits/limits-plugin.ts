import {
  type ApolloServerPlugin,
  type GraphQLRequestContextDidEncounterErrors,
  type GraphQLRequestContextDidResolveOperation,
} from '@apollo/server';
import { type OperationDefinitionNode, OperationTypeNode } from 'graphql';

import { noteErrorsAfterDeeds } from '../after-the-deed';
import { type ApiContext } from '../context';
import { badInput } from '../prepare-operation';
import { type CheckOperation } from './check-operation';

type Resolved = Pick<
  GraphQLRequestContextDidResolveOperation<ApiContext>,
  'document' | 'request' | 'contextValue'
> & {
  /** Not there when the document has no operation of that name, which Apollo refuses itself. */
  readonly operation?: OperationDefinitionNode | undefined;
};

type Failed = Pick<GraphQLRequestContextDidEncounterErrors<ApiContext>, 'operation' | 'errors'>;

/** Over HTTP Apollo reads the document; what the operation may cost is asked in between. */
export function createLimitsPlugin(check: CheckOperation): ApolloServerPlugin<ApiContext> {
  const hooks = {
    validationDidStart: () => Promise.resolve(keepOneOfEach),
    didResolveOperation: ({ document, operation, request, contextValue }: Resolved) => {
      if (operation?.operation === OperationTypeNode.MUTATION) contextValue.allowance.letItEnd();
      const excess =
        operation?.operation === OperationTypeNode.SUBSCRIPTION
          ? badInput(NOT_HERE)
          : operation && check(document, operation, request.variables ?? {});
      return excess ? Promise.reject(excess) : Promise.resolve();
    },
    didEncounterErrors: ({ operation, errors }: Failed) => {
      noteErrorsAfterDeeds(operation?.operation, { errors });
      return Promise.resolve();
    },
  };
  return { requestDidStart: () => Promise.resolve(hooks) };
}

const NOT_HERE =
  'One answer cannot hold a subscription: subscribe over a WebSocket at this address, or by server-sent events at /graphql/stream.';

/** A limit ends the validation by repeating its error; the caller is told once. */
function keepOneOfEach(errors: readonly Error[] = []): Promise<void> {
  const first = errors[0];
  if (first !== undefined && errors[1] === first) (errors as Error[]).splice(1);
  return Promise.resolve();
}
