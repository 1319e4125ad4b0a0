import { type Fields } from '@countersign/alipay-protocol';
import { type QueryRunner } from 'typeorm';
import { uuidv7 } from 'uuidv7';

import { openDatabase } from '../src/database/open-database';
import { type Caller } from '../src/domain';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { confirmQuarantined } from '../src/inbox/confirm-quarantined';
import { Notification } from '../src/inbox/notification.entity';
import { processNotifications } from '../src/inbox/process-notifications';
import { replayNotification } from '../src/inbox/replay-notification';
import { QrCode } from '../src/qr-code/qr-code.entity';
import {
  partnerRefundIdOf,
  refundTransaction,
  type RefundResult,
} from '../src/refund/refund-transaction';
import { resolveRefund } from '../src/refund/resolve-refund';
import { settlePendingRefunds } from '../src/refund/settle-pending-refunds';
import { salesReport } from '../src/report/sales-report';
import { confirmPayment, endRestoration } from '../src/restoration/confirm-payments';
import { noticeRestoration, recordRestoration } from '../src/restoration/notice-restoration';
import { restorationProgress } from '../src/restoration/restoration.queries';
import { Store } from '../src/store/store.entity';
import { askPayingWallets } from '../src/transaction/ask-paying-wallets';
import { cancelTransaction } from '../src/transaction/cancel-transaction';
import { recoverTransaction } from '../src/transaction/recover-transaction';
import { refreshTransaction } from '../src/transaction/refresh-transaction';
import { settlePendingCancels } from '../src/transaction/settle-pending-cancels';
import { Transaction } from '../src/transaction/transaction.entity';
import { type Answering, cut, refusal, signed, tradeIs, unsignedRefusal } from './support/gateway';
import {
  findTrade,
  notify,
  openCounter,
  openInbox,
  paymentFields,
  receivePayment,
} from './support/payments';
import { importDay, importText, lineOf, transactionFile } from './support/statements';
import { untilWaiting } from './support/until-waiting';
import { callerOf, createWorld, PARTNER_ID, type World } from './support/world';

const REFUND = 'alipay.acquire.overseas.spot.refund';
const REFUND_QUERY = 'alipay.acquire.refund.query';
const CANCEL = 'alipay.acquire.cancel';
const QUERY = 'alipay.acquire.overseas.query';
/** As in open-database.ts: whoever holds it keeps all others from the end of a block that tells something. */
const EVENT_LOCK = 4_711_001;

const made: Answering = (request) =>
  signed({
    result_code: 'SUCCESS',
    partner_refund_id: request['partner_refund_id'] ?? '',
    refund_amount: request['refund_amount'] ?? '',
  });
const refundIs =
  (state: string, more: Record<string, string> = {}): Answering =>
  (request) =>
    signed({
      response_code: 'SUCCESS',
      refund_result_code: state,
      out_trade_no: request['out_trade_no'] ?? '',
      out_return_no: request['out_return_no'] ?? '',
      ...more,
    });
const noSuchRefund = signed({ response_code: 'NOT_FOUND' });
const cancelled: Answering = ({ out_trade_no: order = '' }) =>
  signed({ result_code: 'SUCCESS', out_trade_no: order, action: 'refund' });

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.startAfresh();
  await world.database.manager.query(
    'delete from restorations; update deployment set database_identity = null',
  );
});
afterAll(() => world.close());

/** What a dump looks like that was restored elsewhere: it remembers another database. */
async function restoreElsewhere(): Promise<void> {
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  world.clock.advance(60_000);
  await noticeRestoration(world.domain);
}

function refund(
  transaction: Transaction,
  idempotencyKey: string,
  amount?: string,
): Promise<RefundResult> {
  return refundTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
    idempotencyKey,
    ...(amount === undefined ? {} : { amount: { amount, currency: 'HKD' } }),
  });
}

function reload({ id }: Transaction): Promise<Transaction> {
  return world.database.manager.findOneByOrFail(Transaction, { id });
}

async function settleLater(): Promise<void> {
  world.clock.advance(60_000);
  await settlePendingRefunds(world.domain, { limit: 10 });
  await settlePendingCancels(world.domain, { limit: 10 });
}

test('the first start, and every start in the same database, notices nothing', async () => {
  expect(await noticeRestoration(world.domain)).toBeNull();
  expect(await noticeRestoration(world.domain)).toBeNull();
  expect(await restorationProgress(world.database)).toBeNull();
});

/** What reading a dump back into its own database does to each row. */
function readBack(): Promise<unknown> {
  return world.database.manager.query(
    'with gone as (delete from deployment returning *) insert into deployment select * from gone',
  );
}

test('a dump that was read back into its own database is noticed; what PostgreSQL does to keep house is not', async () => {
  await noticeRestoration(world.domain);
  await world.database.manager.query('vacuum (freeze, full) deployment');
  await world.database.manager.query('vacuum (freeze) deployment');
  expect(await noticeRestoration(world.domain)).toBeNull();

  await readBack();

  expect(await noticeRestoration(world.domain)).toMatchObject({ endedAt: null });
  await endRestoration(world.domain, { caller: world.owner, note: 'compared' });
  expect(await noticeRestoration(world.domain)).toBeNull();
});

test('books that an earlier version has left are at home, and a dump of them elsewhere is not', async () => {
  await world.database.manager.query(
    `update deployment set database_identity = system_identifier || '/' || oid
     from pg_control_system(), pg_database where datname = current_database()`,
  );
  expect(await noticeRestoration(world.domain)).toBeNull();
  await readBack();
  expect(await noticeRestoration(world.domain)).not.toBeNull();
});

describe('a host that brings its database up to date, and never notices a restore itself', () => {
  const begin = async (): Promise<void> => {
    await (await openDatabase({ url: world.database.url, migrate: true })).close();
  };

  test('gives nothing back of books that were read back', async () => {
    const { transaction } = await receivePayment(world);
    await begin();
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    world.gateway.always(REFUND, made);
    expect(await refund(transaction, 'before', '1.00')).toMatchObject({ refund: {} });

    await readBack();
    await begin();

    expect(await refund(transaction, 'new', '4.00')).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
    });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  });

  test('leaves it to be noticed', async () => {
    await begin();
    expect(await noticeRestoration(world.domain)).toBeNull();
    await readBack();
    await begin();

    expect(await noticeRestoration(world.domain)).not.toBeNull();
  });
});

test('nothing is given back of books that were read back under a running process', async () => {
  const { transaction } = await receivePayment(world);
  const { transaction: open } = await receivePayment(world);
  await noticeRestoration(world.domain);
  world.gateway.next({ kind: 'CUT' });
  await refund(open, 'open');
  await readBack();
  world.gateway.always(REFUND_QUERY, noSuchRefund);
  world.gateway.always(QUERY, tradeIs('TRADE_SUCCESS'));

  expect(await refund(transaction, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  const command = { caller: world.owner, transactionId: transaction.id };
  expect(await cancelTransaction(world.domain, command)).toMatchObject({
    refusal: 'NOT_ALLOWED_IN_STATE',
  });
  await settleLater();

  expect(await reload(open)).toMatchObject({ pendingRefundMinor: 1000n });
  expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  expect(world.gateway.requestsTo(CANCEL)).toHaveLength(0);
});

describe('the doubts end with the files of all days that the books miss', () => {
  const DAY = 24 * 3_600_000;
  const again = (transaction: Transaction) => refund(transaction, 'under a new key', '4.00');

  test.each<[string, () => Promise<unknown>]>([
    ['', () => Promise.resolve()],
    [', also where a person has said first that it was', () => recordRestoration(world.domain)],
  ])('whatever a process took in that ran on when the dump was read back%s', async (_, first) => {
    const { transaction } = await receivePayment(world); // 2 January, when the backup is made
    await noticeRestoration(world.domain);
    world.clock.advance(2 * DAY);
    await readBack();
    const at = '2026-01-04 15:04:03';
    const { transaction: later } = await receivePayment(world, { gmt_payment: at });
    world.clock.advance(10_000);
    await first();
    const restoration = await noticeRestoration(world.domain);

    await importDay(world, '2026-01-04', [lineOf(later, { at })]);
    await importDay(world, '2026-01-05', []);
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    expect(restoration?.booksUntil).toEqual(transaction.updatedAt);
    expect(await again(transaction)).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });

    await importDay(world, '2026-01-02', [lineOf(transaction)]);
    await importDay(world, '2026-01-03', []);
    world.gateway.always(REFUND, made);
    expect(await again(transaction)).toMatchObject({ refund: { status: 'SUCCEEDED' } });
  });

  test('whatever a clock that was ahead has dated', async () => {
    await importDay(world, '2026-01-01', []);
    const { transaction } = await receivePayment(world);
    await noticeRestoration(world.domain);
    world.clock.advance(9 * 3_600_000); // one machine's clock: on 3 January in Beijing
    await receivePayment(world);
    world.clock.advance(DAY - 9 * 3_600_000);
    await restoreElsewhere();

    await importDay(world, '2026-01-03', []);
    await importDay(world, '2026-01-04', []);
    world.gateway.always(REFUND_QUERY, noSuchRefund);

    expect(await again(transaction)).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  });
});

describe('a backup that is said to be put back while the doubts of an earlier one end', () => {
  const DAY = 24 * 3_600_000;
  let somebody: QueryRunner;
  beforeEach(async () => {
    somebody = world.database.manager.dataSource.createQueryRunner();
    await somebody.startTransaction();
  });
  afterEach(() => somebody.release());

  async function nothingNewIsGivenBack(transaction: Transaction): Promise<void> {
    const before = world.gateway.requestsTo(REFUND).length;
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    world.gateway.always(REFUND, made);
    expect(await refund(transaction, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(before);
  }

  test('has its own, though the last file comes while it is put down', async () => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.clock.advance(2 * DAY);
    await importDay(world, '2026-01-02', [lineOf(transaction)]);
    await somebody.query('select from transactions for no key update');

    const recording = recordRestoration(world.domain);
    await untilWaiting(world, 1);
    const importing = importDay(world, '2026-01-03', []);
    await untilWaiting(world, 2);
    await somebody.commitTransaction();
    await Promise.all([recording, importing]);

    await nothingNewIsGivenBack(transaction);
  });

  test('has its own, though what was open last is settled by a person just before', async () => {
    const { transaction } = await receivePayment(world);
    const { transaction: other } = await receivePayment(world);
    world.gateway.next(cut);
    const { refund: open } = await refund(other, 'open', '4.00');
    await restoreElsewhere();
    world.clock.advance(2 * DAY);
    await importDay(world, '2026-01-02', [lineOf(transaction), lineOf(other)]);
    await importDay(world, '2026-01-03', []);
    await somebody.query(`select pg_advisory_xact_lock(${EVENT_LOCK})`);

    const resolving = resolveRefund(world.domain, {
      caller: world.owner,
      refundId: open?.id ?? '',
      outcome: 'FAILED',
      note: 'the till says so',
    });
    await untilWaiting(world, 1);
    const recording = recordRestoration(world.domain);
    await untilWaiting(world, 2);
    await somebody.commitTransaction();
    await Promise.all([resolving, recording]);

    await nothingNewIsGivenBack(transaction);
  });
});

test('several processes that start in a restored database notice one restoration', async () => {
  const { transaction } = await receivePayment(world);
  await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
  world.clock.advance(60_000);

  const noticed = await Promise.all([1, 2, 3].map(() => noticeRestoration(world.domain)));

  expect(new Set(noticed.map((restoration) => restoration?.id)).size).toBe(1);
  expect(noticed[0]?.booksUntil).toEqual(transaction.updatedAt);
  expect(await restorationProgress(world.database)).toMatchObject({
    inDoubt: 1,
    confirmed: 0,
    toBeAsked: 1,
    pending: 0,
  });
  expect(world.log.filter(({ level }) => level === 'warn')).toHaveLength(3);
});

test('a new refund of a payment in doubt is refused, and nothing that moves money is sent', async () => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  world.gateway.next(noSuchRefund);

  expect(await refund(transaction, 'new')).toMatchObject({
    refusal: 'NOT_ALLOWED_IN_STATE',
    transaction: { id: transaction.id },
  });
  expect(world.gateway.requestsTo(REFUND)).toHaveLength(0);
});

test.each(['FAILED', 'CANCELED'])(
  'a refund that Alipay knows as %s is not sent anew',
  async (state) => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.gateway.next(refundIs(state));

    expect(await refund(transaction, 'same')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(0);
  },
);

test('without an answer about it nothing is decided', async () => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  world.gateway.next({ kind: 'CUT' });

  expect(await refund(transaction, 'same')).toMatchObject({ refusal: 'ALIPAY_UNAVAILABLE' });
});

test.each(['SUCCESS', 'PROCESSING'])(
  'a refund sent again that Alipay knows as %s comes back into the books under its own id',
  async (state) => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.gateway.next(refundIs(state), made);

    const result = await refund(transaction, 'same', '4.00');
    const again = await refund(transaction, 'same', '4.00');

    expect(result).toMatchObject({
      refund: { status: 'SUCCEEDED', amountMinor: 400n },
      transaction: { status: 'PARTIALLY_REFUNDED' },
      replayed: false,
    });
    expect(again).toMatchObject({ replayed: true });
    expect(world.gateway.requestsTo(REFUND_QUERY)[0]?.['out_return_no']).toBe(
      world.gateway.requestsTo(REFUND)[0]?.['partner_refund_id'],
    );
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  },
);

test.each<[string, readonly Answering[]]>([
  ['at once', [made]],
  ['later', [{ kind: 'CUT' }, made]],
])('a refund that comes back %s was given back on its own day', async (_, answers) => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  world.clock.advance(24 * 3_600_000);
  const known = refundIs('SUCCESS', { gmt_create: '2026-01-02 16:00:00' });
  world.gateway.next(known, ...answers);
  world.gateway.always(REFUND_QUERY, known);

  await refund(transaction, 'same', '4.00');
  await settleLater();

  const days = { from: '2026-01-01', to: '2026-01-04', groupBy: 'DAY' } as const;
  expect(await salesReport(world.database, world.owner, days)).toMatchObject([
    { key: '2026-01-02', grossMinor: 1000n, refundedMinor: 400n },
  ]);
});

test('a refund that Alipay knows, and will not make again, did not fail', async () => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  world.gateway.next(refundIs('SUCCESS'), refusal('TRADE_HAS_CLOSE'));

  const result = await refund(transaction, 'same');

  expect(result).toMatchObject({ refund: { status: 'PENDING' }, replayed: false });
});

describe('of which amount Alipay has made a refund, a repeat alone tells', () => {
  const ofAnotherAmount = refusal('DISCORDANT_REPEAT_REQUEST');

  test('it failed where it is another, and comes back once the others have', async () => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.gateway.next(refundIs('SUCCESS'), ofAnotherAmount);
    world.gateway.next(refundIs('SUCCESS'), made, refundIs('SUCCESS'), made);

    const tooEarly = await refund(transaction, 'rest');
    await refund(transaction, 'before', '4.00');
    const inOrder = await refund(transaction, 'rest');

    expect(tooEarly).toMatchObject({
      refusal: 'IDEMPOTENCY_CONFLICT',
      message: expect.stringMatching(/in their order/) as string,
      refund: { status: 'FAILED', amountMinor: 1000n },
    });
    expect(inOrder).toMatchObject({ refund: { status: 'SUCCEEDED', amountMinor: 600n } });
    expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED', refundedMinor: 1000n });
  });

  test('what the file of its day then tells is what its key stands for', async () => {
    const { transaction } = await receivePayment(world);
    const partnerId = partnerRefundIdOf(PARTNER_ID, transaction.alipayTransId, 'key');
    const line = { type: 'REFUND', partnerId, tradeNo: transaction.alipayTransId, amount: '6.00' };
    await restoreElsewhere();
    world.gateway.next(refundIs('SUCCESS'), ofAnotherAmount);

    await refund(transaction, 'key', '10.00');
    await importText(world, transactionFile([lineOf(transaction), line]));

    expect(await refund(transaction, 'key', '6.00')).toMatchObject({ replayed: true });
    expect(await refund(transaction, 'key', '10.00')).toMatchObject({
      refusal: 'IDEMPOTENCY_CONFLICT',
    });
  });

  test.each<[string, Answering]>([
    ['without an answer', { kind: 'CUT' }],
    ['refused for whatever else', refusal('TRADE_HAS_CLOSE')],
  ])('%s it is open, and sent again until Alipay tells', async (_, answer) => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.gateway.next(refundIs('SUCCESS'), answer);
    world.gateway.always(REFUND_QUERY, refundIs('SUCCESS'));

    const open = await refund(transaction, 'rest', '10.00');
    world.gateway.next(ofAnotherAmount);
    await settleLater();

    expect(open).toMatchObject({ refund: { status: 'PENDING' } });
    expect(await reload(transaction)).toMatchObject({ refundedMinor: 0n, pendingRefundMinor: 0n });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(2);
  });

  test.each<[string, (alipayTransId: string) => Promise<unknown>]>([
    [
      'has confirmed the payment',
      (alipayTransId) =>
        confirmPayment(world.domain, { caller: world.owner, alipayTransId, note: 'seen' }),
    ],
    [
      'has ended the doubts',
      () => endRestoration(world.domain, { caller: world.owner, note: 'compared' }),
    ],
    [
      'has said once more that a backup was put back',
      () => {
        world.clock.advance(60_000);
        return recordRestoration(world.domain);
      },
    ],
  ])('also once somebody %s', async (_, intervene) => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.gateway.next(refundIs('SUCCESS'), { kind: 'CUT' });
    world.gateway.always(REFUND_QUERY, refundIs('SUCCESS'));
    world.gateway.always(REFUND, ofAnotherAmount);

    await refund(transaction, 'rest');
    await intervene(transaction.alipayTransId);
    await settleLater();

    expect(await reload(transaction)).toMatchObject({ refundedMinor: 0n });
  });

  test.each<[string, Answering]>([
    ['failed', ofAnotherAmount],
    ['was given up by a person', refusal('TRADE_HAS_CLOSE')],
  ])('also when it %s, and is asked for once more after the doubts', async (_, answer) => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.gateway.next(refundIs('SUCCESS'), answer);
    world.gateway.always(REFUND_QUERY, refundIs('SUCCESS'));
    world.gateway.always(REFUND, ofAnotherAmount);

    const first = await refund(transaction, 'rest');
    await resolveRefund(world.domain, {
      ...{ caller: world.owner, refundId: first.refund?.id ?? '' },
      ...{ outcome: 'FAILED', note: 'the wallet shows another amount' },
    });
    await endRestoration(world.domain, { caller: world.owner, note: 'compared' });
    await refund(transaction, 'rest');
    await settleLater();

    expect(await reload(transaction)).toMatchObject({ refundedMinor: 0n, pendingRefundMinor: 0n });
  });
});

describe('what was open in the backup may have been refused since, and is asked about alone', () => {
  test.each<[string, Answering, object]>([
    ['knows of as made', refundIs('SUCCESS'), { refundedMinor: 400n, pendingRefundMinor: 0n }],
    ['knows of as failed', refundIs('FAILED'), { refundedMinor: 0n, pendingRefundMinor: 0n }],
    ['does not know', noSuchRefund, { refundedMinor: 0n, pendingRefundMinor: 400n }],
  ])('a refund that Alipay %s', async (_, query, sums) => {
    const { transaction } = await receivePayment(world);
    world.gateway.next({ kind: 'CUT' });
    await refund(transaction, 'open', '4.00');
    await restoreElsewhere();
    world.gateway.always(REFUND, made);
    world.gateway.always(REFUND_QUERY, query);

    await settleLater();

    expect(await reload(transaction)).toMatchObject(sums);
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
  });

  test.each([
    ['TRADE_CLOSED', 0, 'DONE'],
    ['TRADE_SUCCESS', 0, 'PENDING'],
    ['TRADE_SUCCESS', 24 * 3_600_000, 'FAILED'],
  ])('a cancel of a payment that is %s, %i ms later: %s', async (state, laterMs, cancelStatus) => {
    const { transaction } = await receivePayment(world);
    world.gateway.next({ kind: 'CUT' });
    await cancelTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });
    await restoreElsewhere();
    world.gateway.always(QUERY, tradeIs(state));
    world.clock.advance(laterMs);

    await settleLater();

    expect(await reload(transaction)).toMatchObject({ cancelStatus });
    expect(world.gateway.requestsTo(CANCEL)).toHaveLength(1);
  });

  test('a refund that nobody has looked into is not sent because a person ends the doubts', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next({ kind: 'CUT' });
    const open = await refund(transaction, 'open', '4.00');
    await restoreElsewhere();
    world.gateway.always(REFUND, made);
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    const end = (): ReturnType<typeof endRestoration> =>
      endRestoration(world.domain, { caller: world.owner, note: 'compared' });

    expect(await end()).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: expect.stringContaining(transaction.alipayTransId) as string,
    });
    await settleLater();

    expect(world.gateway.requestsTo(REFUND)).toHaveLength(1);
    await resolveRefund(world.domain, {
      ...{ caller: world.owner, refundId: open.refund?.id ?? '' },
      ...{ outcome: 'FAILED', note: 'the till gave it back under another key' },
    });
    expect(await end()).toMatchObject({ restoration: { note: 'compared' } });
  });

  /** Alipay would make it, if it was sent again. */
  async function openCancelOfBefore(): Promise<Transaction> {
    const { transaction } = await receivePayment(world);
    world.gateway.next({ kind: 'CUT' });
    await cancelTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });
    await restoreElsewhere();
    world.gateway.always(CANCEL, cancelled);
    world.gateway.always(QUERY, tradeIs('TRADE_SUCCESS'));
    return transaction;
  }

  test('nor is a cancel, of which a part may have been refunded in its place', async () => {
    const transaction = await openCancelOfBefore();
    const end = (): ReturnType<typeof endRestoration> =>
      endRestoration(world.domain, { caller: world.owner, note: 'compared' });

    const early = await end();
    await settleLater();

    expect(world.gateway.requestsTo(CANCEL)).toHaveLength(1);
    expect(early).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
      message: expect.stringContaining(transaction.alipayTransId) as string,
    });
    world.clock.advance(24 * 3_600_000);
    await settleLater();
    expect(await end()).toMatchObject({ restoration: { note: 'compared' } });
  });

  test('a cancel keeps the doubts, though the files of all days are reconciled', async () => {
    const transaction = await openCancelOfBefore();

    await importDay(world, '2026-01-02', [lineOf(transaction)]);
    await importDay(world, '2026-01-03', []);
    await settleLater();

    expect(await restorationProgress(world.database)).toMatchObject({ pending: 1 });
    expect(world.gateway.requestsTo(CANCEL)).toHaveLength(1);
  });

  test('a refund of a payment that a person has confirmed is sent again', async () => {
    const { transaction } = await receivePayment(world);
    world.gateway.next({ kind: 'CUT' });
    await refund(transaction, 'open', '4.00');
    await restoreElsewhere();
    const { alipayTransId } = transaction;
    await confirmPayment(world.domain, { caller: world.owner, alipayTransId, note: 'seen' });
    world.gateway.next(made);

    await settleLater();

    expect(await reload(transaction)).toMatchObject({ refundedMinor: 400n });
  });
});

test('a full refund comes back also when Alipay has told before that the payment is closed', async () => {
  const { transaction } = await receivePayment(world);
  // Nor does it matter how often no answer told its wallet before.
  await world.database.manager.update(Transaction, transaction.id, { institutionAttempts: 40 });
  await restoreElsewhere();
  world.gateway.next(unsignedRefusal('HAS_NO_PRIVILEGE'));
  await askPayingWallets(world.domain, { limit: 10 });
  world.gateway.always(QUERY, tradeIs('TRADE_CLOSED'));
  world.clock.advance(60_000);
  await askPayingWallets(world.domain, { limit: 10 });
  expect(await reload(transaction)).toMatchObject({ alipayStatus: 'TRADE_CLOSED' });
  world.gateway.next(refundIs('SUCCESS'), made);

  expect(await refund(transaction, 'all')).toMatchObject({
    refund: { status: 'SUCCEEDED', amountMinor: 1000n },
    transaction: { status: 'REFUNDED' },
  });
});

test('a payment that is closed stays so while what closed it is taken up', async () => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  world.gateway.always(QUERY, tradeIs('TRADE_CLOSED'));
  await askPayingWallets(world.domain, { limit: 10 });
  world.gateway.next(refundIs('SUCCESS'), { kind: 'CUT' });

  await refund(transaction, 'all', '10.00');
  await refreshTransaction(world.domain, { caller: world.owner, transactionId: transaction.id });

  expect(await reload(transaction)).toMatchObject({ status: 'CLOSED', pendingRefundMinor: 1000n });
  world.gateway.next(made);
  await settleLater();
  expect(await reload(transaction)).toMatchObject({ status: 'REFUNDED' });
});

test('a refund that the books have is a replay, and asks nobody', async () => {
  const { transaction } = await receivePayment(world);
  world.gateway.next(made);
  await refund(transaction, 'before', '1.00');
  await restoreElsewhere();

  expect(await refund(transaction, 'before', '1.00')).toMatchObject({ replayed: true });
  expect(world.gateway.requestsTo(REFUND_QUERY)).toHaveLength(0);
});

test.each([
  ['TRADE_CLOSED', 'CLOSED'],
  ['TRADE_SUCCESS', 'PAID'],
])('a cancel of a payment in doubt sends none: Alipay says %s', async (alipayStatus, status) => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  world.gateway.always(QUERY, tradeIs(alipayStatus));

  const result = await cancelTransaction(world.domain, {
    caller: world.owner,
    transactionId: transaction.id,
  });

  expect(result).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE', transaction: { status } });
  expect(world.gateway.requestsTo(CANCEL)).toHaveLength(0);
});

test('what was paid after the restore is in no doubt', async () => {
  await restoreElsewhere();
  const { transaction } = await receivePayment(world, { gmt_payment: '2026-01-02 15:30:00' });
  world.gateway.next(made);

  expect(await refund(transaction, 'new')).toMatchObject({ refund: { status: 'SUCCEEDED' } });
});

test('a confirmed payment is refunded anew, and its timeline says who confirmed it', async () => {
  const { transaction } = await receivePayment(world);
  const { transaction: other } = await receivePayment(world);
  await restoreElsewhere();
  const { alipayTransId } = transaction;
  const command = { caller: world.owner, alipayTransId };

  await expect(
    confirmPayment(world.domain, { ...command, caller: callerOf('MANAGER'), note: 'x' }),
  ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await confirmPayment(world.domain, { ...command, note: ' ' })).toMatchObject({
    refusal: 'INVALID_INPUT',
  });
  expect(
    await confirmPayment(world.domain, { ...command, alipayTransId: 'none', note: 'x' }),
  ).toMatchObject({ refusal: 'NOT_FOUND' });
  await confirmPayment(world.domain, { ...command, note: 'statement of 2 January' });
  world.gateway.next(made, noSuchRefund);

  expect(await refund(transaction, 'new')).toMatchObject({ refund: { status: 'SUCCEEDED' } });
  expect(await refund(other, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  expect(await confirmPayment(world.domain, { ...command, note: 'again' })).toMatchObject({
    refusal: 'NOT_ALLOWED_IN_STATE',
  });
  expect(
    await world.database.manager.findBy(TransactionEvent, {
      transactionId: transaction.id,
      type: 'RECONCILED',
    }),
  ).toMatchObject([{ actor: world.owner.subject, detail: { note: 'statement of 2 January' } }]);
});

test('an ended restoration leaves nothing in doubt; another restore begins again', async () => {
  const { transaction } = await receivePayment(world);
  await restoreElsewhere();
  await confirmPayment(world.domain, {
    caller: world.owner,
    alipayTransId: transaction.alipayTransId,
    note: 'looked',
  });

  const ended = await endRestoration(world.domain, { caller: world.owner, note: 'compared' });
  world.clock.advance(60_000);
  await recordRestoration(world.domain);
  world.gateway.next(refusal('NOT_FOUND'));

  expect(ended).toMatchObject({ restoration: { endedBy: world.owner.subject, note: 'compared' } });
  expect(await restorationProgress(world.database)).toMatchObject({ inDoubt: 1, confirmed: 0 });
  expect(await refund(transaction, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  expect(await endRestoration(world.domain, { caller: world.owner, note: 'twice' })).toMatchObject({
    restoration: {},
  });
  expect(await endRestoration(world.domain, { caller: world.owner, note: 'thrice' })).toMatchObject(
    { refusal: 'NOT_ALLOWED_IN_STATE' },
  );
});

describe('what was confirmed after one restore is in doubt after the next', () => {
  const HOUR = 3_600_000;

  test.each<[string, { readonly took: number; readonly confirmed: number }]>([
    ['took a message in', { took: 24 * HOUR, confirmed: 0 }],
    ['confirmed it', { took: 0, confirmed: 24 * HOUR }],
  ])('also where a clock that was ahead %s', async (_, { took, confirmed }) => {
    const { transaction } = await receivePayment(world);
    const { alipayTransId } = transaction;
    world.clock.advance(took);
    await receivePayment(world);
    world.clock.advance(-took);
    await restoreElsewhere();
    world.clock.advance(confirmed);
    await confirmPayment(world.domain, { caller: world.owner, alipayTransId, note: 'compared' });
    world.clock.advance(-confirmed);
    await endRestoration(world.domain, { caller: world.owner, note: 'all compared' });
    world.clock.advance(HOUR);
    await receivePayment(world);
    await restoreElsewhere();
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    world.gateway.always(REFUND, made);

    expect(await refund(transaction, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
    expect(world.gateway.requestsTo(REFUND)).toHaveLength(0);
  });
});

describe('a machine whose clock is behind', () => {
  const hours = 3_600_000;

  test('holds in doubt what the books it notices are later than', async () => {
    const { transaction } = await receivePayment(world);
    await world.database.manager.query(`update deployment set database_identity = 'another/1'`);
    world.clock.advance(-8 * hours);
    await noticeRestoration(world.domain);
    world.clock.advance(9 * hours);
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    world.gateway.always(REFUND, made);

    expect(await refund(transaction, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
    expect(await restorationProgress(world.database)).toMatchObject({
      restoration: { booksUntil: transaction.updatedAt },
      inDoubt: 1,
      toBeAsked: 1,
    });
  });

  test('takes nothing out of doubt by saying once more that a backup was put back', async () => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.clock.advance(-8 * hours);
    await recordRestoration(world.domain);
    world.clock.advance(8 * hours);
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    world.gateway.always(REFUND, made);

    expect(await refund(transaction, 'new')).toMatchObject({ refusal: 'NOT_ALLOWED_IN_STATE' });
  });

  test('confirms a payment all the same', async () => {
    const { transaction } = await receivePayment(world);
    await restoreElsewhere();
    world.clock.advance(-8 * hours);
    const { alipayTransId } = transaction;
    await confirmPayment(world.domain, { caller: world.owner, alipayTransId, note: 'seen' });
    world.clock.advance(8 * hours);
    world.gateway.always(REFUND, made);

    expect(await refund(transaction, 'new')).toMatchObject({ refund: { status: 'SUCCEEDED' } });
  });
});

describe('large books', () => {
  let large: World;
  beforeAll(async () => {
    large = await createWorld({ statementTimeoutMs: 1_000 });
  });
  afterAll(() => large.close());

  test('take their time to put down whom Alipay is to be asked about', async () => {
    await receivePayment(large);
    await large.database.manager.query(`
      create function take_long() returns trigger language plpgsql as
        'begin perform pg_sleep(1.2); return new; end';
      create trigger long before update on transactions for each row execute function take_long();
      update deployment set database_identity = 'another/1'`);
    large.clock.advance(60_000);

    // One notices it, and the other waits for that.
    const noticed = await Promise.all([
      noticeRestoration(large.domain),
      noticeRestoration(large.domain),
    ]);

    expect(noticed[1]).toEqual(noticed[0]);
    expect(await restorationProgress(large.database)).toMatchObject({ inDoubt: 1, toBeAsked: 1 });
  });
});

describe('a payment of before the restore that a resend brings back without its times', () => {
  const resend = async (codeId: string): Promise<Fields> => {
    const {
      gmt_create: _create,
      gmt_payment: _payment,
      ...fields
    } = paymentFields({
      notify_time: '2026-01-02 16:05:05',
    });
    const inbox = openInbox(world);
    await notify(inbox, fields, codeId);
    await processNotifications(world.domain, { limit: 10 });
    await inbox.close();
    return fields;
  };
  const notRefunded = async (fields: Fields): Promise<void> => {
    world.gateway.always(REFUND_QUERY, noSuchRefund);
    expect(await refund(await findTrade(world, fields), 'new', '4.00')).toMatchObject({
      refusal: 'NOT_ALLOWED_IN_STATE',
    });
    expect(world.gateway.requestsTo(REFUND)).toEqual([]);
  };

  test('is in doubt, before Alipay has told when it was made, and after', async () => {
    const { code } = await openCounter(world);
    await restoreElsewhere();
    world.clock.advance(3_600_000);

    const fields = await resend(code.id);

    await notRefunded(fields);
    expect(await restorationProgress(world.database)).toMatchObject({ inDoubt: 1 });
    world.gateway.always(QUERY, (request) =>
      signed({
        ...{ result_code: 'SUCCESS', alipay_trans_status: 'TRADE_SUCCESS' },
        ...{ trans_amount: '10.00', currency: 'HKD', alipay_pay_time: '20260102150403' },
        alipay_trans_id: request['alipay_trans_id'] ?? '',
        partner_trans_id: request['partner_trans_id'] ?? '',
      }),
    );
    await askPayingWallets(world.domain, { limit: 10 });
    expect(await findTrade(world, fields)).toMatchObject({
      paidAt: new Date('2026-01-02T07:04:03Z'),
      paidAtGuessed: false,
    });
    await notRefunded(fields);
  });
});

describe('a payment at a second store of a merchant, which the backup lacks', () => {
  const restored = async (): Promise<{ fields: Fields; first: QrCode }> => {
    const { code: first } = await openCounter(world);
    world.clock.advance(8 * 3_600_000);
    await restoreElsewhere();
    const at = '2026-01-02 18:00:00';
    return { fields: paymentFields({ gmt_create: at, gmt_payment: at, notify_time: at }), first };
  };
  /** Its line names the merchant, of which the books have one store. */
  const bring = async (fields: Fields, { storeId }: QrCode): Promise<void> => {
    const [merchant]: { id: string }[] = await world.database.manager.query(
      'select alipay_merchant_id as id from merchants',
    );
    const at = fields['gmt_payment'] ?? '';
    const line = { partnerId: fields['out_trade_no'] ?? '', tradeNo: fields['trade_no'] ?? '', at };
    await importText(
      world,
      transactionFile([{ ...line, amount: '10.00', merchantId: merchant?.id ?? '' }]),
    );
    expect(await findTrade(world, fields)).toMatchObject({ storeId });
  };
  const healed = async (): Promise<{ fields: Fields; first: QrCode }> => {
    const { fields, first } = await restored();
    await bring(fields, first);
    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: first.id });
    return { fields, first };
  };
  /** The store that the backup lacks, and its code, created again. */
  const createAgain = async ({ storeId }: QrCode): Promise<{ store: Store; code: QrCode }> => {
    const again = await openCounter(world);
    const { merchantId } = await world.database.manager.findOneByOrFail(Store, { id: storeId });
    const asOfTheMerchant = { merchantId, alipayStoreId: 'S_2' };
    await world.database.manager.update(Store, { id: again.store.id }, asOfTheMerchant);
    return again;
  };
  const sentAgain = async (
    fields: Fields,
    qrCodeId: string,
    query: Answering = tradeIs('TRADE_SUCCESS'),
  ): Promise<Notification> => {
    world.gateway.always(QUERY, query);
    const inbox = openInbox(world);
    await notify(inbox, fields, qrCodeId);
    await inbox.close();
    await processNotifications(world.domain, { limit: 10 });
    await confirmQuarantined(world.domain, { limit: 10 });
    return world.database.manager.findOneByOrFail(Notification, {});
  };
  const recover = async (fields: Fields, caller: Caller, { id: qrCodeId }: QrCode) => {
    world.gateway.always(QUERY, tradeIs('TRADE_SUCCESS'));
    return recoverTransaction(world.domain, {
      ...{ caller, qrCodeId },
      partnerTransId: fields['out_trade_no'] ?? '',
      alipayTransId: fields['trade_no'] ?? '',
    });
  };

  test('that its message came to the address of a code which is gone is shown, and clears when a person names the code', async () => {
    const { fields, first } = await healed();

    const message = await sentAgain(fields, uuidv7());

    expect(message).toMatchObject({
      status: 'QUARANTINED',
      reason: expect.stringContaining('another code') as string,
    });
    const { code: again } = await createAgain(first);
    await recover(fields, world.owner, again);
    await replayNotification(world.domain, { caller: world.owner, notificationId: message.id });
    await processNotifications(world.domain, { limit: 10 });
    await confirmQuarantined(world.domain, { limit: 10 });
    expect(await world.database.manager.findOneByOrFail(Notification, {})).toMatchObject({
      status: 'APPLIED',
    });
  });

  const isShown = async (): Promise<void> => {
    expect(await world.database.manager.findOneByOrFail(Notification, {})).toMatchObject({
      status: 'QUARANTINED',
      reason: expect.stringContaining('another code') as string,
    });
  };

  test('that its message came there is shown, too, where it waited for the file', async () => {
    const { fields, first } = await restored();
    await sentAgain(fields, uuidv7(), cut);

    await bring(fields, first);

    await isShown();
  });

  test('that its message came there is shown, too, where the store of the backup has two codes', async () => {
    const { fields, first } = await restored();
    const second = {
      id: uuidv7(),
      code: uuidv7(),
      channelFeeType: 'RATE',
      channelFeeValue: '0.01',
    };
    await world.database.manager.insert(QrCode, Object.assign({}, first, second));
    await bring(fields, first);
    await sentAgain(fields, uuidv7());

    await isShown();

    const { code: again, store } = await createAgain(first);
    await recover(fields, world.owner, again);
    expect(await findTrade(world, fields)).toMatchObject({ storeId: store.id });
  });

  test('is moved to the code that a person names, and told there', async () => {
    const { fields, first } = await healed();
    const { code: again, store } = await createAgain(first);

    await recover(fields, world.owner, again);

    const moved = await findTrade(world, fields);
    expect(moved).toMatchObject({ storeId: store.id, qrCodeId: again.id });
    const told = { transactionId: moved.id, type: 'STORE_LEARNED' } as const;
    expect(await world.database.manager.findBy(TransactionEvent, told)).toMatchObject([
      { storeId: store.id, qrCodeId: again.id, actor: world.owner.subject },
    ]);
  });

  test('is left where it is by who does not see that place', async () => {
    const { fields, first } = await healed();
    const { code: again, store } = await createAgain(first);

    const manager = { ...callerOf('MANAGER'), storeIds: [store.id] };
    expect(await recover(fields, manager, again)).toMatchObject({ refusal: 'NOT_FOUND' });

    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: first.id });
  });

  test('stays at the merchant whom its line names', async () => {
    const { fields, first } = await healed();
    const { code: ofAnother } = await openCounter(world);

    await recover(fields, world.owner, ofAnother);

    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: first.id });
  });

  test('stays where its own message has come to as well', async () => {
    const { fields, first } = await healed();
    expect(await sentAgain(fields, first.id)).toMatchObject({ status: 'APPLIED' });
    const { code: other } = await createAgain(first);

    await recover(fields, world.owner, other);

    expect(await findTrade(world, fields)).toMatchObject({ qrCodeId: first.id });
  });

  test('a message to the old address of a code that was created again contradicts nothing', async () => {
    const { fields, first } = await healed();
    const since = new Date('2026-01-03T00:00:00Z');
    await world.database.manager.update(QrCode, { id: first.id }, { createdAt: since });

    expect(await sentAgain(fields, uuidv7())).toMatchObject({ status: 'APPLIED' });
  });
});
