import { isRowAtFault } from './row-at-fault';

/** Group commit: each waits for its own, and all that wait are written together. */
export interface Together<Item, Answer> {
  /** Resolves after the commit. */
  add(item: Item): Promise<Answer>;
  /** Takes nothing more in, and waits for what is under way. */
  close(): Promise<void>;
}

export interface TogetherOptions<Item, Answer> {
  /** Writes all of these or none, and answers each, in their order. */
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Items in one writing. */
  readonly batchMax: number;
  /** Items that may wait. */
  readonly queueMax: number;
  /** Writings under way at once. */
  readonly connections: number;
  /** How long this may wait for others; without it nothing waits when a connection is free. */
  readonly lingerMs?: (item: Item) => number;
}

/** While one writing is under way, a further one begins for as many: fewer wait for its end. */
const WORTH_ANOTHER = 16;

/** Nothing more is taken at the moment, or ever. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A free connection takes what is waiting at once, so that one alone waits for nobody, and many
 * share a commit. Only what may linger has a timer.
 */
export function commitTogether<Item, Answer>(
  options: TogetherOptions<Item, Answer>,
): Together<Item, Answer> {
  const { write, batchMax, queueMax, connections, lingerMs = () => 0 } = options;
  const queue: Waiting<Item, Answer>[] = [];
  let underWay = 0;
  let closing: Promise<void> | undefined;
  let whenIdle: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (underWay < connections && queue.length >= (underWay === 0 ? 1 : WORTH_ANOTHER)) {
      const batch = queue.splice(0, batchMax);
      underWay += 1;
      void flush(write, batch).finally(() => {
        underWay -= 1;
        pump();
      });
    }
    if (underWay === 0 && queue.length === 0) whenIdle?.();
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        if (closing !== undefined || queue.length >= queueMax) {
          reject(new TooManyWaiting('Nothing more is taken in at the moment.'));
          return;
        }
        queue.push({ item, resolve, reject });
        const pauseMs = lingerMs(item);
        if (pauseMs === 0 || queue.length >= batchMax) pump();
        else timer ??= setTimeout(pump, pauseMs);
      }),
    // Whoever asks again waits for the same end.
    close: () =>
      (closing ??= new Promise((resolve) => {
        whenIdle = resolve;
        pump();
      })),
  };
}

/** Never rejects: each in the batch hears of its own fate. */
async function flush<Item, Answer>(
  write: TogetherOptions<Item, Answer>['write'],
  batch: readonly Waiting<Item, Answer>[],
): Promise<void> {
  try {
    const answers = await write(batch.map(({ item }) => item));
    batch.forEach(({ resolve }, index) => {
      resolve(answers[index] as Answer);
    });
  } catch (error) {
    if (batch.length === 1 || !isRowAtFault(error)) {
      for (const { reject } of batch) reject(error);
      return;
    }
    // One bad row fails alone.
    for (const waiting of batch) await flush(write, [waiting]);
  }
}
