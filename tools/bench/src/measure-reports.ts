import {
  salesReport,
  type SalesGrouping,
  type TransactionFilter,
  transactionTotals,
} from '@countersign/merchant-domain';

import { type ReportsOptions } from './command-line-books';
import { describeMachine, type Machine } from './describe-machine';
import { callerOfThree, OWNER } from './page-lists';
import { puttingUp } from './put-up';
import { explain, sentBy } from './recorded-sql';
import { seededId } from './seed-history';
import { type Books, openBooks, openServer } from './seeded-books';
import { inOrder, percentile } from './statistics';

export interface ReportsResult {
  readonly options: Omit<ReportsOptions, 'serverUrl'>;
  readonly machine: Machine;
  /** Numbers of payments, the smallest first. */
  readonly sizes: readonly number[];
  readonly sums: readonly SumCost[];
}

export interface SumCost {
  readonly what: string;
  /** In the order of `sizes`. */
  readonly at: readonly SumReading[];
}

export interface SumReading {
  readonly rounds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly buffers: number;
  readonly scans: readonly string[];
}

const SMALLEST = 10_000;
/** Longer than the product's own limit, so that what takes too long is measured too. */
const TIMEOUT_MS = 600_000;
/** What is slow is measured fewer times. */
const MS_MAX = 30_000;

/** Totals and sales reports over books of growing size. */
export async function measureReports(
  options: ReportsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<ReportsResult> {
  return puttingUp(async (open) => {
    const { serverUrl: given, ...shown } = options;
    const serverUrl = await openServer(open, given);
    const machine = await describeMachine(serverUrl);
    const sizes = growingTo(options.transactions);
    const costs = new Map<string, SumReading[]>();
    for (const size of sizes) {
      const seeding = {
        stores: options.stores,
        serverUrl: given,
        timeoutMs: TIMEOUT_MS,
        signal,
        tell,
      };
      const books = await openBooks(open, serverUrl, size, seeding);
      tell(`sums of ${size} payments …`);
      for (const [what, ask] of Object.entries(sumsOf(books, options.stores))) {
        signal.throwIfAborted();
        const readings = costs.get(what) ?? [];
        costs.set(what, readings);
        readings.push(await measure(books, ask, options.rounds));
      }
    }
    const sums = [...costs].map(([what, at]) => ({ what, at }));
    return { options: shown, machine, sizes, sums };
  });
}

/** By powers of ten. */
function growingTo(largest: number): number[] {
  const sizes: number[] = [];
  for (let size = SMALLEST; size < largest; size *= 10) sizes.push(size);
  return [...sizes, largest];
}

type Ask = () => Promise<unknown>;

async function measure(
  { database, client }: Books,
  ask: Ask,
  roundsMax: number,
): Promise<SumReading> {
  const sent = await sentBy(database, ask); // which also warms up
  const times: number[] = [];
  const endsAt = performance.now() + MS_MAX;
  while (times.length < roundsMax && (times.length < 2 || performance.now() < endsAt)) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  const sorted = inOrder(times);
  return {
    rounds: times.length,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    ...(await explain(client, sent)),
  };
}

const MONTH = { from: '2025-03-01', to: '2025-03-31' };
const YEAR = { from: '2025-01-01', to: '2025-12-31' };
const PAID_IN_MONTH = {
  paidFrom: new Date('2025-03-01T00:00:00+08:00'),
  paidTo: new Date('2025-04-01T00:00:00+08:00'),
};

function sumsOf({ database }: Books, stores: number): Readonly<Record<string, Ask>> {
  const storeId = seededId('store', Math.floor(stores * 0.01));
  const totals =
    (filter: TransactionFilter, caller = OWNER): Ask =>
    () =>
      transactionTotals(database, caller, { filter });
  const report =
    (days: typeof MONTH, groupBy: SalesGrouping, more: object = {}, caller = OWNER): Ask =>
    () =>
      salesReport(database, caller, { ...days, groupBy, ...more });
  return {
    'totals of everything': totals({}),
    'totals of a month': totals(PAID_IN_MONTH),
    'totals of a store': totals({ storeId }),
    'totals of a store in a month': totals({ storeId, ...PAID_IN_MONTH }),
    'totals of a status': totals({ statuses: ['REFUNDED'] }),
    'totals for a caller of three stores': totals({}, callerOfThree(stores)),
    'month by hour': report(MONTH, 'HOUR'),
    'month by day': report(MONTH, 'DAY'),
    'month by shop': report(MONTH, 'SHOP'),
    'month by store': report(MONTH, 'STORE'),
    'month by code': report(MONTH, 'QR_CODE'),
    'month by day, one store': report(MONTH, 'DAY', { storeId }),
    'month by store, caller of three': report(MONTH, 'STORE', {}, callerOfThree(stores)),
    'year by month': report(YEAR, 'MONTH'),
    'year by month, one store': report(YEAR, 'MONTH', { storeId }),
  };
}
