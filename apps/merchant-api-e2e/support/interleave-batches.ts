import { createNotificationInbox, type Domain } from '@countersign/merchant-domain';

import type { Crossing } from './interleave-crossing';
import { type Letter, takeIn, verified } from './interleave-letters';
import type { Leg } from './interleave-orders';
import { pay } from './interleave-payments';

/** Two processes take the same messages in, each in its order; a third stops both half-way. */
export const sameMessagesInOppositeOrder: Crossing = async (site) => {
  const trades = [];
  for (let count = 0; count < 5; count += 1) trades.push(await pay(site));
  const letters = await Promise.all(
    trades.map(({ trade_no: tradeNo }) => site.letterbox.awaited(tradeNo, 'TRADE_SUCCESS')),
  );
  const [first, middle, last, ...alone] = letters;
  if (first === undefined || middle === undefined || last === undefined)
    throw new Error('no letters');
  await takeIn(site.domain, [middle]);
  return {
    deeds: {
      a: inOneBatch([...alone.slice(0, 1), first, middle, last]),
      b: inOneBatch([...alone.slice(1), last, middle, first]),
      c: (domain) =>
        domain.database.atomically(domain, (tx) =>
          tx.manager.query('delete from notifications where trade_no = $1', [middle.tradeNo]),
        ),
    },
    trades: trades.map((trade) => trade.trade_no),
    told: [['DONE', 'DONE', 'DONE']],
  };
};

/** Both stand in the middle of their batch when the third lets them go on. */
export const BOTH_HALF_WAY: readonly Leg[] = [['c', /^commit/i], ['a'], ['b'], ['c']];

/** The first goes alone, as it comes; those behind it share a statement. */
function inOneBatch(letters: readonly Letter[]): (domain: Domain) => Promise<void> {
  return async (domain) => {
    const inbox = createNotificationInbox(domain.database, { ...clockOf(domain), connections: 1 });
    await Promise.all(letters.map((letter) => inbox.accept(verified(domain, letter))));
    await inbox.close();
  };
}

function clockOf({ now, newId }: Domain): Pick<Domain, 'now' | 'newId'> {
  return { now, newId };
}
