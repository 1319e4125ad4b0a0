import { outstanding } from '../src/outstanding/outstanding.queries';
import { refundTransaction } from '../src/refund/refund-transaction';
import { noticeRestoration } from '../src/restoration/notice-restoration';
import { submitStoreRegistration } from '../src/store/submit-store-registration';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { settlePendingCancels } from '../src/transaction/settle-pending-cancels';
import { cut, signed } from './support/gateway';
import { notify, openInbox, paymentFields, receivePayment } from './support/payments';
import { importDay, importText, lineOf, named, transactionFile } from './support/statements';
import { createWorld, type World, WORLD_BEGINS } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

async function waiting(): Promise<Record<string, { count: number; oldestAt: Date | null }>> {
  const found = await outstanding(world.database, world.clock.now());
  return Object.fromEntries(found.map(({ kind, ...rest }) => [kind, rest]));
}

const none = { count: 0, oldestAt: null };

test('where nothing waits every kind says so', async () => {
  await receivePayment(world);

  expect(await waiting()).toEqual({
    notifications: none,
    quarantined_notifications: none,
    refunds: none,
    cancels: none,
    qr_codes: none,
    store_registrations: none,
    discrepancies: none,
    restorations: none,
    statement_days: none,
  });
});

test('what has no certain outcome, was not processed or contradicts is counted, with its age', async () => {
  const { transaction: refunded } = await receivePayment(world);
  const { transaction: cancelled, code } = await receivePayment(world);
  const { transaction: wrong } = await receivePayment(world);
  const caller = world.owner;
  world.gateway.next(cut, cut, cut, cut, cut);
  await refundTransaction(world.domain, {
    caller,
    transactionId: refunded.id,
    idempotencyKey: 'k',
  });
  await cancelTransaction(world.domain, { caller, transactionId: cancelled.id });
  await world.database.manager.query(
    `update qr_codes set pending_change = 'STOP', next_check_at = now(), updated_at = $1 where id = $2`,
    [WORLD_BEGINS, code.id],
  );
  await submitStoreRegistration(world.domain, { caller, storeId: code.storeId });
  const inbox = openInbox(world);
  await notify(inbox, paymentFields(), code.id);
  await inbox.close();
  await importText(world, transactionFile([lineOf(wrong, { amount: '9.99' })]));
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  await noticeRestoration(world.domain);

  const one = { count: 1, oldestAt: WORLD_BEGINS };
  expect(await waiting()).toEqual({
    notifications: one,
    quarantined_notifications: none,
    refunds: one,
    cancels: one,
    qr_codes: one,
    store_registrations: one,
    // The file lacks the two others, too.
    discrepancies: { count: 3, oldestAt: WORLD_BEGINS },
    // Noticed after whatever the books tell of, though this clock stands still.
    restorations: { count: 1, oldestAt: new Date(WORLD_BEGINS.getTime() + 1) },
    statement_days: none,
  });
});

test('a cancel is as old as the asking for it, however often it was repeated', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut, cut, cut);
  await cancelTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });
  for (let repeat = 0; repeat < 2; repeat += 1) {
    world.clock.advance(6 * 60_000);
    await settlePendingCancels(world.domain, { limit: 10 });
  }

  expect((await waiting())['cancels']).toEqual({ count: 1, oldestAt: WORLD_BEGINS });
});

test('a day on which customers paid, and whose file is late, waits', async () => {
  await receivePayment(world);

  world.clock.set(new Date('2026-01-03T03:59:00Z')); // 11:59 in Beijing
  expect((await waiting())['statement_days']).toEqual(none);
  world.clock.set(new Date('2026-01-03T04:01:00Z'));
  expect((await waiting())['statement_days']).toEqual({
    count: 1,
    oldestAt: new Date('2026-01-01T16:00:00Z'),
  });
});

const day = (date: string) => new Date(`${date}T00:00:00+08:00`);
const noonOf = (date: string) => new Date(`${date}T12:00:00+08:00`);

test('a day that was never compared waits for as long as it is so', async () => {
  await importDay(world, '2026-01-01', []);
  await receivePayment(world);
  world.clock.set(noonOf('2026-03-01'));
  for (const date of ['2026-01-03', '2026-02-27']) await importDay(world, date, []);
  expect((await waiting())['statement_days']).toEqual({ count: 1, oldestAt: day('2026-01-02') });

  // Alipay has it no more: a person says with an empty file that no better one will come.
  await importText(world, '');

  expect((await waiting())['statement_days']).toEqual(none);
  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT payment OPEN']);
});

test('days from before the first transaction file wait for no more than a week', async () => {
  await receivePayment(world);
  world.clock.set(noonOf('2026-01-09'));
  expect((await waiting())['statement_days']).toEqual({ count: 1, oldestAt: day('2026-01-02') });

  world.clock.set(noonOf('2026-01-11'));
  expect((await waiting())['statement_days']).toEqual(none);
  await importDay(world, '2026-01-09', []);
  expect((await waiting())['statement_days']).toEqual(none);
});

test('a day whose file cannot be used waits, also where the books have no payment of it', async () => {
  const header = 'Partner:2088000000000001|Payment_time: 2026-01-02|Total_count:40\n';
  expect(await importText(world, header)).toMatchObject({ statement: { status: 'REJECTED' } });

  expect((await waiting())['statement_days']).toEqual(none); // A better one may come until noon.
  world.clock.set(noonOf('2026-02-03'));
  expect((await waiting())['statement_days']).toEqual({ count: 1, oldestAt: day('2026-01-02') });

  await importDay(world, '2026-01-02', []);
  await importText(world, header);

  expect((await waiting())['statement_days']).toEqual(none);
});

test('what was not yet due, and no later file has decided for a week, counts as open', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next((request) =>
    signed({ result_code: 'SUCCESS', partner_refund_id: request['partner_refund_id'] ?? '' }),
  );
  await refundTransaction(world.domain, {
    ...{ caller: world.owner, transactionId: transaction.id, idempotencyKey: 'k' },
  });
  world.clock.set(noonOf('2026-01-03'));
  await importDay(world, '2026-01-02', [lineOf(transaction)]);
  expect(await named(world)).toEqual(['MISSING_IN_STATEMENT refund NOT_YET_DUE']);

  world.clock.set(noonOf('2026-01-10'));
  expect((await waiting())['discrepancies']).toEqual(none);
  world.clock.advance(1);
  expect((await waiting())['discrepancies']).toEqual({ count: 1, oldestAt: noonOf('2026-01-03') });
});
