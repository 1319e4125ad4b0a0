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

test('what comes while somebody waits is handed over at once, one at a time', async () => {
  const queue = createLiveQueue<number>(10);
  const handed: number[] = [];
  const dones: (() => void)[] = [];
  queue.handTo((item, done) => {
    handed.push(item);
    dones.push(done);
  });
  queue.push(1); // nobody waits yet

  const first = await queue.take();
  const waiting = queue.take();
  for (const item of [2, 3, 4]) queue.push(item);
  const atOnce = [...handed];
  dones.shift()?.();
  const afterDone = [...handed];
  dones.shift()?.();
  dones.shift()?.();
  queue.close();

  expect(first).toBe(1);
  expect([atOnce, afterDone, handed]).toEqual([[2], [2, 3], [2, 3, 4]]);
  expect(await waiting).toBeUndefined();
});

test('a reader that is done before it returns is handed everything in order', async () => {
  const queue = createLiveQueue<number>(10);
  const handed: number[] = [];
  queue.handTo((item, done) => {
    if (item === 1) queue.push(2);
    handed.push(item);
    done();
  });

  const waiting = queue.take();
  queue.push(1);
  queue.push(3);
  queue.close();

  expect(handed).toEqual([1, 2, 3]);
  expect(await waiting).toBeUndefined();
});

test('what drops behind a slow reader is told only when the reader is done', async () => {
  const queue = createLiveQueue<number>(1);
  const handed: number[] = [];
  let done = (): void => undefined;
  queue.handTo((item, whenDone) => {
    handed.push(item);
    done = whenDone;
  });
  let isTold = false;

  const waiting = queue.take().then((item) => {
    isTold = true;
    return item;
  });
  for (const item of [1, 2, 3]) queue.push(item);
  await new Promise(setImmediate);
  const toldBefore = isTold;
  done();

  expect(await waiting).toBeUndefined();
  expect(toldBefore).toBe(false);
  expect([handed, queue.hasDropped]).toEqual([[1], true]);
});
