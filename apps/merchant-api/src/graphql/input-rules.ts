import { getMetadataStorage, validateOrReject, type ValidationError } from 'class-validator';
import {
  ArgumentValidationError,
  type MiddlewareFn,
  UseMiddleware,
  type ValidatorFn,
} from 'type-graphql';

import { made } from './made';
import { UserError } from './user-error.type';

/**
 * On every mutation: what class-validator finds becomes `userErrors`, so that wrong input is data
 * like every other expected refusal, and is not echoed as a top-level error.
 */
export function InputRules(): MethodDecorator & PropertyDecorator & ClassDecorator {
  return UseMiddleware(invalidInputBecomesUserErrors);
}

const invalidInputBecomesUserErrors: MiddlewareFn = async (_, next): Promise<unknown> => {
  try {
    return await next();
  } catch (error) {
    if (!(error instanceof ArgumentValidationError)) throw error;
    return refusedInput(toUserErrors(readErrors(error), ['input']));
  }
};

/** The payload of any mutation that did nothing because of its input. */
export function refusedInput(userErrors: readonly UserError[]): object {
  return { replayed: false, accepted: 0, stillRefused: 0, statements: [], userErrors };
}

function readErrors(error: ArgumentValidationError): ValidationError[] {
  return (error.extensions as { validationErrors: ValidationError[] }).validationErrors;
}

function toUserErrors(errors: readonly ValidationError[], path: readonly string[]): UserError[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const field = [...path, property];
    const own = Object.values(constraints ?? {}).map((message) =>
      made(UserError, { code: 'INVALID_INPUT', message, field, alipayCode: null }),
    );
    return [...own, ...toUserErrors(children ?? [], field)];
  });
}

/** Only what has rules is checked: most arguments are numbers and cursors, read on every request. */
export const checkRules: ValidatorFn = async (value: unknown, type): Promise<void> => {
  if (typeof value !== 'object' || value === null || !hasRules(type)) return;
  try {
    await validateOrReject(value, { skipMissingProperties: true, forbidUnknownValues: false });
  } catch (errors) {
    throw new ArgumentValidationError(errors as ValidationError[]);
  }
};

const knownToHaveRules = new WeakMap<NewableFunction, boolean>();

/** Looked up once for each type: the library searches the metadata of all types for it. */
function hasRules(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  const known = knownToHaveRules.get(type);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  knownToHaveRules.set(type, rules.length > 0);
  return rules.length > 0;
}
