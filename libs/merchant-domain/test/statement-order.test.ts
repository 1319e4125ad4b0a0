import { Readable } from 'node:stream';

import { openStatementProxy } from '@countersign/postgres';

import { openDatabase } from '../src/database/open-database';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { Refund } from '../src/refund/refund.entity';
import { refundTransaction } from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { catchUpStatements } from '../src/statement/catch-up-statements';
import { reconcileDay } from '../src/statement/reconcile-day';
import { resolveDiscrepancy } from '../src/statement/resolve-discrepancy';
import { Statement } from '../src/statement/statement.entity';
import { claimTransaction } from '../src/transaction/claim-transaction';
import { Transaction } from '../src/transaction/transaction.entity';
import { cut } from './support/gateway';
import { receivePayment } from './support/payments';
import {
  complaints,
  importDay,
  importText,
  type Line,
  lineOf,
  named,
  SETTLEMENT_FILE,
  settlementFile,
  settlementOf,
  TRANSACTION_FILE,
  transactionFile,
} from './support/statements';
import { untilWaiting } from './support/until-waiting';
import { createWorld, PARTNER_ID, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

const NEXT_FILE = `${PARTNER_ID}_transaction_20260103.txt`;
const statuses = async (): Promise<string[]> =>
  (await complaints(world)).map(({ kind, status }) => `${kind} ${status}`);

test('a settlement that comes first takes up refunds made elsewhere and pending ones; the day’s file agrees', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(cut);
  await refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    amount: { amount: '4.00', currency: 'HKD' },
    idempotencyKey: 'k',
  });
  const [pending] = await world.database.manager.find(Refund);
  const own = { type: 'R' as const, tradeNo: transaction.alipayTransId };
  const ids = [pending?.partnerRefundId ?? '', 'PORTAL-1'] as const;

  await importText(
    world,
    settlementFile([
      { ...own, partnerId: ids[0], amount: '-4.00', fee: '-0.03', net: '-3.97' },
      { ...own, partnerId: ids[1], amount: '-2.00', fee: '-0.02', net: '-1.98' },
    ]),
    SETTLEMENT_FILE,
  );
  const file = await importText(
    world,
    transactionFile([
      lineOf(transaction),
      lineOf(transaction, { type: 'REFUND', partnerId: ids[0], amount: '4.00' }),
      lineOf(transaction, { type: 'REFUND', partnerId: ids[1], amount: '2.00' }),
    ]),
  );

  expect(file).toMatchObject({ statement: { status: 'RECONCILED', matchedCount: 3 } });
  expect(await statuses()).toEqual(['STATUS_MISMATCH HEALED', 'MISSING_LOCALLY HEALED']);
  expect(
    await world.database.manager.find(Refund, { order: { amountMinor: 'ASC' } }),
  ).toMatchObject([
    { partnerRefundId: 'PORTAL-1', status: 'SUCCEEDED', feeMinor: 2n, netMinor: 198n },
    { partnerRefundId: ids[0], status: 'SUCCEEDED', feeMinor: 3n, netMinor: 397n },
  ]);
});

const UNHEARD: Line = {
  partnerId: 'T777',
  tradeNo: '2026010222001400000000000777',
  amount: '5.00',
};

test('a refund whose payment comes with an older file, imported later, is taken up then', async () => {
  const refund = { ...UNHEARD, type: 'REFUND', partnerId: 'PORTAL-2', amount: '1.00' };

  const next = await importText(world, transactionFile([refund], '2026-01-03'), NEXT_FILE);
  expect(await statuses()).toEqual(['MISSING_LOCALLY OPEN']);
  await importText(world, transactionFile([UNHEARD]));

  expect(await statuses()).toEqual(
    expect.arrayContaining(['MISSING_LOCALLY RESOLVED', 'MISSING_LOCALLY HEALED']),
  );
  expect(await statuses()).not.toContain('MISSING_LOCALLY OPEN');
  expect(await world.database.manager.findOneByOrFail(Transaction, {})).toMatchObject({
    status: 'PARTIALLY_REFUNDED',
    refundedMinor: 100n,
  });
  expect(
    await world.database.manager.findOneByOrFail(Statement, { id: next.statement?.id ?? '' }),
  ).toMatchObject({ status: 'RECONCILED' });
});

test.each<[string, () => Promise<unknown>]>([
  ['an older file', () => importDay(world, '2026-01-02', [UNHEARD])],
  [
    'a message',
    async () => {
      const { partnerId, tradeNo, amount } = UNHEARD;
      await receivePayment(world, {
        ...{ out_trade_no: partnerId, trade_no: tradeNo, total_fee: amount },
      });
      await importDay(world, '2026-01-04', []);
    },
  ],
])(
  'a line of another scene is looked at again once %s has told of its payment',
  async (_by, tell) => {
    const scene = 'portal';
    const refund = { ...UNHEARD, scene, type: 'REFUND', partnerId: 'PORTAL-2', amount: '1.00' };
    const stranger = { ...UNHEARD, scene, partnerId: 'T1', tradeNo: '1' };
    world.clock.set(new Date('2026-01-05T03:00:00Z'));
    const next = await importDay(world, '2026-01-03', [refund, stranger]);
    expect(next).toMatchObject({ statement: { status: 'RECONCILED', matchedCount: 0 } });
    expect(await world.database.manager.count(Transaction)).toBe(0);

    await tell();

    expect(await world.database.manager.find(Transaction)).toMatchObject([
      { alipayTransId: UNHEARD.tradeNo, status: 'PARTIALLY_REFUNDED', refundedMinor: 100n },
    ]);
  },
);

test('a claim that is under way when a line heals its payment stands', async () => {
  const { transaction } = await receivePayment(world, { out_trade_no: '' });
  const { manager } = world.database;
  const somebody = manager.dataSource.createQueryRunner();
  await somebody.startTransaction();
  await somebody.query('select from transactions for no key update');

  const claiming = claimTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    saleReference: 'SALE-1',
  });
  await untilWaiting(world, 1);
  const importing = importDay(world, '2026-01-02', [lineOf(transaction, { partnerId: 'T777' })]);
  await untilWaiting(world, 2);
  await somebody.commitTransaction();
  await Promise.all([claiming, importing]);
  await somebody.release();

  expect(await manager.findOneByOrFail(Transaction, { id: transaction.id })).toMatchObject({
    partnerTransId: 'T777',
    saleReference: 'SALE-1',
  });
});

test('a line of another scene, whose payment came into the books since, tells of it', async () => {
  const line = { ...UNHEARD, scene: 'portal' };
  world.clock.set(new Date('2026-01-03T03:00:00Z'));
  await importDay(world, '2026-01-02', [line]);
  const { partnerId, tradeNo } = UNHEARD;
  await receivePayment(world, { out_trade_no: partnerId, trade_no: tradeNo });

  await importDay(world, '2026-01-03', []);

  expect(await named(world)).toEqual(['AMOUNT_MISMATCH amount OPEN']);
});

test.each(['made elsewhere', 'given up by hand'])(
  'a refund %s that another one under way left no room for is taken up once that has failed',
  async (made) => {
    const { transaction } = await receivePayment(world);
    const refund = async (idempotencyKey: string, amount: string): Promise<Refund> => {
      world.gateway.next(cut);
      const opened = await refundTransaction(world.domain, {
        caller: world.owner,
        transactionId: transaction.id,
        amount: { amount, currency: 'HKD' },
        idempotencyKey,
      });
      return opened.refund ?? new Refund();
    };
    const giveUp = ({ id: refundId }: Refund) =>
      resolveRefund(world.domain, {
        caller: world.owner,
        refundId,
        outcome: 'FAILED',
        note: 'the customer has seen nothing',
      });
    let partnerId = 'PORTAL-3';
    if (made === 'given up by hand') {
      const first = await refund('first', '8.00');
      await giveUp(first);
      partnerId = first.partnerRefundId;
    }
    const second = await refund('second', '5.00');
    const line = lineOf(transaction, { type: 'REFUND', partnerId, amount: '8.00' });

    const file = await importText(world, transactionFile([lineOf(transaction), line]));
    expect(file).toMatchObject({ statement: { status: 'DISCREPANCIES' } });
    await importText(world, transactionFile([], '2026-01-03'), NEXT_FILE);
    expect(await statuses()).toEqual([expect.stringMatching(/ OPEN$/)]);
    await giveUp(second);
    await importText(
      world,
      transactionFile([], '2026-01-04'),
      NEXT_FILE.replace('20260103', '20260104'),
    );

    expect((await statuses()).map((one) => one.split(' ')[1]).sort()).toEqual([
      'HEALED',
      'RESOLVED',
    ]);
    expect(
      await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
    ).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedMinor: 800n });
    expect(
      await world.database.manager.findOneByOrFail(Statement, { id: file.statement?.id ?? '' }),
    ).toMatchObject({ status: 'RECONCILED' });
  },
);

test('an old file that is imported again ends a newer one whose import broke off', async () => {
  const { transaction } = await receivePayment(world);
  const old = transactionFile([lineOf(transaction)]);
  const newer = transactionFile([lineOf(transaction), UNHEARD]);
  await importText(world, old);
  await importText(world, newer);
  // As a process leaves it that dies just before the end.
  await world.database.manager.query(
    'update statements set status = null, imported_at = null where superseded_by is null',
  );

  const again = await importText(world, old);

  expect(again).toMatchObject({ statement: { status: 'DISCREPANCIES', supersededBy: null } });
  expect(await statuses()).toEqual(
    expect.arrayContaining(['MISSING_IN_STATEMENT OPEN', 'MISSING_LOCALLY HEALED']),
  );
  const rows: { lines: number; open: number }[] = await world.database.manager.query(
    `select (select count(*)::int from statement_lines) as lines,
       (select count(*)::int from statements where imported_at is null) as open`,
  );
  expect(rows).toEqual([{ lines: 1, open: 0 }]);
});

test('a payment that is told of while its line is looked up is the line’s payment', async () => {
  const { transaction } = await receivePayment(world);
  const text = transactionFile([lineOf(transaction)]);
  const numbers = {
    trade_no: transaction.alipayTransId,
    out_trade_no: transaction.partnerTransId ?? '',
  };
  await world.startAfresh();
  const wire = await openStatementProxy(world.database.url);
  const database = await openDatabase({ url: wire.url });
  let told: Promise<unknown> | undefined;
  wire.watch(async (statement, moment) => {
    if (
      moment === 'before' &&
      /from "transactions".*"partner_trans_id" in/is.test(statement.text)
    ) {
      await (told ??= receivePayment(world, numbers));
    }
  });

  const { statement } = await importText({ ...world, domain: { ...world.domain, database } }, text);
  await database.close();
  await wire.close();

  expect(told).toBeDefined();
  expect(statement).toMatchObject({ status: 'RECONCILED' });
  expect(await statuses()).toEqual([]);
});

test('files of one day that come at once heal each payment once, and nobody waits for ever', async () => {
  const lines = Array.from({ length: 40 }, (_, number): Line => ({
    partnerId: `T${number}`,
    tradeNo: `2026010222001400000000001${`${(number * 7) % 40}`.padStart(3, '0')}`,
    amount: '10.00',
  }));
  const settled = [...lines].reverse().map((line) => ({ ...line, fee: '0.08', net: '9.92' }));

  await Promise.all([
    importText(world, transactionFile(lines)),
    importText(world, transactionFile([...lines].reverse())),
    importText(
      world,
      settlementFile(settled.map(({ type: _type, ...line }) => line)),
      SETTLEMENT_FILE,
    ),
  ]);

  const events = await world.database.manager.find(TransactionEvent);
  expect(events.filter(({ type }) => type === 'PAYMENT_RECEIVED')).toHaveLength(40);
  expect(events.filter(({ type }) => type === 'RECONCILED')).toHaveLength(40);
  expect(await world.database.manager.countBy(Transaction, { feeMinor: 8n })).toBe(40);
  const inForce = await world.database.manager.find(Statement);
  expect(inForce.filter(({ supersededBy }) => supersededBy === null)).toHaveLength(2);
  expect(inForce.every(({ status }) => status === 'RECONCILED')).toBe(true);
  expect((await statuses()).filter((it) => it.endsWith('OPEN'))).toEqual([]);
});

test.each<[string, (payment: Transaction, date: string) => string]>([
  [
    'transaction',
    (payment, date) => transactionFile([lineOf(payment, { at: '2026-01-02 15:04:03' })], date),
  ],
  ['settlement', (payment) => settlementOf([lineOf(payment)])],
])(
  'a line that two %s files have is named once, also when both come at once',
  async (kind, write) => {
    const payments: Transaction[] = [];
    while (payments.length < 4) payments.push((await receivePayment(world)).transaction);

    for (const [at, payment] of payments.entries()) {
      await Promise.all(
        [`2026-01-0${2 * at + 1}`, `2026-01-0${2 * at + 2}`].map((date) =>
          importText(
            world,
            write(payment, date),
            `${PARTNER_ID}_${kind}_${date.replaceAll('-', '')}.txt`,
          ),
        ),
      );
    }

    const named = (await complaints(world)).filter((it) => it.kind === 'DUPLICATE_LINE');
    expect(named.map((it) => it.transactionId).sort()).toEqual(payments.map(({ id }) => id).sort());
  },
);

test('a line that two files have is named also when they come to processes whose clocks are half a minute apart', async () => {
  const { transaction } = await receivePayment(world);
  const { domain } = world;
  const behind = { ...domain, now: () => new Date(domain.now().getTime() - 30_000) };
  const at = '2026-01-02 15:04:03';
  const wire = await openStatementProxy(world.database.url);
  const database = await openDatabase({ url: wire.url });
  let other: Promise<unknown> | undefined;
  wire.watch(async (statement, moment) => {
    // Its lines are compared, and the other file comes and goes before it ends.
    if (moment === 'before' && statement.text.includes("d.kind = 'MISSING_LOCALLY'")) {
      const text = transactionFile([lineOf(transaction, { at })], '2026-01-03');
      await (other ??= importText({ ...world, domain: behind }, text, NEXT_FILE));
    }
  });

  await importText(
    { ...world, domain: { ...domain, database } },
    transactionFile([lineOf(transaction)]),
  );
  await database.close();
  await wire.close();

  expect(other).toBeDefined();
  expect(await statuses()).toEqual(['DUPLICATE_LINE OPEN']);
});

test('an import whose file is corrected meanwhile takes nothing more from it', async () => {
  const { transaction } = await receivePayment(world);
  const payment = lineOf(transaction);
  const refund = { ...payment, type: 'REFUND', partnerId: 'PORTAL-3', amount: '1.00' };
  const wire = await openStatementProxy(world.database.url);
  const database = await openDatabase({ url: wire.url });
  let hasPayments = false;
  let corrected: Promise<unknown> | undefined;
  wire.watch(async ({ text }, moment) => {
    if (moment !== 'before') return;
    // Between the block of its payments and that of its refunds.
    if (text.includes('insert into statement_lines')) hasPayments = true;
    else if (hasPayments && /^start transaction/i.test(text)) {
      await (corrected ??= importText(world, transactionFile([payment])));
    }
  });

  const { statement } = await importText(
    { ...world, domain: { ...world.domain, database } },
    transactionFile([payment, refund]),
  );
  await database.close();
  await wire.close();

  expect(await corrected).toMatchObject({ statement: { status: 'RECONCILED', matchedCount: 1 } });
  expect(statement?.supersededBy).not.toBeNull();
  expect(await world.database.manager.count(Refund)).toBe(0);
});

test.each([
  ['P', 'a payment on record', true],
  ['R', 'a payment on record', true],
  ['P', 'one that nobody knew', false],
] as const)(
  'a settlement’s line (%s) of the cancel of %s waits for the file that tells of the cancel, and for nobody',
  async (type, _what, isKnown) => {
    const { transaction } = await receivePayment(world);
    const payment = isKnown
      ? lineOf(transaction)
      : { partnerId: 'T9', tradeNo: '2026010222001400000000000999', amount: '10.00' };
    const { tradeNo } = payment;
    const settlement = { amount: '10.00', fee: '0.00', net: '10.00' };
    await importText(
      world,
      settlementFile([{ type, tradeNo, partnerId: tradeNo, ...settlement }]),
      SETTLEMENT_FILE,
    );
    const [complaint] = await complaints(world);
    expect(complaint).toMatchObject({ status: 'OPEN', actual: 'CANCELLED' });

    await importText(
      world,
      transactionFile(
        [lineOf(transaction), payment, { ...payment, type: 'CANCEL' }].slice(isKnown ? 1 : 0),
      ),
    );

    expect((await complaints(world)).find(({ id }) => id === complaint?.id)).toMatchObject({
      ...{ status: 'RESOLVED', resolvedBy: 'reconciliation' },
    });
    expect(
      await world.database.manager.findOneByOrFail(Statement, { id: complaint?.statementId ?? '' }),
    ).toMatchObject({ status: 'RECONCILED' });
  },
);

test('a settlement told twice stays settled when the second file is corrected', async () => {
  const { transaction } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const settled = (payment: Transaction): string => settlementOf([lineOf(payment)]);
  const otherFile = `${PARTNER_ID}_settlement_20260105.txt`;
  await importText(world, settled(transaction), SETTLEMENT_FILE);
  await importText(world, settled(transaction), otherFile);

  await importText(world, settled(other), otherFile);

  expect(await statuses()).toEqual(['DUPLICATE_LINE RESOLVED']);
  expect(
    await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
  ).toMatchObject({ feeMinor: 5n, netMinor: 995n });
});

test.each(['that waits for a person', 'that a person has closed'])(
  'a settlement told twice %s is settled by the second file, once the first tells of it no more',
  async (which) => {
    const { transaction } = await receivePayment(world);
    const { transaction: other } = await receivePayment(world);
    const { partnerId, tradeNo, amount } = lineOf(transaction);
    const settledAt = new Date('2026-01-05T07:46:00Z');
    const second = { partnerId, tradeNo, amount, fee: '0.05', net: '9.95', settledAt };
    await importText(world, settlementOf([lineOf(transaction)]), SETTLEMENT_FILE);
    const otherFile = `${PARTNER_ID}_settlement_20260105.txt`;
    const { statement } = await importText(world, settlementFile([second]), otherFile);
    const [twice] = await complaints(world);
    if (which === 'that a person has closed') {
      const command = { caller: world.owner, discrepancyId: twice?.id ?? '', note: 'told twice' };
      await resolveDiscrepancy(world.domain, command);
    }

    await importText(world, settlementOf([lineOf(other)]), SETTLEMENT_FILE);

    const { manager } = world.database;
    expect(await manager.findOneByOrFail(Transaction, { id: transaction.id })).toMatchObject({
      ...{ feeMinor: 5n, netMinor: 995n, settledAt },
    });
    expect(await statuses()).toEqual(['DUPLICATE_LINE RESOLVED']);
    expect(await manager.findOneByOrFail(Statement, { id: statement?.id ?? '' })).toMatchObject({
      status: 'RECONCILED',
    });
  },
);

test.each([
  ['has it still', true, new Date('2026-01-05T07:46:00Z'), '0.05', 5n],
  ['has it no more, which named another fee', false, new Date('2026-01-03T07:46:00Z'), '0.07', 7n],
])(
  'a settlement told twice stays settled when the corrected first file %s',
  async (_what, hasIt, settledAt, fee, feeMinor) => {
    const { transaction } = await receivePayment(world);
    const { transaction: other } = await receivePayment(world);
    const { partnerId, tradeNo, amount } = lineOf(transaction);
    const net = fee === '0.05' ? '9.95' : '9.93';
    await importText(world, settlementOf([lineOf(transaction)]), SETTLEMENT_FILE);
    await importText(
      world,
      settlementFile([{ partnerId, tradeNo, amount, fee, net, settledAt }]),
      `${PARTNER_ID}_settlement_20260105.txt`,
    );

    const corrected = hasIt ? [lineOf(other), lineOf(transaction)] : [lineOf(other)];
    await importText(world, settlementOf(corrected), SETTLEMENT_FILE);

    expect(
      await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
    ).toMatchObject({ feeMinor, settledAt: new Date('2026-01-03T07:46:00Z') });
    expect(await statuses()).toEqual(
      hasIt ? ['DUPLICATE_LINE OPEN', 'DUPLICATE_LINE OPEN'] : ['DUPLICATE_LINE RESOLVED'],
    );
  },
);

test('a settlement told twice stays as the first file told it when the second, with another fee, is corrected', async () => {
  const { transaction } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const { partnerId, tradeNo, amount } = lineOf(transaction);
  const otherFile = `${PARTNER_ID}_settlement_20260105.txt`;
  await importText(world, settlementOf([lineOf(transaction)]), SETTLEMENT_FILE);
  const again = settlementFile([{ partnerId, tradeNo, amount, fee: '0.07', net: '9.93' }]);
  await importText(world, again, otherFile);

  await importText(world, settlementOf([lineOf(other)]), otherFile);

  expect(
    await world.database.manager.findOneByOrFail(Transaction, { id: transaction.id }),
  ).toMatchObject({ feeMinor: 5n, netMinor: 995n });
});

test('a file that the server has written anew under its name takes the place of the earlier one', async () => {
  const { transaction } = await receivePayment(world);
  const server = createFileServer();
  const catchUp = async (): Promise<readonly string[]> =>
    (await catchUpStatements({ ...world.domain, statementFiles: server.folder })).imported;
  const early = transactionFile([]);
  const whole = transactionFile([lineOf(transaction)]);

  server.write(TRANSACTION_FILE, early);
  expect(await catchUp()).toEqual([TRANSACTION_FILE]);
  server.write(TRANSACTION_FILE, whole);
  expect(await catchUp()).toEqual([TRANSACTION_FILE]);
  expect(await catchUp()).toEqual([]);

  expect(await world.database.manager.find(Statement, { order: { id: 'ASC' } })).toMatchObject([
    { lineCount: 0, status: 'RECONCILED', supersededBy: expect.any(String) as string },
    { lineCount: 1, status: 'RECONCILED', supersededBy: null },
  ]);
});

test('what a person has imported since stays, whatever the server still keeps', async () => {
  const { transaction } = await receivePayment(world);
  const server = createFileServer();
  const statementFiles = server.folder;
  const wrong = transactionFile([lineOf(transaction, { amount: '9.00' })]);
  server.write(TRANSACTION_FILE, wrong);
  await importText(world, wrong);
  await importText(world, transactionFile([lineOf(transaction)]));

  await catchUpStatements({ ...world.domain, statementFiles });
  expect(server.opened).toBe(0);
  await reconcileDay(
    { ...world.domain, statementFiles },
    { caller: world.owner, date: '2026-01-02' },
  );

  expect(server.opened).toBe(1);
  expect(await statuses()).toEqual(['AMOUNT_MISMATCH RESOLVED']);
  expect(await world.database.manager.count(Statement)).toBe(2);
});

test.each(['the time at which it was put there again', 'the time that it had before'])(
  'a file that the server had cut short for a while, and has whole again with %s, is in force again',
  async (time) => {
    const { transaction } = await receivePayment(world);
    const { transaction: other } = await receivePayment(world);
    const server = createFileServer();
    const deliver = async (text: string, writtenAt?: Date): Promise<readonly string[]> => {
      server.write(SETTLEMENT_FILE, text, writtenAt);
      return (await catchUpStatements({ ...world.domain, statementFiles: server.folder })).imported;
    };
    const whole = settlementOf([lineOf(transaction), lineOf(other)]);
    const before = world.clock.now();
    await deliver(whole, before);
    await deliver(settlementOf([lineOf(transaction)]));

    const again = time === 'the time that it had before' ? before : undefined;
    expect(await deliver(whole, again)).toEqual([SETTLEMENT_FILE]);

    expect(await world.database.manager.find(Transaction, { order: { id: 'ASC' } })).toMatchObject([
      { netMinor: 995n },
      { netMinor: 995n },
    ]);
    expect(await deliver(whole, again ?? world.clock.now())).toEqual([]);
  },
);

test('a file that a person had fetched while the server had it cut short gives way to the whole one', async () => {
  const { transaction } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  const server = createFileServer();
  const books = { ...world.domain, statementFiles: server.folder };
  const whole = settlementOf([lineOf(transaction), lineOf(other)]);
  server.write(SETTLEMENT_FILE, whole);
  await catchUpStatements(books);
  server.write(SETTLEMENT_FILE, settlementOf([lineOf(transaction)]));
  await reconcileDay(books, { caller: world.owner, date: '2026-01-02' });
  server.write(SETTLEMENT_FILE, whole);

  const { statements } = await reconcileDay(books, { caller: world.owner, date: '2026-01-02' });

  expect(statements).toMatchObject([{ status: 'RECONCILED', supersededBy: null, lineCount: 2 }]);
  expect(await world.database.manager.find(Transaction, { order: { id: 'ASC' } })).toMatchObject([
    { netMinor: 995n },
    { netMinor: 995n },
  ]);
  await catchUpStatements(books);
  expect((await catchUpStatements(books)).imported).toEqual([]);
});

test('a file that a person could not import keeps none of the server’s away', async () => {
  const { transaction } = await receivePayment(world);
  const server = createFileServer();
  const catchUp = async (): Promise<readonly string[]> =>
    (await catchUpStatements({ ...world.domain, statementFiles: server.folder })).imported;
  server.write(TRANSACTION_FILE, transactionFile([lineOf(transaction)]));
  server.write(SETTLEMENT_FILE, 'cut');
  await importText(world, 'mangled');
  await importText(world, 'cut', SETTLEMENT_FILE);

  expect(await catchUp()).toEqual([TRANSACTION_FILE, SETTLEMENT_FILE]);
  expect(await catchUp()).toEqual([]);
});

/** A folder of files, each listed with its size and the time at which it was written. */
function createFileServer() {
  const files = new Map<string, { readonly bytes: Buffer; readonly modifiedAt: Date }>();
  const server = {
    opened: 0,
    write: (name: string, text: string, writtenAt?: Date): void => {
      world.clock.advance(3_600_000);
      const modifiedAt = writtenAt ?? world.clock.now();
      files.set(name, { bytes: Buffer.from(text), modifiedAt });
    },
    folder: {
      list: () =>
        Promise.resolve(
          [...files].map(([name, { bytes, modifiedAt }]) => ({
            ...{ name, modifiedAt, size: bytes.length },
          })),
        ),
      open: (name: string): Promise<AsyncIterable<Uint8Array> | null> => {
        const file = files.get(name);
        if (file === undefined) return Promise.resolve(null);
        server.opened += 1;
        return Promise.resolve(Readable.from([file.bytes]));
      },
    },
  };
  return server;
}
