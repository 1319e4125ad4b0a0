import { type DomainLog } from '@countersign/merchant-domain';

export interface Shutdown {
  /** Aborts when what is still under way is cut off. */
  readonly deadline: AbortSignal;
  isRunning(): boolean;
  /** What was opened last is closed first. */
  push(name: string, close: () => Promise<unknown>): void;
  run(): Promise<void>;
}

/** After the deadline each step gets this long to let go. */
const lastGraceMs = 2_000;

/** Closes what was opened, in the reverse order, all of it under one deadline. */
export function createShutdown(timeoutMs: number, log: DomainLog): Shutdown {
  const deadline = new AbortController();
  const steps: { readonly name: string; readonly close: () => Promise<unknown> }[] = [];
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    const timer = setTimeout(() => {
      log.warn('not everything ended in time: the rest is cut off', { timeoutMs });
      deadline.abort();
    }, timeoutMs);
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await within(step.close(), deadline.signal);
      } catch (error) {
        log.error('something did not close cleanly', { step: step.name, error });
      }
    }
    clearTimeout(timer);
  };

  return {
    deadline: deadline.signal,
    isRunning: () => running !== undefined,
    push: (name, close) => {
      steps.push({ name, close });
    },
    run: () => (running ??= run()),
  };
}

async function within(closing: Promise<unknown>, deadline: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const cutOff = new Promise<void>((resolve) => {
    const giveUp = (): void => {
      timer = setTimeout(resolve, lastGraceMs);
    };
    if (deadline.aborted) giveUp();
    else deadline.addEventListener('abort', giveUp, { once: true });
  });
  await Promise.race([closing, cutOff]);
  clearTimeout(timer);
}
