import type { Counts } from '../model/counts';
import type { DayCounter } from './day-world';

/** A payment as its customer and its cashier know it. */
export interface Sale {
  readonly no: string;
  readonly outNo: string;
  readonly counter: DayCounter;
  readonly minor: bigint;
  /** The Beijing day of the payment; null while nobody has paid. */
  paidOn: string | null;
  /** What was asked to be given back, whether or not it has arrived. */
  askedBack: bigint;
  isOver: boolean;
}

/** What happened in one world, day after day: what the deeds of tomorrow are drawn from. */
export interface Ledger {
  readonly sales: Sale[];
  /** Refunds that Alipay has accepted and not carried out. */
  readonly held: string[];
  /** Payments whose message was lost, and may yet come. */
  readonly late: Sale[];
  /** Numbers refunds and sales anew. */
  next: number;
  readonly counts: Counts;
}

export function createLedger(counts: Counts): Ledger {
  return { sales: [], held: [], late: [], next: 1, counts };
}

const RECENT = 12;

/** The latest sales of which this is true. */
export function recentSales({ sales }: Ledger, isIt: (sale: Sale) => boolean): Sale[] {
  return sales.slice(-RECENT).filter(isIt);
}
