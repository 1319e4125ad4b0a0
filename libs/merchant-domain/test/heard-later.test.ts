import { processNotifications } from '../src/inbox/process-notifications';
import { refundTransaction } from '../src/refund/refund-transaction';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { resolveDiscrepancy } from '../src/statement/resolve-discrepancy';
import { Statement } from '../src/statement/statement.entity';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { settlePendingCancels } from '../src/transaction/settle-pending-cancels';
import { lockTransaction } from '../src/transaction/lock-transaction';
import { cut, signed } from './support/gateway';
import { notify, openInbox, receivePayment } from './support/payments';
import { complaints, importDay, type Line, lineOf, named } from './support/statements';
import { untilWaiting } from './support/until-waiting';
import { createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

const MORNING_AFTER = new Date('2026-01-03T03:00:00Z');

/** Ten seconds before the Beijing midnight; its answer is lost, and comes after the day's file. */
async function refundHeardLater(): Promise<{ readonly payment: Line; readonly refund: Line }> {
  const { transaction } = await receivePayment(world);
  world.clock.set(new Date('2026-01-02T15:59:50Z'));
  world.gateway.next(cut);
  const { refund } = await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    amount: { amount: '4.00', currency: 'HKD' },
    idempotencyKey: 'k',
  });
  world.clock.set(MORNING_AFTER);
  const payment = lineOf(transaction);
  await importDay(world, '2026-01-02', [payment]);
  world.gateway.next(cut, (request) =>
    signed({
      response_code: 'SUCCESS',
      refund_result_code: 'SUCCESS',
      out_return_no: request['out_return_no'] ?? '',
      gmt_create: '2026-01-02 23:59:51',
    }),
  );
  await settlePendingRefunds(world.domain, { limit: 10 });
  const partnerId = refund?.partnerRefundId ?? '';
  return { payment, refund: lineOf(transaction, { type: 'REFUND', partnerId, amount: '4.00' }) };
}

test('a refund that was heard of after the file of its day, and that no file tells of, is named once', async () => {
  await refundHeardLater();

  await importDay(world, '2026-01-03', []);
  await importDay(world, '2026-01-04', []);

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT refund OPEN']);
  expect(
    await world.database.manager.findOneByOrFail(Statement, { date: '2026-01-02' }),
  ).toMatchObject({ status: 'DISCREPANCIES' });
});

describe('where several change what is open in a file, its state is what all of them have left', () => {
  /** Each of them in turn, while somebody keeps all from the end of their block. */
  async function atOnce(deeds: readonly (() => Promise<unknown>)[]): Promise<void> {
    const somebody = world.database.manager.dataSource.createQueryRunner();
    try {
      await somebody.startTransaction();
      await somebody.query(`select from statements where date = '2026-01-02' for no key update`);
      const done: Promise<unknown>[] = [];
      for (const deed of deeds) {
        done.push(deed());
        await untilWaiting(world, done.length);
      }
      await somebody.commitTransaction();
      await Promise.all(done);
    } finally {
      await somebody.release();
    }
  }

  function resolve(discrepancyId: string): Promise<unknown> {
    return resolveDiscrepancy(world.domain, { caller: world.owner, discrepancyId, note: 'looked' });
  }

  async function stateOfFile(): Promise<string | null> {
    const file = { date: '2026-01-02' };
    return (await world.database.manager.findOneByOrFail(Statement, file)).status;
  }

  test('two persons close the last two', async () => {
    await receivePayment(world);
    await receivePayment(world);
    world.clock.set(MORNING_AFTER);
    await importDay(world, '2026-01-02', []);

    await atOnce(
      (await complaints(world)).map(
        ({ id }) =>
          () =>
            resolve(id),
      ),
    );

    expect(await named(world)).toEqual([
      'MISSING_IN_STATEMENT payment RESOLVED',
      'MISSING_IN_STATEMENT payment RESOLVED',
    ]);
    expect(await stateOfFile()).toBe('RECONCILED');
  });

  test('a person closes the last one while the next file names another', async () => {
    await receivePayment(world);
    await refundHeardLater();
    const [last] = await complaints(world);

    await atOnce([() => importDay(world, '2026-01-03', []), () => resolve(last?.id ?? '')]);

    expect((await named(world)).sort()).toEqual([
      'MISSING_IN_STATEMENT payment RESOLVED',
      'MISSING_IN_STATEMENT refund OPEN',
    ]);
    expect(await stateOfFile()).toBe('DISCREPANCIES');
  });
});

test('what a file lacks is named while somebody holds its payment: holding several, each would wait for the other', async () => {
  const { transaction } = await receivePayment(world);
  world.clock.set(MORNING_AFTER);

  await world.database.atomically(world.domain, async (tx) => {
    await lockTransaction(tx, transaction.id);
    await importDay(world, '2026-01-02', []);
  });

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment OPEN']);
});

test('one that the next file tells of is not named', async () => {
  const { refund } = await refundHeardLater();

  await importDay(world, '2026-01-03', [{ ...refund, at: '2026-01-02 23:59:51' }]);

  expect(await named(world)).toEqual([]);
});

test('a corrected file of its day that tells of it settles it', async () => {
  const { payment, refund } = await refundHeardLater();
  await importDay(world, '2026-01-03', []);

  await importDay(world, '2026-01-02', [payment, { ...refund, at: '2026-01-02 23:59:51' }]);

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT refund RESOLVED']);
});

test('a payment that was heard of after the file of its day is named once', async () => {
  world.clock.set(MORNING_AFTER);
  await importDay(world, '2026-01-02', []);
  await receivePayment(world);

  await importDay(world, '2026-01-03', []);
  await importDay(world, '2026-01-04', []);

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment OPEN']);
});

test('a cancel that is answered days later, of a payment that the file of its day lacked for a while, is named', async () => {
  const { transaction } = await receivePayment(world, { gmt_payment: '2026-01-02 23:50:00' });
  world.clock.set(new Date('2026-01-02T15:55:00Z'));
  world.gateway.next(cut);
  await cancelTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });
  await importDay(world, '2026-01-02', []);
  await importDay(world, '2026-01-03', [lineOf(transaction, { at: '2026-01-02 23:50:00' })]);
  world.clock.set(new Date('2026-01-05T03:00:00Z'));
  const yes = { result_code: 'SUCCESS', action: 'refund', trade_no: transaction.alipayTransId };
  world.gateway.next(signed(yes));
  await settlePendingCancels(world.domain, { limit: 10 });

  await importDay(world, '2026-01-04', []);
  await importDay(world, '2026-01-05', []);

  expect(await named(world)).toEqual([
    'MISSING_IN_STATEMENT payment RESOLVED',
    'MISSING_IN_STATEMENT cancel OPEN',
  ]);
});

test('a payment that was heard of on a day without a file of its own is named with the next file', async () => {
  world.clock.set(MORNING_AFTER);
  await importDay(world, '2026-01-02', []);
  await receivePayment(world);

  world.clock.set(new Date('2026-01-05T03:00:00Z'));
  await importDay(world, '2026-01-04', []);

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment OPEN']);
});

test('a refund of a day on which nobody paid, and that has no file, is named once no later file tells of it', async () => {
  const { transaction } = await receivePayment(world);
  world.clock.set(MORNING_AFTER);
  await importDay(world, '2026-01-02', [lineOf(transaction)]);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  const command = { caller: world.owner, transactionId: transaction.id, idempotencyKey: 'k' };
  await refundTransaction(world.domain, command);

  await importDay(world, '2026-01-04', []);
  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT refund NOT_YET_DUE']);
  await importDay(world, '2026-01-05', []);

  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT refund OPEN']);
});

test('of days that have files to come, refunds are looked for in those alone', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  const command = { caller: world.owner, transactionId: transaction.id, idempotencyKey: 'k' };
  await refundTransaction(world.domain, command);
  await importDay(world, '2026-01-01', []);

  await importDay(world, '2026-01-03', []);

  expect(await named(world)).toEqual([]);
});

test.each([
  ['that day', '2026-01-03 11:00:00', '2026-01-03'],
  ['that day, which has no file', '2026-01-03 11:00:00', '2026-01-05'],
  ['the day before', '2026-01-02 23:40:00', '2026-01-03'],
])(
  'a cancel that was heard of after the file of its payment, and happened %s, is named once',
  async (_when, at, next) => {
    const { transaction, code, fields } = await receivePayment(world);
    world.gateway.next(cut);
    await cancelTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });
    world.clock.set(MORNING_AFTER);
    await importDay(world, '2026-01-02', [lineOf(transaction)]);
    const closed = { notify_id: 'closed', notify_time: at, trade_status: 'TRADE_CLOSED' };
    const inbox = openInbox(world);
    await notify(inbox, { ...fields, ...closed }, code.id);
    await processNotifications(world.domain, { limit: 10 });
    await inbox.close();

    await importDay(world, next, []);
    await importDay(world, '2026-01-06', []);

    expect(await named(world)).toEqual(['MISSING_IN_STATEMENT cancel OPEN']);
  },
);
