import { setTimeout as pause } from 'node:timers/promises';

const patienceMs = 300_000;

/** Waits for a fact; gives up with its name after five minutes. */
export async function untilTrue(
  isTrue: () => boolean | Promise<boolean>,
  {
    fact,
    lookEveryMs,
    signal,
  }: { readonly fact: string; readonly lookEveryMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  while (!(await isTrue())) {
    signal.throwIfAborted();
    if (performance.now() > endsAt) throw new Error(`Not within ${patienceMs} ms: ${fact}.`);
    await pause(lookEveryMs);
  }
}
