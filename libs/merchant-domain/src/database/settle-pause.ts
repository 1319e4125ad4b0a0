const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * How long what is pending waits after its n-th call before Alipay is asked again: within 5 s at
 * first, then doubling. The pause is capped, never the asking (decision 7).
 */
export function settlePauseMs(attempts: number, longestMs = LONGEST_PAUSE_MS): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.max(attempts - 1, 0), longestMs);
}
