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
