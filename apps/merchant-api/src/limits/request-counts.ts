import { type Clock, type DomainLog, type RateCount } from '@countersign/merchant-domain';

/** Who has asked how often in this minute, over all processes. */
export interface RequestCounts {
  /** Counts one more, or says for how many milliseconds nothing more is taken. */
  take(key: string, limit: number): number | null;
  /** For how many milliseconds nothing more is taken; null while there is room. */
  fullFor(key: string, limit: number): number | null;
  close(): Promise<void>;
}

export interface RequestCountsParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: DomainLog;
  /** Adds to what all processes have counted, and says what it has come to. */
  readonly share: (
    window: Date,
    counts: readonly RateCount[],
  ) => Promise<ReadonlyMap<string, number>>;
  readonly forget: (before: Date) => Promise<void>;
}

interface Count {
  /** Of all processes, as far as we were told; our own share of it is in there. */
  shared: number;
  /** Ours, which nobody else knows of yet. */
  untold: number;
  limit: number;
}

export const windowMs = 60_000;
const tellEveryMs = 1_000;
/** Who has used less than this part of a limit is not worth a row. */
const worthTelling = 1 / 20;
const keysMax = 20_000;

/**
 * Counted here, and told to the other processes once a second (docs/decisions/0007): a request waits
 * for no database, and a database that is away or slow locks nobody out. Until it is back each process
 * counts for itself.
 */
export function createRequestCounts(parts: RequestCountsParts): RequestCounts {
  const { clock, log, share, forget } = parts;
  let window = windowOf(clock.now());
  let counts = new Map<string, Count>();
  let telling: Promise<void> | undefined;
  let isAlone = false;

  const turn = (now: Date): void => {
    if (windowOf(now) === window) return;
    window = windowOf(now);
    counts = new Map();
  };
  const fullFor = (key: string, limit: number): number | null => {
    const now = clock.now();
    turn(now);
    const count = counts.get(key);
    if (count === undefined || count.shared + count.untold < limit) return null;
    return (window + 1) * windowMs - now.getTime();
  };

  /** What is not taken is told again with the next round; the minute may be another by then. */
  const tell = async (): Promise<void> => {
    turn(clock.now());
    const of = { window, counts };
    const told = [...of.counts].filter(
      ([, { shared, untold, limit }]) => untold > 0 && shared + untold >= limit * worthTelling,
    );
    if (told.length === 0) return;
    const rates = told.map(([key, { untold }]) => ({ key, used: untold }));
    const totals = await share(new Date(of.window * windowMs), rates);
    for (const [index, [key, count]] of told.entries()) {
      count.untold -= rates[index]?.used ?? 0;
      count.shared = Math.max(count.shared, totals.get(key) ?? 0);
    }
    await forget(new Date((of.window - 1) * windowMs));
  };
  const timer = setInterval(() => {
    telling ??= tell()
      .then(
        () => {
          if (isAlone) log.info('requests are counted together with the other processes again');
          isAlone = false;
        },
        (error: unknown) => {
          if (!isAlone) log.warn('requests are counted by this process alone', { error });
          isAlone = true;
        },
      )
      .finally(() => {
        telling = undefined;
      });
  }, tellEveryMs);

  return {
    fullFor,
    take: (key, limit) => {
      const full = fullFor(key, limit);
      if (full !== null) return full;
      const count = counts.get(key);
      if (count !== undefined) {
        count.untold += 1;
        count.limit = limit;
      } else if (counts.size < keysMax) counts.set(key, { shared: 0, untold: 1, limit });
      return null;
    },
    close: async () => {
      clearInterval(timer);
      await telling;
    },
  };
}

function windowOf(now: Date): number {
  return Math.floor(now.getTime() / windowMs);
}
