import { type Change, CriticalityLevel, diff, DiffRule } from '@graphql-inspector/core';
import { buildSchema, Kind, parse, visit } from 'graphql';

/** Deprecations that do not say what to use instead, and since when not to. */
export function vagueDeprecations(schema: string): string[] {
  const vague: string[] = [];
  visit(parse(schema), {
    Directive: ({ name, arguments: args }, _key, _parent, _path, ancestors) => {
      if (name.value !== 'deprecated') return;
      const reason = args?.find((argument) => argument.name.value === 'reason')?.value;
      const text = reason?.kind === Kind.STRING ? reason.value : '';
      const owner = ancestors.at(-1);
      const on = owner !== undefined && 'name' in owner ? owner.name : undefined;
      if (!/\S.* Since \d{4}-\d{2}-\d{2}\.$/.test(text)) vague.push(`${on?.value ?? '?'}: ${text}`);
    },
  });
  return vague;
}

/** Called dangerous only, and yet what a caller leaves out would come to mean something else. */
const AS_BAD_AS_BREAKING = new Set<unknown>([
  'FIELD_ARGUMENT_DEFAULT_CHANGED',
  'INPUT_FIELD_DEFAULT_VALUE_CHANGED',
]);

/**
 * What a client of the last release would stumble over, a sentence each. What was deprecated in
 * that release may go; what is new, or only worded otherwise, harms nobody.
 */
export async function breakingChanges(released: string, now: string): Promise<string[]> {
  const changes = await diff(buildSchema(released), buildSchema(now), [
    DiffRule.suppressRemovalOfDeprecatedField,
  ]);
  return changes.filter(isBreaking).map(({ message, path }) => `${path ?? 'schema'}: ${message}`);
}

function isBreaking({ criticality, type }: Change): boolean {
  return criticality.level === CriticalityLevel.Breaking || AS_BAD_AS_BREAKING.has(type);
}

export const HOW_TO_CHANGE = `Clients of the last release (schema.released.graphql) would break. Instead:
- put what is new beside what is there, and keep the old working;
- mark the old with deprecationReason: 'What to use instead. Since YYYY-MM-DD.' and release it so;
- take it away in a later release: what was deprecated in the last one may go.
A new input field or argument has to be optional. A release takes the schema over:
cp apps/merchant-api/schema.graphql apps/merchant-api/schema.released.graphql`;
