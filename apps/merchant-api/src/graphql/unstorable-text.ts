import { isUnstorable } from '@countersign/merchant-domain';

export const unstorable =
  'This text holds a character that no text can be kept with (NUL, or half of a surrogate pair): take it out.';

/** The path of the first text within the arguments that cannot be kept; null when all can. */
export function pathOfUnstorable(value: unknown, path: readonly string[] = []): string[] | null {
  if (typeof value === 'string') return isUnstorable(value) ? [...path] : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, part] of Object.entries(value)) {
    const found = pathOfUnstorable(part, [...path, name]);
    if (found !== null) return found;
  }
  return null;
}
