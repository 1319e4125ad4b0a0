import fc from 'fast-check';

import { type Caller } from '../src/domain';
import { TransactionEvent } from '../src/event/transaction-event.entity';
import { type QrCode } from '../src/qr-code/qr-code.entity';
import { Refund } from '../src/refund/refund.entity';
import { exportRows, type ExportRow } from '../src/report/export-rows';
import { type SalesGrouping, salesReport } from '../src/report/sales-report';
import { type Store } from '../src/store/store.entity';
import { type TransactionFilter } from '../src/transaction/transaction-filter';
import { Transaction, type TransactionStatus } from '../src/transaction/transaction.entity';
import { transactionsPage, transactionTotals } from '../src/transaction/transaction.queries';
import { aMerchant, aQrCode, aStore } from './support/records';
import { callerOf, createWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAfresh());
afterAll(() => world.close());

/** Each state that a trade can end in, and whether it was paid before. */
const ENDS = [
  ['AWAITING_PAYMENT', false],
  ['CLOSED', false],
  ['CANCELLED', false],
  ['PAID', true],
  ['FINISHED', true],
  ['CLOSED', true],
  ['CANCELLED', true],
  ['PARTIALLY_REFUNDED', true],
  ['REFUNDED', true],
] as const satisfies readonly (readonly [TransactionStatus, boolean])[];
const GROUPINGS = ['HOUR', 'DAY', 'MONTH', 'SHOP', 'STORE', 'QR_CODE'] as const;
const CURRENCIES = ['HKD', 'CNY', 'JPY'] as const;

/** A leap day of Beijing, and the last day of a year. */
const day = fc.constantFrom('2024-02-29', '2024-12-31');
const DAY_MS = 24 * 3_600_000;
/** Moments at both ends of such a day. */
const moment = fc
  .tuple(day, fc.constantFrom(-1, 0, DAY_MS / 2, DAY_MS - 1, DAY_MS))
  .map(([date, offsetMs]) => new Date(Date.parse(`${date}T00:00:00+08:00`) + offsetMs));

const trade = fc.record({
  end: fc.constantFrom(...ENDS),
  place: fc.nat(6),
  currency: fc.constantFrom(...CURRENCIES),
  amount: fc.oneof(fc.integer({ min: 3, max: 400 }), fc.constant(999_999_999)),
  at: moment,
  parts: fc.array(fc.record({ at: moment, isDone: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  givenBackAt: moment,
  isClaimed: fc.boolean(),
  isSettled: fc.boolean(),
});

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(values, { freq: 2 });
const question = fc.record({
  storeNo: optional(fc.nat(3)),
  codeNo: optional(fc.nat(3)),
  merchantNo: optional(fc.nat(1)),
  shop: optional(fc.constantFrom('Central', 'Nowhere')),
  claimed: optional(fc.boolean()),
  settled: optional(fc.boolean()),
  statuses: optional(fc.subarray([...new Set(ENDS.map(([status]) => status))])),
  paidFrom: optional(moment),
  paidTo: optional(moment),
  minAmount: optional(fc.constantFrom('0.05', '3', '9999999.99')),
  maxAmount: optional(fc.constantFrom('2.5', '100', '9999999.98')),
  search: optional(fc.constantFrom('20', '20241', 'P', 'P_', '%')),
  scope: optional(fc.subarray([0, 1, 2, 3])),
});
type Question = typeof question extends fc.Arbitrary<infer One> ? One : never;

/** What is on record of a trade, reckoned without a database. */
interface OnRecord {
  readonly row: Transaction;
  readonly store: Store | null;
  readonly code: QrCode | null;
  /** What was given back of it, and when it took effect. */
  readonly back: readonly { readonly minor: bigint; readonly at: Date }[];
}

interface Places {
  readonly merchantIds: readonly string[];
  readonly stores: readonly Store[];
  readonly codes: readonly QrCode[];
}

async function openShops(): Promise<Places> {
  const merchants = [await aMerchant(world), await aMerchant(world)];
  const merchantIds = merchants.map(({ id }) => id);
  const stores: Store[] = [];
  for (const [index, shop] of ['Central', 'Central', null, 'West'].entries()) {
    const merchantId = merchantIds[index % 2] ?? '';
    stores.push(await aStore(world, { merchantId, shop, name: `Store ${index}` }));
  }
  const codes: QrCode[] = [];
  for (const [index, storeNo] of [0, 0, 1, 3].entries()) {
    const fee = index === 1 ? ({ channelFeeType: 'FIXED', channelFeeValue: '1.00' } as const) : {};
    const label = index === 2 ? null : `Counter ${index}`;
    codes.push(await aQrCode(world, { storeId: stores[storeNo]?.id ?? '', label, ...fee }));
  }
  return { merchantIds, stores, codes };
}

type Given = typeof trade extends fc.Arbitrary<infer One> ? One : never;

/** At one of the codes, in a store without saying where, or nobody knows where. */
function placeOf({ place }: Given, { stores, codes }: Places): Pick<OnRecord, 'store' | 'code'> {
  const code = codes[place] ?? null;
  const storeOfCode = stores.find(({ id }) => id === code?.storeId);
  return { code, store: storeOfCode ?? (place === 4 ? stores[2] : null) ?? null };
}

async function putOnRecord(given: Given, number: number, places: Places): Promise<OnRecord> {
  const [status, isPaid] = given.end;
  const place = placeOf(given, places);
  const row = Object.assign(new Transaction(), {
    id: world.domain.newId(),
    alipayTransId: `2024${String(number).padStart(6, '0')}`,
    partnerTransId: number % 3 === 0 ? null : `P${number}`,
    ...{ status, alipayStatus: 'TRADE_SUCCESS', alipayStatusesSeen: [] },
    ...{ amountMinor: BigInt(given.amount), currency: given.currency },
    ...{ paymentInstitution: 'UNKNOWN', paymentInstitutionCode: null },
    ...{ institutionCheckAt: null, institutionAttempts: 0 },
    saleReference: given.isClaimed ? `S${number}` : null,
    ...{ feeMinor: null, netMinor: null, buyerLogin: null },
    settledAt: isPaid && given.isSettled ? given.givenBackAt : null,
    paidAt: isPaid ? given.at : null,
    cancelStatus: status === 'CANCELLED' ? 'DONE' : null,
    ...{ cancelRequestedBy: null, cancelAttempts: 0, cancelNextCheckAt: null },
    cancelFailureCode: null,
    ...{ qrCodeId: place.code?.id ?? null, storeId: place.store?.id ?? null },
    ...{ createdAt: given.at, updatedAt: given.at },
  });
  const { manager } = world.database;
  await manager.insert(Transaction, row);
  const back = status === 'CANCELLED' ? await cancelled(row, given) : await refunded(row, given);
  return { row, ...place, back: isPaid ? back : [] };
}

async function cancelled(row: Transaction, { givenBackAt }: Given): Promise<OnRecord['back']> {
  await world.database.manager.insert(TransactionEvent, {
    ...{ id: world.domain.newId(), transactionId: row.id, type: 'CANCELLED', status: row.status },
    ...{ actor: 'x', occurredAt: givenBackAt, recordedAt: givenBackAt },
  });
  return [{ minor: row.amountMinor, at: givenBackAt }];
}

/** All in one, or parts of one unit; beside refunds that failed or have no answer yet. */
async function refunded(row: Transaction, { parts }: Given): Promise<OnRecord['back']> {
  const isWhole = row.status === 'REFUNDED';
  if (!isWhole && row.status !== 'PARTIALLY_REFUNDED') return [];
  const refunds = parts.map(({ at, isDone }, index) =>
    Object.assign(new Refund(), {
      ...{ id: world.domain.newId(), transactionId: row.id, currency: row.currency },
      ...{
        partnerRefundId: `R${row.id}${index}`,
        idempotencyKey: `${index}`,
        requestedMinor: null,
      },
      amountMinor: isWhole && index === 0 ? row.amountMinor : 1n,
      status: index === 0 ? 'SUCCEEDED' : isWhole || isDone ? 'FAILED' : 'PENDING',
      ...{ reason: null, failureCode: null, attempts: 1, inFlightUntil: null, requestedBy: 'x' },
      ...{
        resolutionNote: null,
        resolvedBy: null,
        createdAt: at,
        settledAt: at,
        nextCheckAt: null,
      },
      ...(index > 0 && !isWhole && !isDone ? { settledAt: null, nextCheckAt: at } : {}),
      ...{ feeMinor: null, netMinor: null, settlementAt: null },
    }),
  );
  await world.database.manager.insert(Refund, refunds);
  return refunds
    .filter(({ status }) => status === 'SUCCEEDED')
    .map(({ amountMinor, settledAt }) => ({ minor: amountMinor, at: settledAt ?? new Date(0) }));
}

function filterOf(asked: Question, { merchantIds, stores, codes }: Places): TransactionFilter {
  const { storeNo, codeNo, merchantNo, scope: _, ...rest } = asked;
  return {
    ...rest,
    storeId: storeNo === null ? null : stores[storeNo]?.id,
    qrCodeId: codeNo === null ? null : codes[codeNo]?.id,
    merchantId: merchantNo === null ? null : merchantIds[merchantNo],
  };
}

function callerFor({ scope }: Pick<Question, 'scope'>, { stores }: Places): Caller {
  if (scope === null) return world.owner;
  return callerOf('AUDITOR', { storeIds: scope.map((index) => stores[index]?.id ?? '') });
}

function isSeen(caller: Caller, { row }: OnRecord): boolean {
  return caller.storeIds === null || caller.storeIds.includes(row.storeId ?? '');
}

function isMeant(filter: TransactionFilter, { row, store }: OnRecord): boolean {
  const { paidAt, amountMinor, currency } = row;
  // In hundredths of the currency's unit, whatever it has itself.
  const hundredths = Number(amountMinor) * (currency === 'JPY' ? 100 : 1);
  const isOpen = !['CANCELLED', 'REFUNDED'].includes(row.status);
  const settled = row.settledAt !== null;
  const { search } = filter;
  return (
    (filter.storeId == null || row.storeId === filter.storeId) &&
    (filter.qrCodeId == null || row.qrCodeId === filter.qrCodeId) &&
    (filter.merchantId == null || store?.merchantId === filter.merchantId) &&
    (filter.shop == null || store?.shop === filter.shop) &&
    (filter.claimed == null || (row.saleReference !== null) === filter.claimed) &&
    (filter.settled !== true || settled) &&
    (filter.settled !== false || (paidAt !== null && !settled && isOpen)) &&
    (filter.statuses == null || filter.statuses.includes(row.status)) &&
    (filter.paidFrom == null || (paidAt !== null && paidAt >= filter.paidFrom)) &&
    (filter.paidTo == null || (paidAt !== null && paidAt < filter.paidTo)) &&
    (filter.minAmount == null || hundredths >= Math.round(Number(filter.minAmount) * 100)) &&
    (filter.maxAmount == null || hundredths <= Math.round(Number(filter.maxAmount) * 100)) &&
    (search == null ||
      row.alipayTransId.startsWith(search) ||
      row.partnerTransId?.startsWith(search) === true)
  );
}

interface Sum {
  readonly key: string;
  readonly count: number;
  readonly gross: bigint;
  readonly refunded: bigint;
}

/** Of each key one sum, in the order of keys; without those of nothing. */
function addUp(parts: readonly Sum[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const part of parts) {
    const sum = sums.get(part.key) ?? { key: part.key, count: 0, gross: 0n, refunded: 0n };
    sums.set(part.key, {
      key: part.key,
      count: sum.count + part.count,
      gross: sum.gross + part.gross,
      refunded: sum.refunded + part.refunded,
    });
  }
  return [...sums.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}

async function everyPage(caller: Caller, filter: TransactionFilter): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await transactionsPage(world.database, caller, {
      page: { first: 3, after },
      filter,
    });
    ids.push(...page.edges.map(({ node }) => node.id));
    after = page.edges.at(-1)?.cursor;
    if (!page.hasNextPage) return ids;
  }
}

async function exported(caller: Caller, filter: TransactionFilter): Promise<ExportRow[]> {
  const rows: ExportRow[] = [];
  for await (const batch of exportRows(world.database, caller, 'transactions', filter)) {
    rows.push(...batch);
  }
  return rows;
}

function minorOf(decimal: string | undefined): bigint {
  return BigInt((decimal ?? '').replace('.', ''));
}

function beijing(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString();
}

function keyOf(grouping: SalesGrouping, { row, store }: OnRecord, at: Date): string {
  switch (grouping) {
    case 'HOUR':
      return beijing(at).slice(0, 13);
    case 'DAY':
      return beijing(at).slice(0, 10);
    case 'MONTH':
      return beijing(at).slice(0, 7);
    case 'SHOP':
      return store?.shop ?? '';
    case 'STORE':
      return row.storeId ?? '';
    case 'QR_CODE':
      return row.qrCodeId ?? '';
  }
}

test('whatever is on record and asked for, lists, totals, exports and reports hold the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(trade, { minLength: 20, maxLength: 30 }),
      fc.array(question, { minLength: 8, maxLength: 8 }),
      fc.tuple(day, day),
      async (trades, questions, bounds) => {
        await world.startAfresh();
        const places = await openShops();
        const books: OnRecord[] = [];
        for (const [index, one] of trades.entries()) {
          books.push(await putOnRecord(one, index, places));
        }

        for (const asked of questions) {
          const caller = callerFor(asked, places);
          const filter = filterOf(asked, places);
          const meant = books.filter((one) => isSeen(caller, one) && isMeant(filter, one));
          const ids = meant.map(({ row }) => row.id).sort();
          const sums = addUp(
            meant
              .filter(({ row }) => row.paidAt !== null)
              .map(({ row, back }) => ({
                ...{ key: row.currency, count: 1, gross: row.amountMinor },
                refunded: back.reduce((sum, { minor }) => sum + minor, 0n),
              })),
          );

          expect((await everyPage(caller, filter)).sort()).toEqual(ids);
          expect(
            (await transactionTotals(world.database, caller, { filter })).map((it) => ({
              ...{ key: it.currency, count: it.count },
              ...{ gross: it.grossMinor, refunded: it.refundedMinor },
            })),
          ).toEqual(sums);
          const rows = await exported(caller, filter);
          expect(rows).toHaveLength(ids.length);
          expect(
            addUp(
              rows
                .filter((row) => row['paid_at'] !== '')
                .map((row) => ({
                  ...{ key: row['currency'] ?? '', count: 1 },
                  ...{ gross: minorOf(row['amount']), refunded: minorOf(row['refunded']) },
                })),
            ),
          ).toEqual(sums);
        }

        const [from = '', to = ''] = [...bounds].sort();
        const isWithin = (at: Date): boolean =>
          from <= beijing(at).slice(0, 10) && beijing(at).slice(0, 10) <= to;
        for (const groupBy of GROUPINGS) {
          const asked = questions[GROUPINGS.indexOf(groupBy)];
          const caller = callerFor({ scope: asked?.scope ?? null }, places);
          const storeId = places.stores[asked?.storeNo ?? -1]?.id;
          const report = await salesReport(world.database, caller, {
            ...{ from, to, groupBy },
            ...(storeId === undefined ? {} : { storeId }),
          });
          const moved = books
            .filter((one) => isSeen(caller, one))
            .filter(({ row }) => storeId === undefined || row.storeId === storeId)
            .flatMap((one): Sum[] => {
              const { row, back } = one;
              const key = (at: Date): string => `${keyOf(groupBy, one, at)} ${row.currency}`;
              const paid = row.paidAt !== null && isWithin(row.paidAt) ? [row.paidAt] : [];
              return [
                ...paid.map((at) => ({
                  ...{ key: key(at), count: 1, gross: row.amountMinor, refunded: 0n },
                })),
                ...back
                  .filter(({ at }) => isWithin(at))
                  .map(({ minor, at }) => ({ key: key(at), count: 0, gross: 0n, refunded: minor })),
              ];
            });
          expect(
            addUp(
              report.map((it) => ({
                ...{ key: `${it.key} ${it.currency}`, count: it.count },
                ...{ gross: it.grossMinor, refunded: it.refundedMinor },
              })),
            ),
          ).toEqual(addUp(moved));
        }
      },
    ),
    { numRuns: 12 },
  );
});
