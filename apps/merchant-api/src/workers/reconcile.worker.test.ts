import { createTestLog } from '../../test/support/test-log';
import { startReconcileWorker } from './reconcile.worker';

const HOUR_MS = 3_600_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a file server that refuses our password is asked again soon, and then no more often than otherwise', async () => {
  let askedAfterMs: number[] = [];
  const begun = Date.now();
  const refuses = (): Promise<never> => {
    askedAfterMs = [...askedAfterMs, Date.now() - begun];
    return Promise.reject(new Error('All configured authentication methods failed'));
  };
  const books = {} as Parameters<typeof startReconcileWorker>[0]; // it is not come to

  const worker = startReconcileWorker(books, { list: refuses, open: refuses }, createTestLog());
  await jest.advanceTimersByTimeAsync(4 * HOUR_MS);
  await Promise.all([worker.stop(), jest.runAllTimersAsync()]);

  expect(askedAfterMs.filter((ms) => ms < 60_000).length).toBeGreaterThan(3);
  expect(askedAfterMs.filter((ms) => ms >= HOUR_MS).length).toBeLessThanOrEqual(12);
});
