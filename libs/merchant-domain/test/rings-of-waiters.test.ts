import { type Tx } from '../src/database/tx';
import { appendEvent } from '../src/event/append-event';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { lockTransaction } from '../src/transaction/lock-transaction';
import { type Transaction } from '../src/transaction/transaction.entity';
import { aTransaction } from './support/records';
import { untilWaiting } from './support/until-waiting';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

async function tell(tx: Tx, { id }: Transaction): Promise<void> {
  const transaction = await lockTransaction(tx, id);
  if (transaction === null) throw new Error(`there is no payment ${id}`);
  appendEvent(tx, transaction, {
    ...({ type: 'DISCREPANCY_FOUND', actor: 'test', occurredAt: tx.now() } as const),
    detail: { field: 'amount', expected: '1', actual: '2', from: 'notification' },
  });
}

test('of two blocks that wait for each other both are done, each once', async () => {
  const { database, domain } = world;
  const one = await aTransaction(world);
  const other = await aTransaction(world);
  let turns = 0;
  const block = (payments: readonly Transaction[], midway: () => Promise<void>): Promise<void> =>
    database.atomically(domain, async (tx) => {
      turns += 1;
      const isFirst = turns <= 2;
      for (const [index, payment] of payments.entries()) {
        if (index > 0 && isFirst) await midway();
        await tell(tx, payment);
      }
    });

  const second: Promise<void>[] = [];
  await block([one, other], async () => {
    second.push(block([other, one], () => Promise.resolve()));
    await untilWaiting(world, 1);
  });
  await Promise.all(second);

  expect(turns).toBe(3);
  const told = await database.manager.find(TransactionEvent);
  const [ids, expected] = [told.map(({ transactionId }) => transactionId), [one.id, other.id]];
  expect(ids.sort()).toEqual([...expected, ...expected].sort());
});
