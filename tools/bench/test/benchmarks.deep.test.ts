import { runBench } from './run-bench';

/** Smallest sizes: that they start and come to an end, not what they measure. */
const SIZES = ['--transactions', '1000', '--stores', '20', '--rounds', '1', '--json'];

async function resultOf(...args: string[]): Promise<Record<string, unknown>> {
  const lines = (await runBench(...args)).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
}

test('pages are read at two sizes', async () => {
  const { sizes, pages } = await resultOf('pages', ...SIZES);

  expect(sizes).toEqual([10, 1_000]);
  expect((pages as { at: { buffers: number }[] }[])[0]?.at[1]?.buffers).toBeGreaterThan(0);
});

test('totals and reports are summed', async () => {
  const { sizes, sums } = await resultOf('reports', ...SIZES);

  expect(sizes).toEqual([1_000]);
  expect((sums as { at: { rounds: number }[] }[]).map(({ at }) => at[0]?.rounds)).toEqual(
    Array.from({ length: 15 }, () => 1),
  );
});

test('a list and a mutation are answered beside a stock server', async () => {
  const sizes = ['--transactions', '1000', '--rounds', '1', '--seconds', '0', '--connections', '2'];
  const { operations } = await resultOf('operations', ...sizes, '--json');

  const round = [{ answersPerSecond: expect.any(Number) as number }];
  const sides = { stock: round, product: round, stockAgain: round };
  expect(operations).toMatchObject({ list: sides, mutation: sides, nothing: sides });
});

test('one event reaches equal subscriptions, one store of many, and none that does not read', async () => {
  const sizes = ['--subscriptions', '10', '--rounds', '1', '--events', '2', '--slow', '1'];
  const { fanOut, scattered, slow } = await resultOf('streams', ...sizes, '--json');

  const round = [{ events: 2 }];
  const sides = { bare: round, bareAgain: round, product: round, stock: round };
  expect(fanOut).toMatchObject([
    { subscriptions: 2, sides },
    { subscriptions: 10, sides },
  ]);
  expect(scattered).toMatchObject({ sides: { one: [{ events: 20 }], many: [{ events: 20 }] } });
  expect(slow).toMatchObject({ slow: 1, codes: { '1013': 1 } });
});

test('payments are pushed by one process and by several', async () => {
  const sizes = ['--rounds', '1', '--seconds', '1', '--connections', '2'];
  const { sides } = await resultOf('replicas', ...sizes, '--json');

  const round = [{ refused: 0, pushedPerSecond: expect.any(Number) as number }];
  expect(sides).toMatchObject({ together: round, apart: round, togetherAgain: round });
});

test('memory is read twice over', async () => {
  const { runs } = await resultOf('memory', '--count', '100', '--subscribers', '5', '--json');

  const heap = { heapMb: expect.any(Number) as number };
  const run = { notified: heap, subscribed: heap, left: heap };
  expect(runs).toMatchObject([run, run]);
});

test('tills outlive a rolling restart and see every payment once', async () => {
  const sizes = ['--minutes', '0', '--tills', '10', '--stores', '5', '--rate', '10'];
  const { rollingRestarts, verdict, booksWrong } = await resultOf('soak', ...sizes, '--json');

  expect(rollingRestarts).toBe(1);
  expect(verdict).toEqual({ missing: 0, doubled: 0, foreign: 0, withoutCursor: 0 });
  expect(booksWrong).toBe(0);
});
