/** How a value went over time, by the straight line that fits it best. */
export interface Flatness {
  readonly mean: number;
  /** How much the line rises from its first to its last point. */
  readonly drift: number;
  /** Three standard errors of that rise: what chance alone may do. */
  readonly noise: number;
  /** It does not rise by more than that; null when there are too few points to say. */
  readonly isFlat: boolean | null;
}

const POINTS_MIN = 6;
const ERRORS = 3;
/** Less than this share of the mean is flat, however little the points scatter. */
const NEGLIGIBLE = 0.05;

/** Of points in equal steps of time. */
export function flatnessOf(values: readonly number[]): Flatness {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const middle = (count - 1) / 2;
  let across = 0;
  let along = 0;
  values.forEach((value, index) => {
    across += (index - middle) * (value - mean);
    along += (index - middle) ** 2;
  });
  const slope = along === 0 ? 0 : across / along;
  const squares = values.reduce(
    (sum, value, index) => sum + (value - mean - slope * (index - middle)) ** 2,
    0,
  );
  const error = count < 3 ? Number.NaN : Math.sqrt(squares / (count - 2) / along);
  const drift = slope * (count - 1);
  const noise = ERRORS * error * (count - 1);
  const isFlat = count < POINTS_MIN ? null : drift <= Math.max(noise, NEGLIGIBLE * Math.abs(mean));
  return { mean, drift, noise, isFlat };
}
