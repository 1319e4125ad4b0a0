import { type TransactionEvent } from '../event/transaction-event.entity';
import { type GatewayOutcome } from '../gateway-call/gateway-call.entity';
import { type Notification } from '../inbox/notification.entity';
import { minorIn } from '../minor-in';
import { type Refund } from '../refund/refund.entity';
import { type Transaction } from '../transaction/transaction.entity';

/** Everything on record about one payment: the books on one side, what was heard on the other. */
export interface PaymentFile {
  readonly transaction: PaymentOnBooks;
  readonly refunds: readonly RefundOnBooks[];
  readonly events: readonly EventOnBooks[];
  /** The applied ones. */
  readonly messages: readonly MessageOnRecord[];
  readonly calls: readonly CallOnRecord[];
}

export type PaymentOnBooks = Pick<
  Transaction,
  | 'id'
  | 'alipayTransId'
  | 'partnerTransId'
  | 'status'
  | 'alipayStatus'
  | 'alipayStatusesSeen'
  | 'amountMinor'
  | 'currency'
  | 'refundedMinor'
  | 'pendingRefundMinor'
  | 'paidAt'
  | 'saleReference'
  | 'cancelStatus'
  | 'cancelRequestedBy'
  | 'cancelAttempts'
  | 'cancelNextCheckAt'
  | 'cancelFailureCode'
  | 'qrCodeId'
>;

export type RefundOnBooks = Pick<
  Refund,
  | 'id'
  | 'partnerRefundId'
  | 'idempotencyKey'
  | 'amountMinor'
  | 'currency'
  | 'status'
  | 'failureCode'
  | 'attempts'
  | 'nextCheckAt'
  | 'resolvedBy'
  | 'settledAt'
> & {
  /** A line of a statement in force tells of it, with its amount. */
  readonly isOnStatement: boolean;
};

export type EventOnBooks = Pick<
  TransactionEvent,
  'id' | 'type' | 'amountMinor' | 'currency' | 'refundId' | 'actor' | 'occurredAt'
> & {
  /** It bears a time that nobody had told by then. */
  readonly isGuessed: boolean;
};

export type MessageOnRecord = Pick<
  Notification,
  'id' | 'notifyId' | 'contentHash' | 'tradeNo' | 'contentType' | 'body' | 'qrCodeId'
> & {
  /** What its code takes; null where the code is not in the books. */
  readonly codeCurrency: string | null;
};

/** Equal calls of one deed, as one: a deed may be asked about for ever. */
export interface CallOnRecord {
  /** Of one of them. */
  readonly id: string;
  readonly service: string;
  readonly outcome: GatewayOutcome;
  readonly alipayCode: string | null;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly partnerId: string | null;
  /** The id of the refund that was asked for or asked about. */
  readonly refundId: string | null;
  readonly askedAmount: string | null;
  readonly askedCurrency: string | null;
  /** What a believed answer says; null in what Alipay's answer lacks. */
  readonly refundResult: string | null;
  /** What a cancel did: `close` or `refund`. */
  readonly action: string | null;
  readonly tradeStatus: string | null;
  /** When the trade was paid: said of a closed one, too. */
  readonly payTime: string | null;
  readonly tradeNo: string | null;
  readonly orderNo: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
}

export const SPOT_REFUND = 'alipay.acquire.overseas.spot.refund';
export const REFUND_QUERY = 'alipay.acquire.refund.query';
export const CANCEL = 'alipay.acquire.cancel';
export const TRADE_QUERY = 'alipay.acquire.overseas.query';

/** When something counts as late. */
export interface Bounds {
  readonly now: Date;
  /** How long after its time a pending row may wait to be asked about. */
  readonly overdueMs: number;
  /** How long an acknowledged message may wait to be processed. */
  readonly stuckMs: number;
  /** How long a recorded answer may wait to reach the books: a call is recorded before it is settled. */
  readonly graceMs: number;
}

export function isOverdue(nextCheckAt: Date | null, { now, overdueMs }: Bounds): boolean {
  return nextCheckAt === null || nextCheckAt.getTime() + overdueMs < now.getTime();
}

/** The oldest of these calls, once the books have had the time to follow it. */
export function ripe(calls: readonly CallOnRecord[], at: Bounds): CallOnRecord | undefined {
  return calls
    .filter(({ firstAt }) => firstAt.getTime() + at.graceMs <= at.now.getTime())
    .sort((one, other) => one.firstAt.getTime() - other.firstAt.getTime())[0];
}

export function inWords({ service, outcome, alipayCode, lastAt }: CallOnRecord): string {
  const code = alipayCode === null ? '' : ` ${alipayCode}`;
  return `${service} ${outcome}${code} at ${lastAt.toISOString()}`;
}

/** What the client and the protocol throw before a byte has left: then no call is on record. */
export function isOurOwnRefusal(failureCode: string | null): boolean {
  return failureCode?.startsWith('ALIPAY_') ?? false;
}

/** Whether a text of Alipay's is that amount of money; as money, never as text. */
export function isAmount(text: string, minor: bigint, currency: string): boolean {
  return minorIn(text, currency) === minor;
}
