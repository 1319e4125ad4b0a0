import {
  type PageRequest,
  type TransactionFilter,
  transactionsPage,
} from '@countersign/merchant-domain';

import { type PagesOptions } from './command-line-books';
import { describeMachine, type Machine } from './describe-machine';
import { pageLists, type PageList } from './page-lists';
import { puttingUp } from './put-up';
import { explain, sentBy } from './recorded-sql';
import { type Books, openBooks, openServer } from './seeded-books';
import { inOrder, percentile } from './statistics';

export interface PagesResult {
  readonly options: Omit<PagesOptions, 'serverUrl'>;
  readonly machine: Machine;
  /** How many payments each pair of figures belongs to. */
  readonly sizes: readonly [small: number, large: number];
  readonly pages: readonly PageCost[];
}

/** Where in its list a page begins. */
export type Depth = 'first' | 'middle' | 'deep';

export interface PageCost {
  readonly list: string;
  readonly depth: Depth;
  /** At the small size, and at the large one. */
  readonly at: readonly [PageReading, PageReading];
}

export interface PageReading {
  /** Null when the page did not come within the product's limit for a statement. */
  readonly rows: number | null;
  readonly buffers: number | null;
  readonly p50Ms: number;
  readonly scans: readonly string[];
}

const PAGE = 50;
const SMALLER_BY = 100;
/** Of the history's time from its end, how far behind the first page. */
const DEPTHS: Readonly<Record<Depth, number>> = { first: 0, middle: 0.5, deep: 0.95 };
/** The product's own limit for a statement. */
const TIMEOUT_MS = 15_000;
/** What is slow is measured fewer times. */
const MS_MAX = 20_000;

/** Pages by the product's own statements, at two sizes in turn: what they read, and how long. */
export async function measurePages(
  options: PagesOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<PagesResult> {
  return puttingUp(async (open) => {
    const { serverUrl: given, ...shown } = options;
    const serverUrl = await openServer(open, given);
    const machine = await describeMachine(serverUrl);
    const sizes = [Math.ceil(options.transactions / SMALLER_BY), options.transactions] as const;
    const seeding = {
      stores: options.stores,
      serverUrl: given,
      timeoutMs: TIMEOUT_MS,
      signal,
      tell,
    };
    const small = await openBooks(open, serverUrl, sizes[0], seeding);
    const large = await openBooks(open, serverUrl, sizes[1], seeding);

    const pages: PageCost[] = [];
    for (const list of pageLists(options.stores)) {
      tell(`${list.name} …`);
      for (const depth of list.depths) {
        signal.throwIfAborted();
        const at = await measureInTurn([small, large], list, depth, options.rounds);
        pages.push({ list: list.name, depth, at });
      }
    }
    return { options: shown, machine, sizes, pages };
  });
}

type Ask = () => ReturnType<typeof transactionsPage>;

async function measureInTurn(
  both: readonly [Books, Books],
  list: PageList,
  depth: Depth,
  rounds: number,
): Promise<[PageReading, PageReading]> {
  const lanes = await Promise.all(
    both.map(async (books) => ({
      books,
      times: [] as number[],
      ask: await pageOf(books, list, depth),
      isTooLong: false,
    })),
  );
  const endsAt = performance.now() + MS_MAX;
  // The first time round is for warming up.
  for (let round = 0; round <= rounds && (round < 2 || performance.now() < endsAt); round += 1) {
    for (const lane of lanes) {
      if (lane.isTooLong) continue;
      const startedAt = performance.now();
      lane.isTooLong = (await withinLimit(lane.ask)) === null;
      if (round > 0) lane.times.push(performance.now() - startedAt);
    }
  }
  const readings = await Promise.all(
    lanes.map(async ({ books, ask, times, isTooLong }): Promise<PageReading> => {
      if (isTooLong) return { rows: null, buffers: null, p50Ms: TIMEOUT_MS, scans: [] };
      let rows = 0;
      const sent = await sentBy(books.database, async () => {
        rows = (await ask()).edges.length;
      });
      const p50Ms = percentile(inOrder(times), 0.5);
      return { rows, p50Ms, ...(await explain(books.client, sent)) };
    }),
  );
  return readings as [PageReading, PageReading];
}

const QUERY_CANCELED = '57014';

/** Null when the database gave the statement up. */
async function withinLimit<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === QUERY_CANCELED) return null;
    throw error;
  }
}

/** A page that begins at a depth, by a cursor as the product gave it. */
async function pageOf(
  { database, history }: Books,
  { caller, filter, searchesNumber = false }: PageList,
  depth: Depth,
): Promise<Ask> {
  const list = (page: PageRequest, more: TransactionFilter = {}): ReturnType<Ask> =>
    transactionsPage(database, caller, { page, filter: { ...filter, ...more } });
  const oneAt = async (share: number): ReturnType<Ask> => {
    const agoMs = share * history.days * 24 * 3_600_000;
    return list({ first: 1 }, { paidTo: new Date(history.until.getTime() - agoMs) });
  };
  if (searchesNumber) {
    const [edge] = (await oneAt(DEPTHS.middle)).edges;
    return () => list({ first: PAGE }, { search: edge?.node.alipayTransId ?? null });
  }
  if (depth === 'first') return () => list({ first: PAGE });
  const [edge] = (await oneAt(DEPTHS[depth])).edges;
  return () => list({ first: PAGE, after: edge?.cursor ?? null });
}
