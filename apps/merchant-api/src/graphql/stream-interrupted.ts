import { unwrapResolverError } from '@apollo/server/errors';
import { isRowAtFault } from '@countersign/merchant-domain';
import { type GraphQLError } from 'graphql';

/**
 * What a stream stands on failed, not what was asked: the database is away, or everybody wants it. A
 * client that comes back with the last cursor it saw misses nothing, so it is sent away to do that. An
 * error within the stream would be told instead of the event, and be passed over.
 */
export class StreamInterrupted extends Error {
  override readonly name = 'StreamInterrupted';
}

/** The interruption that an error speaks of; undefined where asking again would give the same. */
export function interruptionBy(error: unknown): StreamInterrupted | undefined {
  const cause = unwrapResolverError(error);
  return isRowAtFault(cause)
    ? undefined
    : new StreamInterrupted('a stream was interrupted', { cause });
}

export function interruptionIn(
  errors: readonly GraphQLError[] = [],
): StreamInterrupted | undefined {
  for (const error of errors) {
    const interruption = interruptionBy(error);
    if (interruption !== undefined) return interruption;
  }
  return undefined;
}
