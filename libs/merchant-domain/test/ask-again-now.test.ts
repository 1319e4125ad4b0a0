import { askAgainNow } from '../src/database/ask-again-now';
import { Refund } from '../src/refund/refund.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { cut, signed } from './support/gateway';
import { receivePayment } from './support/payments';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

test('what has come to wait for minutes is asked about now; what may be under way is left alone', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    idempotencyKey: 'k',
  });
  const due = async (): Promise<number> => {
    const refund = await world.database.manager.findOneByOrFail(Refund, {
      transactionId: transaction.id,
    });
    return (refund.nextCheckAt?.getTime() ?? 0) - world.clock.now().getTime();
  };
  const first = await due();
  await askAgainNow(world.domain);
  expect(await due()).toBe(first);

  for (let silent = 0; silent < 6; silent += 1) {
    world.clock.advance(await due());
    world.gateway.next(cut, cut);
    await settlePendingRefunds(world.domain, { limit: 10 });
  }
  expect(await due()).toBeGreaterThan(60_000);
  await askAgainNow(world.domain);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  await settlePendingRefunds(world.domain, { limit: 10 });

  expect(
    await world.database.manager.findOneByOrFail(Refund, { transactionId: transaction.id }),
  ).toMatchObject({ status: 'SUCCEEDED' });
});
