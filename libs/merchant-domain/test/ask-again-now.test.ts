import { askAgainNow } from '../src/database/ask-again-now';
import { Refund } from '../src/refund/refund.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { Transaction } from '../src/transaction/transaction.entity';
import { cut, held, refusal, signed } from './support/gateway';
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

test('a refund whose call may take longer, by the settings of its process, is left alone as well', async () => {
  const { transaction } = await receivePayment(world);
  const call = held();
  world.gateway.next(call.answer);
  const patient = { ...world.domain, gatewayTimeoutMs: 60_000 };
  const command = { caller: world.owner, transactionId: transaction.id, idempotencyKey: 'k' };
  const refunded = refundTransaction(patient, command);
  const { partner_refund_id: id = '' } = await call.arrived;

  await askAgainNow(world.domain);
  world.gateway.next(
    refusal('TRADE_STATUS_ERROR', { partner_refund_id: id }),
    signed({ response_code: 'NOT_FOUND' }),
  );
  const asked = await settlePendingRefunds(world.domain, { limit: 10 });
  call.release(signed({ result_code: 'SUCCESS', partner_refund_id: id }));

  expect(asked).toBe(0);
  expect(await refunded).toMatchObject({ refund: { status: 'SUCCEEDED', attempts: 1 } });
});

test('what somebody is just working on is left to him, and nobody waits for the other', async () => {
  const { transaction: busy } = await receivePayment(world);
  const { transaction: free } = await receivePayment(world);
  const later = new Date(world.clock.now().getTime() + 600_000);
  await world.database.manager.query('update transactions set institution_check_at = $1', [later]);

  await world.database.atomically(world.domain, async (tx) => {
    await tx.manager.query('select from transactions where id = $1 for update', [busy.id]);
    expect(await askAgainNow(world.domain)).toBe(1);
  });

  const dueAt = async ({ id }: { id: string }): Promise<Date | null> =>
    (await world.database.manager.findOneByOrFail(Transaction, { id })).institutionCheckAt;
  expect(await dueAt(busy)).toEqual(later);
  expect(await dueAt(free)).toEqual(world.clock.now());
});
