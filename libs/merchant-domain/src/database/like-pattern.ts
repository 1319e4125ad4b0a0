/** What a person typed, as a pattern that matches texts containing it; % and _ are themselves. */
export function containing(typed: string): string {
  return `%${escapePattern(typed)}%`;
}

export function startingWith(typed: string): string {
  return `${escapePattern(typed)}%`;
}

function escapePattern(typed: string): string {
  return typed.trim().replace(/[\\%_]/g, '\\$&');
}
