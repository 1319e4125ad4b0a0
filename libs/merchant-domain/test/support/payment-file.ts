import { type Fields } from '@countersign/alipay-protocol';

import { columnsOf } from '../../src/inbox/notification-content';
import { partnerRefundIdOf } from '../../src/refund/refund-transaction';
import { type Disagreement } from '../../src/sum-check/disagreement';
import {
  type Bounds,
  type CallOnRecord,
  type EventOnBooks,
  type MessageOnRecord,
  type PaymentFile,
  type PaymentOnBooks,
  type RefundOnBooks,
  SPOT_REFUND,
  TRADE_QUERY,
} from '../../src/sum-check/payment-file';

export const NOW = new Date('2026-01-02T12:00:00Z');
const MINUTE_MS = 60_000;
export const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * MINUTE_MS);
export const AT: Bounds = {
  now: NOW,
  overdueMs: 5 * MINUTE_MS,
  stuckMs: 10 * MINUTE_MS,
  graceMs: 15 * MINUTE_MS,
};

const PARTNER = '2088000000000001';
export const TRADE_NO = '2026010222001';
export const refundIdOf = (key: string): string => partnerRefundIdOf(PARTNER, TRADE_NO, key);
export const REFUND_ID = refundIdOf('key');

/** 10.00 HKD, paid an hour ago, and nothing since. */
export function paymentOf(some: Partial<PaymentOnBooks> = {}): PaymentOnBooks {
  return {
    id: 'payment',
    alipayTransId: TRADE_NO,
    partnerTransId: 'ORDER',
    status: 'PAID',
    alipayStatus: 'TRADE_SUCCESS',
    alipayStatusesSeen: ['TRADE_SUCCESS'],
    amountMinor: 1000n,
    currency: 'HKD',
    refundedMinor: 0n,
    pendingRefundMinor: 0n,
    paidAt: minutesAgo(60),
    saleReference: null,
    cancelStatus: null,
    cancelRequestedBy: null,
    cancelAttempts: 0,
    cancelNextCheckAt: null,
    cancelFailureCode: null,
    qrCodeId: 'code',
    ...some,
  };
}

/** 3.00 HKD of that payment, given back. */
export function refundOf(some: Partial<RefundOnBooks> = {}): RefundOnBooks {
  return {
    id: 'refund',
    partnerRefundId: REFUND_ID,
    idempotencyKey: 'key',
    amountMinor: 300n,
    currency: 'HKD',
    status: 'SUCCEEDED',
    failureCode: null,
    attempts: 1,
    nextCheckAt: null,
    resolvedBy: null,
    isOnStatement: false,
    settledAt: minutesAgo(60),
    ...some,
  };
}

export function eventOf(some: Partial<EventOnBooks> = {}): EventOnBooks {
  return {
    id: 'event',
    type: 'PAYMENT_RECEIVED',
    amountMinor: 1000n,
    currency: 'HKD',
    refundId: null,
    actor: 'alipay',
    occurredAt: minutesAgo(60),
    isGuessed: false,
    ...some,
  };
}

/** The message that told of the payment, but for what it says otherwise. */
export function messageOf(says: Fields = {}, some: Partial<MessageOnRecord> = {}): MessageOnRecord {
  const fields = {
    ...{ notify_id: 'notify', trade_no: TRADE_NO, out_trade_no: 'ORDER' },
    ...{ trade_status: 'TRADE_SUCCESS', total_fee: '10.00' },
    ...says,
  };
  return {
    id: 'message',
    ...columnsOf(fields),
    contentType: null,
    body: Buffer.from(new URLSearchParams(fields).toString()),
    qrCodeId: 'code',
    codeCurrency: 'HKD',
    ...some,
  };
}

/** An hour ago, with a believed answer that says nothing. */
export function callOf(service: string, some: Partial<CallOnRecord> = {}): CallOnRecord {
  return {
    id: 'call',
    service,
    outcome: 'SUCCEEDED',
    alipayCode: null,
    firstAt: some.lastAt ?? minutesAgo(60),
    lastAt: minutesAgo(60),
    partnerId: PARTNER,
    refundId: null,
    askedAmount: null,
    askedCurrency: null,
    refundResult: null,
    action: null,
    tradeStatus: null,
    payTime: null,
    tradeNo: null,
    orderNo: null,
    amount: null,
    currency: null,
    ...some,
  };
}

/** The call that asked for the refund. */
export function refundCallOf(some: Partial<CallOnRecord> = {}): CallOnRecord {
  const asked = { refundId: REFUND_ID, askedAmount: '3.00', askedCurrency: 'HKD' };
  return callOf(SPOT_REFUND, { ...asked, ...some });
}

/** A question about the payment, answered as the books say. */
export function tradeQueryOf(some: Partial<CallOnRecord> = {}): CallOnRecord {
  return callOf(TRADE_QUERY, {
    ...{ tradeStatus: 'TRADE_SUCCESS', tradeNo: TRADE_NO, orderNo: 'ORDER' },
    ...{ amount: '10.00', currency: 'HKD' },
    ...some,
  });
}

export type Records = Partial<Omit<PaymentFile, 'transaction'>> & {
  readonly transaction?: Partial<PaymentOnBooks>;
};

/** A payment as its message told it, but for the records that are given. */
export function fileOf({ transaction = {}, ...some }: Records = {}): PaymentFile {
  return {
    transaction: paymentOf(transaction),
    refunds: [],
    events: [eventOf()],
    messages: [messageOf()],
    calls: [],
    ...some,
  };
}

/** What is found: its kind, the id of its record, the field, what the books say and the evidence. */
export type Found = readonly [
  kind: Disagreement['kind'],
  id: string,
  field: string,
  books: string | null,
  evidence: string | null,
];

export function foundIn(findings: Iterable<Disagreement>): Found[] {
  return [...findings].map(({ kind, id, field, books, evidence }) => [
    ...([kind, id, field, books, evidence] as const),
  ]);
}
