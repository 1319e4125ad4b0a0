import { unwrapResolverError } from '@apollo/server/errors';
import {
  allowanceSpentBy,
  BadUserInput,
  type DomainLog,
  Forbidden,
} from '@countersign/merchant-domain';
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';

import { cameAfterDeed } from './after-the-deed';

/** Top-level codes that clients may rely on; every other error is ours, and is masked. */
const PUBLIC_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'TIMED_OUT',
  'PERSISTED_QUERY_NOT_FOUND',
  'CURSOR_EXPIRED',
];

/** Apollo's finer words for what is a mistake in the document or in the request. */
const MISTAKES_OF_THE_CALLER = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_REQUEST',
];

export type FormatError = (
  formatted: GraphQLFormattedError,
  error: unknown,
) => GraphQLFormattedError;

/**
 * The one door out for errors. What a caller did is said with its code; what we did is logged
 * under an id, and the id is all that leaves.
 */
export function createErrorFormatter({
  log,
  newId,
}: {
  readonly log: DomainLog;
  readonly newId: () => string;
}): FormatError {
  return (formatted, error) => {
    const spent = allowanceSpentBy(unwrapResolverError(error));
    if (spent !== null) {
      log.warn('an operation was cut short', {
        path: formatted.path?.join('.'),
        reason: spent.message,
      });
      return { ...formatted, message: spent.message, extensions: { code: spent.code } };
    }
    const code = publicCodeOf(error, formatted);
    if (code !== undefined && cameAfterDeed(error)) {
      const message = `A part of this answer cannot be given: ${withoutHints(formatted.message)} That undoes nothing of what was done before it: ask how it stands now, or for the same again.`;
      return { ...formatted, message, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    }
    if (code !== undefined) {
      return { ...formatted, message: withoutHints(formatted.message), extensions: { code } };
    }

    const errorId = newId();
    log.error('an operation failed unexpectedly', {
      errorId,
      path: formatted.path?.join('.'),
      error: unwrapResolverError(error),
    });
    return {
      ...formatted,
      message: `Something went wrong on our side. Try again; if it stays so, ask for help with the number ${errorId}.`,
      extensions: { code: 'INTERNAL_SERVER_ERROR', errorId },
    };
  };
}

/** What graphql-js guesses that was meant, out of the schema: "Did you mean …?" ends its messages. */
function withoutHints(message: string): string {
  return message.replace(/ ?Did you mean [^?]+\?$/, '');
}

function publicCodeOf(error: unknown, formatted: GraphQLFormattedError): string | undefined {
  const thrown = unwrapResolverError(error);
  if (thrown instanceof Forbidden) return 'FORBIDDEN';
  if (thrown instanceof BadUserInput) return 'BAD_USER_INPUT';
  if (!(thrown instanceof GraphQLError)) return undefined;

  const code: unknown = formatted.extensions?.['code'] ?? thrown.extensions['code'];
  if (isOneOf(PUBLIC_CODES, code)) return code;
  if (isOneOf(MISTAKES_OF_THE_CALLER, code)) return 'BAD_USER_INPUT';
  // Outside Apollo an error about the document or its variables carries no code. One that has come to a
  // field is found when something may have been done already.
  return code === undefined && formatted.path === undefined && isAboutTheRequest(thrown)
    ? 'BAD_USER_INPUT'
    : undefined;
}

/** It has no cause, or is about the value of a variable, and then its cause says what is wrong. */
function isAboutTheRequest({ originalError, nodes }: GraphQLError): boolean {
  return !originalError || nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
}

function isOneOf(codes: readonly string[], code: unknown): code is string {
  return codes.some((one) => one === code);
}
