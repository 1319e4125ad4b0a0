import { type Caller, type TransactionFilter } from '@countersign/merchant-domain';

import { type Depth } from './measure-pages';
import { seededId } from './seed-history';

/** A list that somebody asks for, and where its pages are looked at. */
export interface PageList {
  readonly name: string;
  readonly caller: Caller;
  readonly filter: TransactionFilter;
  readonly depths: readonly Depth[];
  /** Narrowed to the number of a payment from the middle of the books. */
  readonly searchesNumber?: boolean;
}

const ALL: readonly Depth[] = ['first', 'middle', 'deep'];
const FIRST: readonly Depth[] = ['first'];

export const OWNER: Caller = { subject: 'bench', role: 'OWNER', storeIds: null, refundLimit: null };

/** Stores that sell much, little and least. */
export function callerOfThree(stores: number): Caller {
  const of = (share: number): string => seededId('store', Math.floor(stores * share));
  return { ...OWNER, role: 'MANAGER', storeIds: [of(0.01), of(0.4), of(0.9)] };
}

/** The lists that the API offers; the first is the goal P12. */
export function pageLists(stores: number): readonly PageList[] {
  const busy = Math.floor(stores * 0.01);
  const storeId = seededId('store', busy);
  const quietShop = `Shop ${Math.floor((stores * 0.99) / 5)}`;
  const twentieth = Array.from({ length: Math.ceil(stores / 20) }, (_, index) =>
    seededId('store', (index * 17) % stores),
  );
  const owner = (
    name: string,
    filter: TransactionFilter,
    depths: readonly Depth[] = ALL,
  ): PageList => ({ name, caller: OWNER, filter, depths });
  const three = callerOfThree(stores);
  return [
    owner('store, status and time', {
      storeId,
      statuses: ['FINISHED'],
      paidFrom: new Date('2025-01-01T00:00:00+08:00'),
      paidTo: new Date('2026-01-01T00:00:00+08:00'),
    }),
    owner('newest', {}),
    owner('store', { storeId }),
    owner('store, two rare statuses', { storeId, statuses: ['REFUNDED', 'CANCELLED'] }),
    owner('status, rare', { statuses: ['AWAITING_PAYMENT'] }),
    owner('status, frequent long ago', { statuses: ['FINISHED'] }),
    owner('code', { qrCodeId: seededId('code', busy) }),
    owner('shop of five quiet stores', { shop: quietShop }),
    owner('merchant of fifty stores', { merchantId: seededId('merchant', 0) }),
    { name: 'caller of three stores', caller: three, filter: {}, depths: ALL },
    {
      name: 'caller of three stores, status',
      caller: three,
      filter: { statuses: ['REFUNDED'] },
      depths: ALL,
    },
    {
      name: 'caller of a twentieth of the stores',
      caller: { ...OWNER, role: 'MANAGER', storeIds: twentieth },
      filter: {},
      depths: ALL,
    },
    { ...owner('search, a whole number', {}, FIRST), searchesNumber: true },
    owner('search, a day’s beginning', { search: '20250315' }, FIRST),
    owner('search, a month’s beginning', { search: '202503' }, FIRST),
    owner('search, within a store', { search: '20250315', storeId }, FIRST),
    owner('claimed', { claimed: true }),
    owner('not claimed, within a store', { claimed: false, storeId }),
    owner('not settled', { settled: false }, FIRST),
    owner('settled', { settled: true }),
    owner('code and status', { qrCodeId: seededId('code', busy), statuses: ['REFUNDED'] }, FIRST),
    owner('amount, within a store', { minAmount: '500', storeId }, FIRST),
    owner(
      'amount, within a month',
      {
        minAmount: '500',
        paidFrom: new Date('2025-03-01T00:00:00+08:00'),
        paidTo: new Date('2025-04-01T00:00:00+08:00'),
      },
      FIRST,
    ),
  ];
}
