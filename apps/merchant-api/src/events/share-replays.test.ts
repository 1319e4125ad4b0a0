import { TransactionEvent } from '@countersign/merchant-domain';

import { createShareReplays } from './share-replays';

/** Read anew each time. */
const read = (...ids: string[]): TransactionEvent[] =>
  ids.map((id) => Object.assign(new TransactionEvent(), { id }));

test('those who come back within a moment are handed the same objects, each what he missed', () => {
  const share = createShareReplays();

  const one = share(read('first', 'second'));
  const other = share(read('second'));

  expect(other).toHaveLength(1);
  expect(other[0]).toBe(one[1]);
  expect(one.map(({ event }) => event.id)).toEqual(['first', 'second']);
});

test('after a moment what was missed is worked out anew: the payment may have changed', async () => {
  const share = createShareReplays();
  const [before] = share(read('first'));
  const startedAt = performance.now();
  let now = before;

  while (now === before && performance.now() - startedAt < 5_000) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    [now] = share(read('first'));
  }

  expect(now).not.toBe(before);
});

test('what thousands have missed is not kept for the moment', () => {
  const share = createShareReplays();
  const many = Array.from({ length: 1_000 }, (_, index) => String(index));
  const [one] = share(read(...many));

  const [again] = share(read(...many));

  expect(again).not.toBe(one);
});
