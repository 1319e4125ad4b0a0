import { commitTogether, TooManyWaiting } from '../src/database/commit-together';

test('what waits is written together, and what is alone waits for nobody', async () => {
  const written: (readonly number[])[] = [];
  const together = commitTogether<number, number>({
    write: async (items) => {
      written.push(items);
      await Promise.resolve();
      return items.map((item) => item * 2);
    },
    batchMax: 3,
    queueMax: 10,
    connections: 1,
  });

  const answers = await Promise.all([1, 2, 3, 4, 5].map((item) => together.add(item)));

  expect(answers).toEqual([2, 4, 6, 8, 10]);
  expect(written).toEqual([[1], [2, 3, 4], [5]]);
});

test('one at fault fails alone, what passes fails all', async () => {
  const write = (fault: Error) => (items: readonly number[]) =>
    items.includes(2) ? Promise.reject(fault) : Promise.resolve(items);
  const limits = { batchMax: 3, queueMax: 10, connections: 1, lingerMs: () => 1_000 };
  const alone = commitTogether({ ...limits, write: write(new Error('a broken constraint')) });
  const all = commitTogether({ ...limits, write: write(new Error('Connection terminated')) });

  const one = await Promise.allSettled([1, 2, 3].map((item) => alone.add(item)));
  const every = await Promise.allSettled([1, 2, 3].map((item) => all.add(item)));

  expect(one.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(every.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('closing writes what lingers, and nothing more is taken', async () => {
  const together = commitTogether<number, number>({
    write: (items) => Promise.resolve(items),
    batchMax: 10,
    queueMax: 10,
    connections: 1,
    lingerMs: () => 3_600_000,
  });

  const lingering = together.add(1);
  await together.close();

  expect(await lingering).toBe(1);
  await expect(together.add(2)).rejects.toBeInstanceOf(TooManyWaiting);
});

test('whoever closes while something is under way hears of its end, also who is not the first', async () => {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const together = commitTogether<number, number>({
    write: async (items) => {
      await finished;
      return items;
    },
    batchMax: 10,
    queueMax: 10,
    connections: 1,
  });
  const underWay = together.add(1);

  const closed = [together.close(), together.close()];
  finish();

  expect(await Promise.all([underWay, ...closed])).toEqual([1, undefined, undefined]);
});
