import { type Action } from '@countersign/merchant-domain';
import { Extensions } from 'type-graphql';

/**
 * What a root field asks of its caller. Every field of Query, Mutation and Subscription declares
 * one; the schema is not built when one does not (guard-root-fields.ts).
 */
export function Access(action: Action): MethodDecorator & PropertyDecorator & ClassDecorator {
  return Extensions({ access: action });
}

/**
 * How a type is kept to the caller's scope.
 * CALLER: its records are loaded only by queries and loaders that take the caller.
 * PARENT: a part of a record that was loaded so, or of a caller's own answer.
 */
export type Scope = 'CALLER' | 'PARENT';

/** Every object type declares its scope; the schema is not built when one does not. */
export function Scoped(scope: Scope): MethodDecorator & PropertyDecorator & ClassDecorator {
  return Extensions({ scope });
}
