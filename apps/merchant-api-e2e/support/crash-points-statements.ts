import type { Statement, StatementProxy } from '@countersign/postgres';

/** A statement of a flow, and which of its kind; the same in every run. */
export interface Step {
  readonly statement: string;
  readonly occurrence: number;
}

export interface CrashPoint extends Step {
  readonly moment: 'before' | 'after';
  /** Others cannot go on as long as the flow stands here: it holds what they all need. */
  readonly isBlocking: boolean;
}

export interface StatementWatch {
  /** Counts anew. At the point, if one is given, the deed is waited for; once. */
  begin(point?: CrashPoint, deed?: () => Promise<void>): void;
  /** What has passed since `begin`. */
  steps(): readonly Step[];
}

/**
 * Knows a statement by its text, a COMMIT by what it commits, and counts equal ones: background work
 * that passes in between moves no count but its own.
 */
export function watchStatements(proxy: StatementProxy): StatementWatch {
  const name = createNamer();
  const underWay = new Map<number, Step>();
  let counts = new Map<string, number>();
  let steps: Step[] = []; // a new array at each beginning, so that no earlier step is taken for one
  let strike: { readonly point: CrashPoint; readonly deed: () => Promise<void> } | undefined;

  const count = (statement: string): Step => {
    const occurrence = (counts.get(statement) ?? 0) + 1;
    counts.set(statement, occurrence);
    return { statement, occurrence };
  };
  proxy.watch(async (statement, moment) => {
    const step = underWay.get(statement.index) ?? count(name(statement));
    if (moment === 'before') {
      underWay.set(statement.index, step);
      steps.push(step);
    } else underWay.delete(statement.index);
    if (!steps.includes(step)) return;
    if (strike?.point.moment !== moment || keyOf(step) !== keyOf(strike.point)) return;
    const { deed } = strike;
    strike = undefined;
    await deed();
  });
  return {
    begin: (point, deed) => {
      counts = new Map();
      steps = [];
      strike = point && deed && { point, deed };
    },
    steps: () => [...steps],
  };
}

const EVENT_LOCK = 'pg_advisory_xact_lock';
const END = /^(commit|rollback)/i;

/** Written together, one statement at a time: whoever comes meanwhile waits for its end. */
const TOGETHER = /insert into (notifications|gateway_calls)/i;

/** Both sides of every step. */
export function pointsOf(steps: readonly Step[]): CrashPoint[] {
  let hasLock = false;
  return steps.flatMap((step) => {
    const isTogether = TOGETHER.test(step.statement);
    const before = { ...step, moment: 'before' as const, isBlocking: hasLock || isTogether };
    if (step.statement.includes(EVENT_LOCK) && !END.test(step.statement)) hasLock = true;
    if (END.test(step.statement)) hasLock = false;
    return [before, { ...step, moment: 'after' as const, isBlocking: hasLock || isTogether }];
  });
}

export function keyOf({ statement, occurrence }: Step): string {
  return `${statement} #${occurrence}`;
}

function createNamer(): (statement: Statement) => string {
  const open = new Map<number, string[]>();
  return ({ connection, text }) => {
    const squeezed = text.replace(/\s+/g, ' ').trim();
    if (/^(start transaction|begin)/i.test(squeezed)) {
      open.set(connection, []);
      return squeezed;
    }
    const content = open.get(connection);
    if (content === undefined) return squeezed;
    if (!END.test(squeezed)) {
      content.push(squeezed);
      return squeezed;
    }
    open.delete(connection);
    return `${squeezed} of: ${content.join(' ; ')}`;
  };
}
