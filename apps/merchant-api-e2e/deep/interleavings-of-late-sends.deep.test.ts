import { BOTH_HALF_WAY, sameMessagesInOppositeOrder } from '../support/interleave-batches';
import { cross, type Crossing } from '../support/interleave-crossing';
import { crossInEveryOrder } from '../support/interleave-every';
import { lateSends } from '../support/interleave-late-sends';
import { inThisOrder } from '../support/interleave-orders';
import { openSite } from '../support/interleave-site';

test.concurrent.each(Object.entries<Crossing>(lateSends))(
  'no money moves after our books gave the deed up: %s',
  async (name, crossing) => {
    const { failures } = await crossInEveryOrder(name, crossing);

    expect(failures).toEqual([]);
  },
);

test('two batches of the same messages in opposite order are taken in without a deadlock', async () => {
  const site = await openSite();
  try {
    const { findings } = await cross(site, sameMessagesInOppositeOrder, inThisOrder(BOTH_HALF_WAY));

    expect(findings).toEqual([]);
  } finally {
    await site.close();
  }
});
