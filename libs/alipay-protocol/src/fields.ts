import { malformed, shown } from './errors';

/** Names and values of one message, as text. An empty value counts as not given (PROTOCOL.md §2). */
export type Fields = Record<string, string>;

/** The value of a field that must be there; its absence makes the message malformed. */
export function required(fields: Readonly<Fields>, name: string): string {
  const value = optional(fields, name);
  if (value === undefined) throw malformed(`the field ${shown(name)} is missing`, name);
  return value;
}

/** The value of a field, or undefined where it is absent or empty. */
export function optional(fields: Readonly<Fields>, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return value === '' ? undefined : value;
}

const fieldsMax = 1000;

/** The fields that a message lists. A name that stands twice is refused: which one was signed? */
export function collectFields(entries: readonly (readonly [string, string])[]): Fields {
  if (entries.length > fieldsMax) throw malformed(`more than ${fieldsMax} fields`);
  for (const [name] of entries) assertName(name);
  // Not by assignment: a field called __proto__ would vanish.
  const fields: Fields = Object.fromEntries(entries);
  if (Object.keys(fields).length !== entries.length) throw repeated(entries);
  return fields;
}

/** A name with `=` or `&` would let one signature fit two messages (PROTOCOL.md §3.1). */
export function assertName(name: string): void {
  if (name === '' || name.includes('=') || name.includes('&')) {
    throw malformed(`${shown(name)} is no name of a field`, name);
  }
}

function repeated(entries: readonly (readonly [string, string])[]): Error {
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index) ?? '';
  return malformed(`the field ${shown(twice)} stands twice`, twice);
}
