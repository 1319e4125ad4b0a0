/** Too much of something that is good in itself: it is right again later. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  /** Whole seconds, as `Retry-After` counts. */
  readonly retryAfterSeconds: number;

  constructor(what: string, retryAfterMs: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
    super(`${what}: try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`);
    this.retryAfterSeconds = seconds;
  }
}
