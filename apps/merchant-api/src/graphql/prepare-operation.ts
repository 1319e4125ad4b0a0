import {
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
} from 'graphql';

import { type CheckOperation } from './limits/check-operation';
import { documentErrorsMax, documentExcesses, documentTokensMax } from './limits/document-limits';

/** An operation as a client sends it over a connection that lasts. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export type PreparedOperation = Pick<
  ExecutionArgs,
  'schema' | 'document' | 'operationName' | 'variableValues'
> & { readonly type: 'query' | 'mutation' | 'subscription' };

export type PrepareOperation = (
  request: OperationRequest,
) => PreparedOperation | readonly GraphQLError[];

const documentsKept = 500;
const keptDocumentCharactersMax = 20_000;

/**
 * Parses and checks an operation by the same rules as over plain HTTP. After an outage thousands
 * of clients come back with the same few documents, so what was found good is remembered.
 */
export function createPrepareOperation(
  schema: GraphQLSchema,
  check: CheckOperation,
): PrepareOperation {
  const known = new Map<string, DocumentNode>();

  const read = (query: string): DocumentNode | readonly GraphQLError[] => {
    const remembered = known.get(query);
    if (remembered !== undefined) return remembered;
    const document = parse(query, { maxLexicalTokens: documentTokensMax });
    const excesses = documentExcesses(document);
    if (excesses.length > 0) return excesses;
    const errors = validate(schema, document, undefined, {
      maxErrors: documentErrorsMax,
      hideSuggestions: true,
    });
    if (errors.length > 0) return errors;
    if (query.length <= keptDocumentCharactersMax) {
      const [oldest] = known.keys();
      if (oldest !== undefined && known.size >= documentsKept) known.delete(oldest);
      known.set(query, document);
    }
    return document;
  };

  return ({ query, operationName, variables }) => {
    try {
      const document = read(query);
      if (!('kind' in document)) return document;
      const operation = getOperationAST(document, operationName);
      if (!operation) return [badInput('There is no such operation in the document.')];
      const excess = check(document, operation, variables ?? {});
      if (excess !== null) return [excess];
      return {
        schema,
        document,
        type: operation.operation,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
      };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      if (error instanceof RangeError) return [badInput('The document is nested too deep.')];
      throw error;
    }
  };
}

export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
