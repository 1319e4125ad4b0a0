import type { Gate } from './interleave-gate';

/** One step that was let go, and whether it had to wait for a lock of another session. */
export interface Turn {
  readonly session: string;
  readonly step: string;
  readonly waits: boolean;
}

/** A place where more than one session could have gone on. */
export interface Choice {
  readonly open: readonly string[];
  /** Who went last, when it could go on: to choose another is to interrupt it. */
  readonly current: string | undefined;
  /** Nobody can notice the last step: to interrupt here is to interrupt before it. */
  readonly isQuiet: boolean;
  readonly taken: string;
}

export interface Run {
  readonly turns: readonly Turn[];
  readonly choices: readonly Choice[];
  readonly results: Readonly<Record<string, PromiseSettledResult<unknown>>>;
  /** How often every session waited for another, until PostgreSQL ended one of them. */
  readonly deadlocks: number;
}

export type Choose = (
  choice: Omit<Choice, 'taken'>,
  next: (session: string) => string,
  index: number,
) => string;

export interface Interleaving {
  readonly gates: Readonly<Record<string, Gate>>;
  readonly deeds: Readonly<Record<string, () => Promise<unknown>>>;
  readonly choose: Choose;
  /** How many sessions the server holds back because of a lock, asked on a line of its own. */
  readonly countWaiting: () => Promise<number>;
}

/**
 * Runs several sessions step by step in a chosen order, as PostgreSQL's isolation tester does. A
 * step is one statement, or one call to the gateway. A session that has to wait for a lock is out
 * of the choice until it has it.
 */
export async function interleave({
  gates,
  deeds,
  choose,
  countWaiting,
}: Interleaving): Promise<Run> {
  const names = Object.keys(deeds);
  const gateOf = (name: string): Gate => {
    const gate = gates[name];
    if (gate === undefined) throw new Error(`there is no session ${name}`);
    return gate;
  };
  const turns: Turn[] = [];
  const choices: Choice[] = [];
  const results: Record<string, PromiseSettledResult<unknown>> = {};
  const changes = createChanges();
  let deadlocks = 0;

  for (const name of names) gateOf(name).close(changes.note);
  const work = names.map(async (name) => {
    const [result] = await Promise.allSettled([begin(gateOf(name), deeds[name])]);
    results[name] = result;
    changes.note();
  });

  let current: string | undefined;
  let isQuiet = false;
  const atServer = new Map<string, string>();
  await quiescence();
  for (;;) {
    const open = names.filter((name) => gateOf(name).held().length > 0);
    if (open.length === 0) {
      if (Object.keys(results).length === names.length) break;
      deadlocks += 1;
      await changes.next(changes.count());
      await quiescence();
      continue;
    }
    const last = current !== undefined && open.includes(current) ? current : undefined;
    const name = decide(open, last);
    const step = gateOf(name).release();
    atServer.set(name, step);
    current = name;
    isQuiet = UNNOTICED.test(step);
    await quiescence();
    turns.push({ session: name, step, waits: gateOf(name).underWay() > 0 });
  }
  for (const name of names) gateOf(name).open();
  await Promise.all(work);
  return { turns, choices, results, deadlocks };

  function decide(open: readonly string[], last: string | undefined): string {
    const [only] = open;
    if (open.length === 1 && only !== undefined) return only;
    const choice = { open, current: last, isQuiet: isQuiet && last !== undefined };
    const taken = choose(choice, (name) => gateOf(name).held()[0] ?? '', choices.length);
    choices.push({ ...choice, taken });
    return taken;
  }

  /** Until each session is held, has ended, or waits for a lock, as the server itself says. */
  async function quiescence(): Promise<void> {
    for (;;) {
      const seen = changes.count();
      const running = names.filter(
        (name) =>
          results[name] === undefined &&
          gateOf(name).held().length === 0 &&
          (gateOf(name).underWay() === 0 || !canWait(atServer.get(name) ?? '')),
      );
      const underWay = names.reduce((sum, name) => sum + gateOf(name).underWay(), 0);
      if (running.length > 0) await changes.next(seen);
      else if (underWay === 0) return;
      else if ((await countWaiting()) === underWay && changes.count() === seen) return;
    }
  }
}

async function begin(gate: Gate, deed: (() => Promise<unknown>) | undefined): Promise<unknown> {
  await gate.arrive(BEGIN);
  gate.leave();
  return deed?.();
}

const BEGIN = 'begin';
const UNNOTICED =
  /^(?:begin$|start transaction|select pg_notify|select .* from "(?:stores|merchants|restorations)")/i;

const LOCKING = /^(?:update|insert|delete|with)\b|\bfor (?:no key )?update\b|advisory/i;

/** Whether the server may hold it back; of all others the answer comes by itself. */
function canWait(step: string): boolean {
  return LOCKING.test(step);
}

const SILENCE_MS = 20_000;

interface Changes {
  readonly note: () => void;
  readonly count: () => number;
  /** Resolves when more were noted than these; throws when nothing happens any more. */
  readonly next: (seen: number) => Promise<void>;
}

function createChanges(): Changes {
  let count = 0;
  let wake: (() => void) | undefined;
  return {
    note: () => {
      count += 1;
      wake?.();
    },
    count: () => count,
    next: async (seen) => {
      if (count > seen) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        timer = setTimeout(() => {
          reject(new Error(`no session has moved for ${SILENCE_MS} ms`));
        }, SILENCE_MS);
      });
      clearTimeout(timer);
    },
  };
}
