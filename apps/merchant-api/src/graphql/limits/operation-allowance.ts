import {
  type Allowance,
  AllowanceSpent,
  type Reading,
  withinAllowance,
  withinReading,
} from '@countersign/merchant-domain';

/** Records that one operation may read, whatever it was reckoned to cost. */
export const operationRowsMax = 20_000;
export const operationTimeoutDefaultMs = 15_000;

/** What one operation may take of the database; the time begins with `run`. */
export interface OperationAllowance {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * For a mutation: what has begun is not cut, because it may have moved money, and is answered by
   * what came of it. Fields that have not begun when the time is up are not begun.
   */
  letItEnd(): void;
  /** Throws when the time is up: before something is begun. */
  beginField(): void;
}

/** `gone` aborts when nobody waits for the answer any more. */
export function createAllowance(timeoutMs: number, gone: AbortSignal): OperationAllowance {
  const controller = new AbortController();
  let mayBeCut = true;
  let isOver = false;
  const allowance: Allowance = {
    signal: controller.signal,
    rowsLeft: operationRowsMax,
    mayBeCut: () => mayBeCut,
    cut: (why) => {
      if (mayBeCut) controller.abort(why);
    },
  };
  // A mutation decides, and shows what it has done: it reads the primary alone.
  const reading: Reading = { mayUseReplica: () => mayBeCut };
  const timeIsUp = (message: string): void => {
    allowance.cut(new AllowanceSpent('TIMED_OUT', message));
  };
  const expire = (): void => {
    isOver = true;
    timeIsUp(
      `This took longer than ${timeoutMs / 1_000} s and was stopped. Ask for less at a time: smaller pages, fewer days.`,
    );
  };
  const leave = (): void => {
    timeIsUp('Nobody waits for this any more: it was stopped.');
  };

  return {
    run: async (work) => {
      const timer = setTimeout(expire, timeoutMs);
      gone.addEventListener('abort', leave);
      if (gone.aborted) leave();
      try {
        return await withinAllowance(allowance, () => withinReading(reading, work));
      } finally {
        clearTimeout(timer);
        gone.removeEventListener('abort', leave);
      }
    },
    letItEnd: () => {
      mayBeCut = false;
    },
    beginField: () => {
      if (!isOver) return;
      throw new AllowanceSpent(
        'TIMED_OUT',
        `What stands before this took longer than ${timeoutMs / 1_000} s: this was not begun. Ask for it again, alone.`,
      );
    },
  };
}
