import { endRestoration, openDatabase, ownerCaller } from '@countersign/merchant-domain';
import { createTestDatabase } from '@countersign/postgres';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';

import { type ApiProcess, startApiProcess } from '../support/api-process';
import { copyDatabase } from '../support/copy-database';
import { ACQUIRE_CANCEL, SPOT_REFUND } from '../support/lost-answers';
import { migrate } from '../support/migrate';
import { takePayments } from '../support/payments';
import { waitFor } from '../support/wait-for';
import { endWorlds, startWorld, type World } from '../support/world';

afterEach(endWorlds);

interface Request {
  readonly do: 'refund' | 'cancel';
  readonly trade: string;
  readonly key?: string;
  readonly amount?: string;
}

/** What the shop asks for, in the words its till keeps: Alipay's number, not the id of a row. */
async function send({ merchant }: World, request: Request) {
  const payment = await merchant.transactionBy({ alipayTransId: request.trade });
  const transactionId = payment?.id;
  if (request.do === 'cancel') return merchant.cancel({ transactionId });
  return merchant.refund({
    transactionId,
    idempotencyKey: request.key,
    ...(request.amount === undefined
      ? {}
      : { amount: { amount: request.amount, currency: 'HKD' } }),
  });
}

async function sendAll(world: World, requests: readonly Request[]) {
  const answers = [];
  for (const request of requests) answers.push(await send(world, request));
  return answers.map(({ userErrors }) => userErrors.map(({ code }) => code));
}

async function gatewayBooks({ gateway }: World) {
  const trades = await gateway.books();
  return trades.map((trade) => ({
    trade: trade.trade_no,
    cancelled: trade.cancelled,
    refunded: trade.refunded,
    refunds: trade.refunds.map(({ partner_refund_id: id, amount }) => `${id} ${amount}`),
  }));
}

test('a day-old backup is restored, the day’s requests are sent again, and nothing is done twice', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const counter = await merchant.openCounter();
  const before = await takePayments(world, counter, [
    ...['10.00', '20.00', '30.00', '40.00', '50.00', '60.00'],
  ]);
  const trade = (index: number): string => before[index]?.alipayTransId ?? '';
  const yesterday: Request = { do: 'refund', trade: trade(0), key: 'k', amount: '1.00' };
  await send(world, yesterday);

  await world.stopApi();
  const backup = await copyDatabase(world.databaseUrl);
  await world.startApi();
  const today = await takePayments(world, counter, ['70.00', '80.00']);
  const [told, untold] = today.map(({ alipayTransId }) => alipayTransId);
  await gateway.fault(SPOT_REFUND, 'timeout-after-effect');
  const theDay: readonly Request[] = [
    { do: 'refund', trade: trade(4), key: 'lost', amount: '5.00' },
    { do: 'refund', trade: trade(0), key: 'a', amount: '3.00' },
    { do: 'refund', trade: trade(1), key: 'b' },
    { do: 'cancel', trade: trade(2) },
    { do: 'refund', trade: trade(3), key: 'c', amount: '1.00' },
    { do: 'refund', trade: trade(3), key: 'd' },
    { do: 'refund', trade: told ?? '', key: 'e', amount: '7.00' },
  ];
  await sendAll(world, theDay);
  await waitFor('the lost answer', async () => {
    const payment = await merchant.transactionBy({ alipayTransId: trade(4) });
    return payment?.refunds[0]?.status === 'SUCCEEDED';
  });
  const booksOfTheDay = await gatewayBooks(world);

  await world.stopApi();
  await world.startApi({ DATABASE_URL: backup.url });
  expect(world.logged).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fact: expect.stringContaining('restored from a backup') as string,
    }),
  );
  // The day's payments come back by a notification, or by their numbers.
  await gateway.resend(told ?? '');
  await merchant.transactionOf({ trade_no: told ?? '' });
  await merchant.recover({
    partnerTransId: today[1]?.partnerTransId,
    alipayTransId: untold,
    qrCodeId: counter.qrCode.id,
  });
  const anew = await sendAll(
    world,
    [...before.map(({ alipayTransId }) => alipayTransId), told ?? '', untold ?? ''].map(
      (number) => ({
        do: 'refund',
        trade: number,
        key: 'another',
        amount: '2.00',
      }),
    ),
  );
  const again = await sendAll(world, [yesterday, ...theDay]);

  expect(anew).toEqual(anew.map(() => ['NOT_ALLOWED_IN_STATE']));
  expect(again).toEqual([[], [], [], [], ['NOT_ALLOWED_IN_STATE'], [], [], []]);
  expect(await gatewayBooks(world)).toEqual(booksOfTheDay);
  const ours = await merchant.transactions();
  expect(
    Object.fromEntries(ours.map((it) => [it.amount.amount, [it.status, it.refundedAmount.amount]])),
  ).toEqual({
    '10.00': ['PARTIALLY_REFUNDED', '4.00'],
    '20.00': ['REFUNDED', '20.00'],
    '30.00': ['CLOSED', '0.00'], // by whom, Alipay does not say: the statement will
    '40.00': ['REFUNDED', '40.00'],
    '50.00': ['PARTIALLY_REFUNDED', '5.00'],
    '60.00': ['PAID', '0.00'],
    '70.00': ['PARTIALLY_REFUNDED', '7.00'],
    '80.00': ['PAID', '0.00'],
  });

  const database = await openDatabase({ url: backup.url });
  const now = (): Date => new Date();
  await endRestoration(
    { database, now, newId: uuidv7 },
    { caller: ownerCaller('operator'), note: 'compared with the statement' },
  );
  await database.close();
  expect(await sendAll(world, [{ do: 'refund', trade: trade(5), key: 'another' }])).toEqual([[]]);
  await world.stopApi();
  await backup.drop();
});

test('what no answer is known of when the backup was made is settled after the restore, once', async () => {
  const world = await startWorld();
  const { merchant, gateway } = world;
  const [refunded, cancelled] = await takePayments(world, await merchant.openCounter(), [
    '10.00',
    '20.00',
  ]);
  const open: readonly Request[] = [
    { do: 'refund', trade: refunded?.alipayTransId ?? '', key: 'k', amount: '4.00' },
    { do: 'cancel', trade: cancelled?.alipayTransId ?? '' },
  ];
  await gateway.fault(SPOT_REFUND, 'reset-after-effect', 50);
  await gateway.fault(ACQUIRE_CANCEL, 'reset-after-effect', 50);
  await sendAll(world, open);
  await world.stopApi();
  const backup = await copyDatabase(world.databaseUrl);
  await gateway.endFaults();
  await world.startApi();
  const settled = async () =>
    waitFor('both settled', async () => {
      const payments = await merchant.transactions();
      const statuses = payments.map(({ status }) => status).sort();
      return statuses.join() === 'CANCELLED,PARTIALLY_REFUNDED';
    });
  await settled();

  await world.stopApi();
  await world.startApi({ DATABASE_URL: backup.url });
  await settled();

  expect(
    (await gatewayBooks(world)).map(({ refunds, cancelled: is }) => [refunds.length, is]),
  ).toEqual(
    expect.arrayContaining([
      [1, false],
      [0, true],
    ]),
  );
  await world.stopApi();
  await backup.drop();
});

test('a process whose books were read back under it ends, and the next one knows of the doubts', async () => {
  const books = await createTestDatabase(migrate);
  const client = new Client({ connectionString: books.url });
  await client.connect();
  const started: ApiProcess[] = [];
  const start = async (): Promise<ApiProcess> => {
    const api = await startApiProcess({ env: { DATABASE_URL: books.url } });
    started.push(api);
    return api;
  };
  try {
    const api = await start();
    // As `pg_restore --clean` writes each row anew.
    await client.query(
      'with gone as (delete from deployment returning *) insert into deployment select * from gone',
    );
    await waitFor('the process has ended', () => !api.isRunning());
    expect(api.output()).toContain('a backup was read back while this process ran');

    const next = await start();
    const open = await client.query('select from restorations where ended_at is null');
    expect(open.rowCount).toBe(1);
    expect(next.output()).toContain('npm run after-restore');
  } finally {
    await Promise.all(started.map((api) => api.stop()));
    await client.end();
    await books.drop();
  }
});
