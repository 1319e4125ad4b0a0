import { type DomainLog } from '@countersign/merchant-domain';

export interface Repeated {
  /** Do not wait for the next turn: there is something to do. Losing one costs a pause, no more. */
  readonly nudge: () => void;
  /** Resolves when the running turn has ended; no other begins. */
  readonly stop: () => Promise<void>;
}

export interface RunRepeatedly {
  readonly name: string;
  /** Work until nothing is left to do, or until it is told to stop: what is left is for others. */
  readonly turn: (isStopping: () => boolean) => Promise<void>;
  readonly everyMs: number;
  /** The longest pause after a turn that failed (3 s); the first ones are short. */
  readonly failurePauseMaxMs?: number;
  readonly log: DomainLog;
}

const failurePauseMs = 250;
const usualFailurePauseMaxMs = 3_000;

/**
 * Runs a turn again and again: when nudged, and after a pause anyway. One that fails is told of
 * and tried again with a growing pause, which no nudge shortens.
 */
export function runRepeatedly({
  name,
  turn,
  everyMs,
  failurePauseMaxMs = usualFailurePauseMaxMs,
  log,
}: RunRepeatedly): Repeated {
  let isStopping = false;
  let isNudged = false;
  let failures = 0;
  let wake: (() => void) | undefined;

  const pause = (milliseconds: number, isDisturbable: boolean): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      wake = () => {
        if (isDisturbable || isStopping) end();
      };
    });

  const run = async (): Promise<void> => {
    while (!stopping()) {
      isNudged = false;
      try {
        await turn(stopping);
        if (failures > 0) log.info('background work goes on', { name, failures });
        failures = 0;
      } catch (error) {
        failures += 1;
        log.error('background work failed and is tried again', { name, failures, error });
      }
      if (stopping()) return;
      if (failures > 0)
        await pause(Math.min(failurePauseMs * 2 ** failures, failurePauseMaxMs), false);
      else if (!nudged()) await pause(everyMs, true);
    }
  };
  // Read through functions: both change while a turn is awaited.
  const stopping = (): boolean => isStopping;
  const nudged = (): boolean => isNudged;

  const running = run();
  return {
    nudge: () => {
      isNudged = true;
      wake?.();
    },
    stop: async () => {
      isStopping = true;
      wake?.();
      await running;
    },
  };
}
