import { oneAtATime } from './one-at-a-time';

/** Questions that a test answers when it likes. */
function questions() {
  const open: { answer(value: number): void; fail(error: Error): void }[] = [];
  const ask = oneAtATime(
    () =>
      new Promise<number>((resolve, reject) => {
        open.push({ answer: resolve, fail: reject });
      }),
  );
  return { open, ask };
}

test('who comes while a question is under way gets the answer to the next, with all others who came', async () => {
  const { open, ask } = questions();
  const first = ask();
  const second = ask();
  const third = ask();
  expect(open).toHaveLength(1);

  open[0]?.answer(1);
  expect(await first).toBe(1);
  await new Promise(setImmediate);
  expect(open).toHaveLength(2);
  open[1]?.answer(2);

  expect(await Promise.all([second, third])).toEqual([2, 2]);
});

test('a question that fails does so for those who asked it, and not for the next', async () => {
  const { open, ask } = questions();
  const first = ask();
  const second = ask();
  open[0]?.fail(new Error('away'));

  await expect(first).rejects.toThrow('away');
  await new Promise(setImmediate);
  open[1]?.answer(2);

  expect(await second).toBe(2);
  expect(open).toHaveLength(2);
});
