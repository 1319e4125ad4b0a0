/** How long to wait before starting again something that ended. */
export interface PausePolicy {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Whoever has run that long begins with the first pause again. */
  readonly steadyAfterMs: number;
}

export const USUAL_PAUSES: PausePolicy = { firstMs: 500, maxMs: 30_000, steadyAfterMs: 60_000 };

export function nextPause(lastMs: number | null, ranForMs: number, policy: PausePolicy): number {
  if (lastMs === null || ranForMs >= policy.steadyAfterMs) return policy.firstMs;
  return Math.min(lastMs * 2, policy.maxMs);
}

export function inWords(ms: number): string {
  return `${ms / 1_000} s`;
}
