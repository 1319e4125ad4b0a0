import { type ExecutionResult } from 'graphql';

import { type FormatError } from './format-error';

/** A result as it leaves, in bytes. */
export type PayloadOf = (result: ExecutionResult) => Buffer;

/**
 * Subscribers who are told the same are told it in the same bytes: what was worked out once
 * (subscribe-together.ts) is also written once, and only wrapped for each.
 */
export function createSharedPayloads(formatError: FormatError): PayloadOf {
  const payloads = new WeakMap<ExecutionResult, Buffer>();
  return (result) => {
    const known = payloads.get(result);
    if (known !== undefined) return known;
    const { data, errors } = result;
    const payload = Buffer.from(
      JSON.stringify(
        errors === undefined
          ? { data }
          : {
              data: data ?? null,
              errors: errors.map((error) => formatError(error.toJSON(), error)),
            },
      ),
    );
    payloads.set(result, payload);
    return payload;
  };
}
