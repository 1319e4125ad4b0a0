import { waitUntil } from '@countersign/postgres';

import { appendEvent } from '../src/event/append-event';
import { countDiscrepancies } from '../src/statement/statement.queries';
import { type Transaction } from '../src/transaction/transaction.entity';
import { aRefund, aTransaction } from './support/records';
import { complaints, importText, lineOf, transactionFile } from './support/statements';
import { createWorld, PARTNER_ID, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

const PAYMENTS = 2_500;

/** A day of payments, in threes at the same millisecond, so that batches end between equals. */
async function openDay(): Promise<void> {
  await world.database.manager.query(
    `insert into transactions (id, alipay_trans_id, partner_trans_id, status, alipay_status,
       alipay_statuses_seen, amount_minor, currency, payment_institution, paid_at, created_at, updated_at)
     select gen_random_uuid(), n::text, 'P' || n, 'PAID', 'TRADE_SUCCESS', '{TRADE_SUCCESS}', 100,
       'HKD', 'ALIPAY_HK', '2026-01-02T02:00:00Z'::timestamptz + (n / 3) * interval '1 millisecond', now(), now()
     from generate_series(1, $1) n`,
    [PAYMENTS],
  );
}

const numbers = Array.from({ length: PAYMENTS }, (_, index) => index + 1);
const lineOfNumber = (n: number): Parameters<typeof transactionFile>[0][number] => ({
  partnerId: `P${n}`,
  tradeNo: String(n),
  amount: '1.00',
  at: '2026-01-02 10:00:00',
});

/** The numbers of the payments that are said to be missing, each as often as it is said. */
async function missingNumbers(): Promise<number[]> {
  const rows: { n: number }[] = await world.database.manager.query(
    `select t.alipay_trans_id::int as n from discrepancies d join transactions t on t.id = d.transaction_id
     where d.kind = 'MISSING_IN_STATEMENT' order by 1`,
  );
  return rows.map(({ n }) => n);
}

test('of a day of many batches exactly those are missing that no line tells of', async () => {
  await openDay();
  const isTold = (n: number): boolean => n % 7 !== 0;

  await importText(world, transactionFile(numbers.filter(isTold).map(lineOfNumber)));

  expect(await missingNumbers()).toEqual(numbers.filter((n) => !isTold(n)));
});

test('a check of the day that broke off between batches is taken up, and names each once', async () => {
  await openDay();
  // Of the middle of the day one record cannot be noted, as long as the database says so.
  await world.database.manager.query(
    `create function refuse_middle() returns trigger language plpgsql as $$
     begin
       if new.transaction_id = (select id from transactions where alipay_trans_id = '1700') then
         raise exception 'no room';
       end if;
       return new;
     end $$;
     create trigger refuse_middle before insert on discrepancies for each row execute function refuse_middle()`,
  );

  try {
    await expect(importText(world, transactionFile([]))).rejects.toThrow('no room');
    // The first batch stands.
    expect((await missingNumbers()).length).toBe(1_000);
  } finally {
    await world.database.manager.query('drop function refuse_middle() cascade');
  }
  const again = await importText(world, transactionFile([]));

  expect(again).toMatchObject({ statement: { status: 'DISCREPANCIES' } });
  expect(await missingNumbers()).toEqual(numbers);
});

test('thousands that were missing are settled by the next day’s file, those it lacks stay open', async () => {
  await openDay();
  await importText(world, transactionFile([]));

  await importText(
    world,
    transactionFile(numbers.filter((n) => n > 10).map(lineOfNumber), '2026-01-03'),
    `${PARTNER_ID}_transaction_20260103.txt`,
  );

  const count = (status: 'OPEN' | 'RESOLVED'): Promise<number> =>
    countDiscrepancies(world.database, world.owner, { statuses: [status] });
  expect({ open: await count('OPEN'), resolved: await count('RESOLVED') }).toEqual({
    open: 10,
    resolved: PAYMENTS - 10,
  });
});

test('a cancel and a refund that the file lacks are named beside the payment that it has', async () => {
  const cancelled = await aTransaction(world, { status: 'CANCELLED', cancelStatus: 'DONE' });
  const refunded = await aTransaction(world);
  const refund = await aRefund(world, {
    transactionId: refunded.id,
    settledAt: world.clock.now(),
  });

  await importText(world, transactionFile([lineOf(cancelled), lineOf(refunded)]));

  expect(
    (await complaints(world)).map(({ field, transactionId, refundId, status }) => [
      field,
      transactionId,
      refundId,
      status,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['cancel', cancelled.id, null, 'OPEN'],
      ['refund', refunded.id, refund.id, 'NOT_YET_DUE'],
    ]),
  );
  expect(await complaints(world)).toHaveLength(2);
});

test('a cancel in the last quarter of an hour before midnight may still come with the next file', async () => {
  const early = await aTransaction(world, { status: 'CANCELLED', cancelStatus: 'DONE' });
  const late = await aTransaction(world, { status: 'CANCELLED', cancelStatus: 'DONE' });
  const cancelledAt = (transaction: Transaction, at: string): Promise<void> =>
    world.database.atomically(world.domain, (tx) => {
      const event = { type: 'CANCELLED', actor: 'owner', occurredAt: new Date(at) } as const;
      appendEvent(tx, transaction, event);
      return Promise.resolve();
    });
  await cancelledAt(early, '2026-01-02T15:44:59.999Z');
  await cancelledAt(late, '2026-01-02T15:45:00.000Z');

  await importText(world, transactionFile([lineOf(early), lineOf(late)]));

  const found = (await complaints(world)).map(({ field, transactionId, status }) => [
    field,
    transactionId,
    status,
  ]);
  expect(found).toHaveLength(2);
  expect(found).toEqual(
    expect.arrayContaining([
      ['cancel', early.id, 'OPEN'],
      ['cancel', late.id, 'NOT_YET_DUE'],
    ]),
  );
});

test('what a person resolves while the next file is imported keeps the person’s note', async () => {
  await aTransaction(world, { alipayTransId: '1', partnerTransId: 'P1', amountMinor: 100n });
  await importText(world, transactionFile([]));
  const person = world.database.manager.dataSource.createQueryRunner();
  try {
    await person.startTransaction();
    await person.query(
      `update discrepancies set status = 'RESOLVED', resolved_at = now(), resolved_by = 'owner',
         note = 'entered by hand'`,
    );
    const importing = importText(
      world,
      transactionFile([{ ...lineOfNumber(1), at: '2026-01-02 15:04:05' }], '2026-01-03'),
      `${PARTNER_ID}_transaction_20260103.txt`,
    );
    const isWaiting = async (): Promise<boolean> => {
      const waiting = (await person.query(
        'select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
      )) as unknown[];
      return waiting.length > 0;
    };
    expect(await waitUntil(isWaiting, 10_000)).toBe(true);
    await person.commitTransaction();
    await importing;
  } finally {
    await person.release();
  }

  expect(await complaints(world)).toMatchObject([{ status: 'RESOLVED', note: 'entered by hand' }]);
});

test('a trade’s number has one collation everywhere, or no index would find what both tables hold', async () => {
  const rows: { collation: string }[] = await world.database.manager.query(
    `select collation_name as collation from information_schema.columns
     where column_name = 'alipay_trans_id' and table_schema = current_schema()`,
  );

  expect(rows).toEqual([{ collation: 'C' }, { collation: 'C' }]);
});
