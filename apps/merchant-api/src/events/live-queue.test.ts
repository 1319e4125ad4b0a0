import { createLatestById } from './latest-by-id';
import { createLiveQueue } from './live-queue';

test('a full queue drops all of it and says so, until it is told to forget', async () => {
  const queue = createLiveQueue<number>(2);
  for (const item of [1, 2, 3, 4]) queue.push(item);

  const whileDropped = await queue.take();
  const hadDropped = queue.hasDropped;
  queue.forget();
  queue.push(5);

  expect([hadDropped, whileDropped]).toEqual([true, undefined]);
  expect(queue.hasDropped).toBe(false);
  expect(await queue.take()).toBe(5);
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

test('who waits while the queue drops is let go', async () => {
  const queue = createLiveQueue<number>(0);

  const waiting = queue.take();
  queue.push(1);

  expect(await waiting).toBeUndefined();
  expect([queue.isClosed, queue.hasDropped]).toEqual([false, true]);
});

test('of a record that changes again and again the latest state waits', async () => {
  const latest = createLatestById<{ id: string; status: string }>();
  latest.push({ id: 'a', status: 'ACTIVE' });
  latest.push({ id: 'b', status: 'ACTIVE' });
  latest.push({ id: 'a', status: 'STOPPED' });

  const heard = [await latest.take(), await latest.take()];
  const waiting = latest.take();
  latest.close();

  expect(heard).toEqual([
    { id: 'a', status: 'STOPPED' },
    { id: 'b', status: 'ACTIVE' },
  ]);
  expect(await waiting).toBeUndefined();
});
