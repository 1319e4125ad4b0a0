/** Something a person has to set right: the message says what, and a stack trace would not help. */
export class CommandStopped extends Error {
  override readonly name = 'CommandStopped';
}

/** What went wrong, also where many things did at once. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  return String(isError ? error.message : error);
}
