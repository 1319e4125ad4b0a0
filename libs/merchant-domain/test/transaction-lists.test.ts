import { BadUserInput, type Page } from '../src/database/keyset-page';
import { findRefund, refundsByIds, refundsOfTransactions } from '../src/refund/refund.queries';
import { type Store } from '../src/store/store.entity';
import { type TransactionFilter } from '../src/transaction/transaction-filter';
import {
  findTransaction,
  transactionsByIds,
  transactionsPage,
  transactionTotals,
} from '../src/transaction/transaction.queries';
import { type Transaction } from '../src/transaction/transaction.entity';
import { aQrCode, aRefund, aStore, aTransaction } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

let store: Store;
beforeEach(async () => {
  store = await aStore(world);
});

/** The trades of this test's own store, narrowed further. */
async function list(filter: TransactionFilter = {}): Promise<string[]> {
  const page: Page<Transaction> = await transactionsPage(world.database, world.owner, {
    page: {},
    filter: { storeId: store.id, ...filter },
  });
  return page.edges.map(({ node }) => node.id);
}

function trade(own: Partial<Transaction> = {}): Promise<Transaction> {
  return aTransaction(world, { storeId: store.id, ...own });
}

function at(time: string): Date {
  return new Date(`2026-01-02T${time}Z`);
}

describe('a list of transactions', () => {
  test.each([
    ['a word', 'much'],
    ['nothing', ''],
    ['an exponent', '1e3'],
    ['a comma', '1,5'],
  ])('refuses %s as an amount', async (_what, amount) => {
    await expect(list({ minAmount: amount })).rejects.toThrow(BadUserInput);
    await expect(list({ maxAmount: amount })).rejects.toThrow(BadUserInput);
  });

  test('runs from the newest payment back; an unpaid trade stands where it was made', async () => {
    const early = await trade({ paidAt: at('08:00:00'), createdAt: at('07:59:00') });
    const unpaid = await trade({
      paidAt: null,
      createdAt: at('09:00:00'),
      status: 'AWAITING_PAYMENT',
    });
    const late = await trade({ paidAt: at('10:00:00'), createdAt: at('07:00:00') });

    expect(await list()).toEqual([late.id, unpaid.id, early.id]);
  });

  test('pages in that order both ways', async () => {
    const trades = [
      await trade({ paidAt: at('08:00:00') }),
      await trade({ paidAt: null, createdAt: at('09:00:00'), status: 'AWAITING_PAYMENT' }),
      await trade({ paidAt: at('10:00:00') }),
    ];
    const page = (request: object): Promise<Page<Transaction>> =>
      transactionsPage(world.database, world.owner, {
        page: request,
        filter: { storeId: store.id },
      });

    const newest = await page({ first: 1 });
    const middle = await page({ first: 1, after: newest.edges[0]?.cursor });
    const back = await page({ last: 1, before: middle.edges[0]?.cursor });

    expect(middle.edges[0]?.node).toEqual(trades[1]);
    expect(back.edges).toEqual(newest.edges);
    expect(middle).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  test('is narrowed by when it was paid: from inclusive, to exclusive', async () => {
    const first = await trade({ paidAt: at('08:00:00.000') });
    const second = await trade({ paidAt: at('08:00:00.001') });
    await trade({ paidAt: null, createdAt: at('08:00:00.000'), status: 'AWAITING_PAYMENT' });

    expect(await list({ paidFrom: at('08:00:00.000'), paidTo: at('08:00:00.001') })).toEqual([
      first.id,
    ]);
    expect(await list({ paidFrom: at('08:00:00.001') })).toEqual([second.id]);
    expect(await list({ paidTo: at('08:00:00.000') })).toEqual([]);
  });

  test('is narrowed by amounts, both inclusive, exactly, in each currency’s own units', async () => {
    const small = await trade({ amountMinor: 1249n });
    const middle = await trade({ amountMinor: 1250n });
    const yen = await trade({ amountMinor: 13n, currency: 'JPY' });

    expect((await list({ minAmount: '12.5' })).sort()).toEqual([middle.id, yen.id].sort());
    expect(await list({ maxAmount: '12.49' })).toEqual([small.id]);
    expect(await list({ minAmount: '12.495', maxAmount: '12.500' })).toEqual([middle.id]);
    expect(await list({ minAmount: '12.501' })).toEqual([yen.id]);
    expect(await list({ maxAmount: '-1' })).toEqual([]);
  });

  test('is narrowed by status, claim, code, shop and merchant', async () => {
    const shop = await aStore(world, { merchantId: store.merchantId, shop: 'Central' });
    const qrCode = await aQrCode(world, { storeId: store.id });
    const claimed = await trade({ saleReference: 'sale-1', qrCodeId: qrCode.id });
    const finished = await trade({ status: 'FINISHED' });
    const inShop = await aTransaction(world, { storeId: shop.id });

    expect(await list({ claimed: true })).toEqual([claimed.id]);
    expect(await list({ claimed: false })).toEqual([finished.id]);
    expect(await list({ qrCodeId: qrCode.id })).toEqual([claimed.id]);
    expect(await list({ statuses: ['FINISHED'] })).toEqual([finished.id]);
    expect((await list({ statuses: ['FINISHED', 'PAID'] })).length).toBe(2);
    expect(await list({ statuses: [] })).toEqual([]);
    expect(await list({ storeId: null, shop: 'Central' })).toEqual([inShop.id]);
    expect((await list({ storeId: null, merchantId: store.merchantId })).length).toBe(3);
  });

  test('is searched by either number or how it begins, where _ means itself', async () => {
    const one = await trade({ alipayTransId: '88_1', partnerTransId: 'P_1' });
    const two = await trade({ alipayTransId: '8801', partnerTransId: 'PX1' });

    expect(await list({ search: '88_1' })).toEqual([one.id]);
    expect(await list({ search: ' P_ ' })).toEqual([one.id]);
    expect((await list({ search: '88' })).length).toBe(2);
    expect(await list({ search: 'PX1' })).toEqual([two.id]);
    expect(await list({ search: '8_1' })).toEqual([]);
    expect((await list({ search: ' ' })).length).toBe(2);
  });

  test('shows a caller the trades of its stores alone, whatever it asks for', async () => {
    const other = await aStore(world);
    const mine = await trade();
    const theirs = await aTransaction(world, { storeId: other.id });
    const homeless = await aTransaction(world);
    const caller = callerOf('CASHIER', { storeIds: [store.id] });
    const seen = async (filter: TransactionFilter): Promise<string[]> => {
      const page = await transactionsPage(world.database, caller, { page: {}, filter });
      return page.edges.map(({ node }) => node.id);
    };

    expect(await seen({})).toEqual([mine.id]);
    expect(await seen({ storeId: other.id })).toEqual([]);
    expect(await seen({ merchantId: other.merchantId })).toEqual([]);
    expect(
      await transactionsByIds(world.database, caller, [theirs.id, mine.id, homeless.id]),
    ).toEqual([null, mine, null]);
    expect(await transactionsByIds(world.database, world.owner, [homeless.id])).toEqual([homeless]);
  });
});

describe('finding a transaction', () => {
  test('takes any of its numbers, and nothing without one', async () => {
    const found = await trade();
    const find = (key: Parameters<typeof findTransaction>[2]) =>
      findTransaction(world.database, world.owner, key);

    expect(await find({})).toBeNull();
    expect(await find({ id: found.id })).toEqual(found);
    expect(await find({ alipayTransId: found.alipayTransId })).toEqual(found);
    expect(await find({ partnerTransId: found.partnerTransId })).toEqual(found);
    expect(await find({ id: found.id, alipayTransId: 'other' })).toBeNull();
  });

  test('does not find what lies outside of the caller’s stores', async () => {
    const { id } = await trade();
    const caller = callerOf('MANAGER', { storeIds: [(await aStore(world)).id] });

    expect(await findTransaction(world.database, caller, { id })).toBeNull();
  });
});

describe('totals', () => {
  test('count paid trades alone, by currency, and what was given back of them', async () => {
    const refunded = await trade({ amountMinor: 1000n });
    await aRefund(world, { transactionId: refunded.id, amountMinor: 300n });
    await aRefund(world, {
      transactionId: refunded.id,
      amountMinor: 200n,
      status: 'PENDING',
      settledAt: null,
      nextCheckAt: at('09:00:00'),
    });
    await trade({ amountMinor: 500n, status: 'CANCELLED', cancelStatus: 'DONE' });
    await trade({ amountMinor: 9999n, status: 'AWAITING_PAYMENT', paidAt: null });
    await trade({ amountMinor: 700n, currency: 'USD' });

    const totals = await transactionTotals(world.database, world.owner, {
      filter: { storeId: store.id },
    });

    expect(totals).toEqual([
      { currency: 'HKD', count: 2, grossMinor: 1500n, refundedMinor: 800n, netMinor: 700n },
      { currency: 'USD', count: 1, grossMinor: 700n, refundedMinor: 0n, netMinor: 700n },
    ]);
  });

  test('are none where nothing was paid, and stay within the caller’s stores', async () => {
    await trade();
    const caller = callerOf('AUDITOR', { storeIds: [] });

    expect(await transactionTotals(world.database, caller)).toEqual([]);
    expect(
      await transactionTotals(world.database, world.owner, {
        filter: { storeId: store.id, statuses: ['CLOSED'] },
      }),
    ).toEqual([]);
  });
});

describe('refunds', () => {
  test('come with their transactions, oldest first', async () => {
    const one = await trade();
    const two = await trade();
    const late = await aRefund(world, { transactionId: one.id, createdAt: at('09:00:00') });
    const early = await aRefund(world, { transactionId: one.id, createdAt: at('08:00:00') });

    const refunds = await refundsOfTransactions(world.database, world.owner, [two.id, one.id]);

    expect(refunds).toEqual([[], [early, late]]);
  });

  test('are where their trade is', async () => {
    const { id: transactionId } = await trade();
    const refund = await aRefund(world, { transactionId });
    const inside = callerOf('CASHIER', { storeIds: [store.id] });
    const outside = callerOf('CASHIER', { storeIds: [] });

    expect(await findRefund(world.database, inside, { id: refund.id })).toEqual(refund);
    expect(await findRefund(world.database, outside, { id: refund.id })).toBeNull();
    expect(await refundsByIds(world.database, outside, [refund.id])).toEqual([null]);
    expect(await refundsOfTransactions(world.database, outside, [transactionId])).toEqual([[]]);
  });
});
