import { createLiveQueue } from './live-queue';

test('while rows are still read, a full queue drops and says so', async () => {
  const queue = createLiveQueue<number>(2);

  for (const item of [1, 2, 3]) queue.push(item);

  expect(queue.hasDropped).toBe(true);
  expect(await queue.take()).toBe(1);
});

test('what is read again from the rows is forgotten', async () => {
  const queue = createLiveQueue<number>(2);
  for (const item of [1, 2, 3]) queue.push(item);

  queue.forget();
  queue.push(4);

  expect(queue.hasDropped).toBe(false);
  expect(await queue.take()).toBe(4);
});

test('later a full queue closes, tells once, and hands out nothing more', async () => {
  const queue = createLiveQueue<number>(2);
  const full = jest.fn();
  queue.keepAll(full);

  for (const item of [1, 2, 3, 4]) queue.push(item);

  expect(full).toHaveBeenCalledTimes(1);
  expect(await queue.take()).toBeUndefined();
});

test('who waits is served, and let go when the queue is closed', async () => {
  const queue = createLiveQueue<number>(2);

  const first = queue.take();
  queue.push(1);
  const served = await first;
  const second = queue.take();
  queue.close();

  expect(served).toBe(1);
  expect(await second).toBeUndefined();
});
