import type { NotificationShape, QrCodeShape, TransactionShape } from '../shapes';
import type { QrCodePayload, RefundPayload, TransactionPayload } from '../documents';
import type { BookedTrade } from '../simulator-control';
import type { Business, Forgery, Schedule } from './commands';
import type { Mishap } from './faults';

/** What one schedule has made, and everything that it was told. */
export interface Shop {
  readonly index: number;
  readonly schedule: Schedule;
  readonly storeId: string;
  readonly alipayStoreId: string;
  readonly codes: ShopCode[];
  readonly trades: Trade[];
  readonly history: Entry[];
  readonly forgeries: Forged[];
  /** What was ordered to go wrong, and about what. */
  readonly ordered: { readonly about: Trade | ShopCode | null; readonly mishap: Mishap }[];
  readonly trouble: string[];
}

export interface ShopCode {
  /** Another one where a restored backup lacks it and it was created again. */
  id: string;
  code: string | null;
}

export interface Trade {
  readonly no: string;
  readonly outNo: string;
  readonly minor: bigint;
  readonly code: ShopCode;
  readonly wallet: string;
  readonly wasPaidAtOnce: boolean;
  /** What the gateway's side did to it afterwards. */
  readonly became: Set<'paid later' | 'closed' | 'finished' | 'frozen' | 'given back elsewhere'>;
  transactionId: string | null;
}

/** Numbers of the payments of which something may have been given back in Alipay's portal. */
export function elsewhereIn(shops: readonly Shop[]): string[] {
  const trades = shops.flatMap((shop) => shop.trades);
  return trades.filter(({ became }) => became.has('given back elsewhere')).map(({ no }) => no);
}

/** Numbers of the payments that refunds, and no cancel, have given back as a whole. */
export function refundedInFull(trades: readonly BookedTrade[]): string[] {
  return trades
    .filter(({ cancelled, refunded, amount }) => !cancelled && refunded === amount)
    .map(({ trade_no: no }) => no);
}

/** When something was asked, by every clock that matters: its beginning, its end, and each jump. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly productTime: readonly number[];
  readonly gatewayTime: readonly number[];
}

export type Payload = Partial<RefundPayload> &
  Partial<TransactionPayload> &
  Partial<QrCodePayload> & { readonly notification?: NotificationShape | null };

/** One mutation and its answer; without one nobody can tell what was done. */
export interface Entry extends Span {
  readonly kind: Exclude<Business['kind'], 'pay'> | 'resolve';
  readonly trade?: Trade;
  readonly code?: ShopCode;
  readonly input: Readonly<Record<string, unknown>>;
  readonly answer?: Answer;
  /** Why there is none. */
  readonly trouble?: string;
}

export interface Answer {
  readonly refund?: RefundPayload['refund'];
  readonly replayed?: boolean;
  readonly transaction?: TransactionShape | null;
  readonly qrCode?: QrCodeShape | null;
  readonly userErrors: RefundPayload['userErrors'];
}

export interface Forged extends Span {
  readonly how: Forgery;
  readonly notifyId: string;
  readonly trade: Trade;
  /** Null when no answer came. */
  readonly reply: { readonly httpStatus: number; readonly answer: string } | null;
}
