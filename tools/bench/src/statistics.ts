/** The value that a share of all stay below; `sorted` begins with the smallest. */
export function percentile(sorted: readonly number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1);
  return sorted[Math.max(0, index)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = inOrder(values);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** From the smallest to the largest, as a share of the median: how far rounds lie apart. */
export function spread(values: readonly number[]): number {
  const apart = Math.max(...values) - Math.min(...values);
  const middle = median(values);
  // Where next to nothing is measured, a share of it says nothing.
  return middle === 0 ? 0 : apart / middle;
}

export function inOrder(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
