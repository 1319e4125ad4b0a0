import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What one operation may ask of the database: until when, and how many rows. Whatever it runs at
 * the end of its time is cancelled at the server.
 */
export interface Allowance {
  /** Aborts when it is spent, with the error that says why. */
  readonly signal: AbortSignal;
  rowsLeft: number;
  readonly cut: (why: AllowanceSpent) => void;
  /** False once something has begun that must come to its own end. */
  readonly mayBeCut: () => boolean;
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

/** What asking costs beside what comes: lists may be empty, and hundreds of them still be asked for. */
export const rowsOfStatement = 50;

const allowances = new AsyncLocalStorage<Allowance>();

/** Every statement that `work` leads to, many functions away, is within this allowance. */
export function withinAllowance<Result>(allowance: Allowance, work: () => Result): Result {
  return allowances.run(allowance, work);
}

/** A database transaction ends by its own rules: one that is cut could not even be rolled back. */
export function withoutAllowance<Result>(work: () => Result): Result {
  return allowances.exit(work);
}

/** One statement more, and the rows that came of it. */
export function takeRows(allowance: Allowance, rows: number): void {
  allowance.rowsLeft -= rows + rowsOfStatement;
  if (allowance.rowsLeft >= 0 || allowance.signal.aborted) return;
  allowance.cut(
    new AllowanceSpent(
      'BAD_USER_INPUT',
      'This operation reads too many records. Ask for smaller pages, or for fewer lists within lists.',
    ),
  );
}

export function currentAllowance(): Allowance | undefined {
  return allowances.getStore();
}

/** PostgreSQL's word for a statement that was cancelled, by its time-out too. */
const QUERY_CANCELED = '57014';

/**
 * A read that the server's own time-out has ended is over, and can be asked for again. Of what may have
 * moved money it says nothing: there the error stays what it is.
 */
export function assertInTime({ mayBeCut }: Allowance, error: unknown): void {
  const isCancelled =
    error instanceof Error && (error as { readonly code?: unknown }).code === QUERY_CANCELED;
  if (!isCancelled || !mayBeCut()) return;
  throw new AllowanceSpent('TIMED_OUT', 'The database took too long for this, and was stopped.');
}

/** Why an operation was cut short, if that is what an error of the database is about. */
export function allowanceSpentBy(error: unknown): AllowanceSpent | null {
  if (error instanceof AllowanceSpent) return error;
  if (!(error instanceof Error)) return null;
  const cause = (error as { readonly driverError?: unknown }).driverError;
  return cause instanceof AllowanceSpent ? cause : null;
}
