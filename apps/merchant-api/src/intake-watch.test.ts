import { type NotificationInbox, type VerifiedNotification } from '@countersign/merchant-domain';

import { createIntakeWatch } from './intake-watch';

const message = {} as VerifiedNotification;

/** An inbox that keeps messages or does not, and a clock that stands still. */
function start() {
  let at = 0;
  let keeps = true;
  const watch = createIntakeWatch({ now: () => new Date(at) });
  const inbox: Pick<NotificationInbox, 'accept'> = {
    accept: () => (keeps ? Promise.resolve('STORED') : Promise.reject(new Error('away'))),
  };
  const watched = watch.watch(inbox);
  return {
    isReady: () => watch.turnedAwaySince() === null,
    hear: () => watched.accept(message).catch(() => undefined),
    wait: (milliseconds: number) => {
      at += milliseconds;
    },
    setKeeps: (does: boolean) => {
      keeps = does;
    },
  };
}

test('after a message was turned away it is soon tried again, and later each time that it is in vain', async () => {
  const { isReady, hear, wait, setKeeps } = start();
  setKeeps(false);

  const waits: number[] = [];
  for (let trial = 1; trial <= 6; trial += 1) {
    await hear();
    let waited = 0;
    for (; !isReady(); waited += 1_000) wait(1_000);
    waits.push(waited);
  }

  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('a message that is kept ends all doubt', async () => {
  const { isReady, hear, wait, setKeeps } = start();
  setKeeps(false);
  await hear();
  wait(2_000);
  expect(isReady()).toBe(true);
  await hear();
  expect(isReady()).toBe(false);

  setKeeps(true);
  await hear();

  expect(isReady()).toBe(true);
  setKeeps(false);
  await hear();
  wait(2_000);
  expect(isReady()).toBe(true);
});

test('a clock that is set back keeps nobody out', async () => {
  const { isReady, hear, wait, setKeeps } = start();
  setKeeps(false);
  await hear();
  expect(isReady()).toBe(false);

  wait(-3_600_000);

  expect(isReady()).toBe(true);
});
