/** What a person or the system asks of us while we run. */
export interface StopSignals {
  /** Aborted at the first signal. */
  readonly asked: AbortSignal;
  /** Aborted at the second: do not wait for anything. */
  readonly forced: AbortSignal;
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// npm passes on a Ctrl-C that the terminal has sent to us as well: both are one request.
const SAME_REQUEST_MS = 500;

export function listenForStop(): StopSignals {
  const asked = new AbortController();
  const forced = new AbortController();
  let askedAt = 0;
  const onSignal = (): void => {
    if (!asked.signal.aborted) {
      askedAt = Date.now();
      asked.abort();
    } else if (Date.now() - askedAt > SAME_REQUEST_MS) {
      forced.abort();
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    asked: asked.signal,
    forced: forced.signal,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
