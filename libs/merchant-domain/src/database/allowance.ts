import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What one operation may ask of the database: until when, and how many rows. Whatever it runs at
 * the end of its time is cancelled at the server.
 */
export interface Allowance {
  readonly signal: AbortSignal;
  rowsLeft: number;
}

/** Nothing more is read for this operation; what it has read so far stands. */
export class AllowanceSpent extends Error {
  override readonly name = 'AllowanceSpent';

  constructor(
    readonly code: 'TIMED_OUT' | 'BAD_USER_INPUT',
    message: string,
  ) {
    super(message);
  }
}

const allowances = new AsyncLocalStorage<Allowance>();

/** Every statement that `work` leads to, many functions away, is within this allowance. */
export function withinAllowance<Result>(allowance: Allowance, work: () => Result): Result {
  return allowances.run(allowance, work);
}

/** A database transaction ends by its own rules: one that is cut could not even be rolled back. */
export function withoutAllowance<Result>(work: () => Result): Result {
  return allowances.exit(work);
}

export function currentAllowance(): Allowance | undefined {
  return allowances.getStore();
}

/** PostgreSQL's word for a statement that was cancelled, by its time-out too. */
const QUERY_CANCELED = '57014';

/** Why an operation was cut short, if that is what an error of the database is about. */
export function allowanceSpentBy(error: unknown): AllowanceSpent | null {
  if (error instanceof AllowanceSpent) return error;
  if (!(error instanceof Error)) return null;
  const cause = (error as { readonly driverError?: unknown }).driverError;
  if (cause instanceof AllowanceSpent) return cause;
  return (error as { readonly code?: unknown }).code === QUERY_CANCELED
    ? new AllowanceSpent('TIMED_OUT', 'The database took too long for this, and was stopped.')
    : null;
}
