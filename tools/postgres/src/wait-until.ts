import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 20;

/** Asks until the answer is yes, or the time is up; says which. */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (await isSo()) return true;
    if (Date.now() >= deadline) return false;
    await pause(STEP_MS);
  }
}
