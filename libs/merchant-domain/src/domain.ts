import { type Money, type SignType } from '@countersign/alipay-protocol';
import { type AlipayClient } from '@countersign/alipay-services';

import { type Database } from './database/open-database';

/** What every use case is handed: where the records are, who Alipay is, what time it is. */
export interface Domain {
  readonly database: Database;
  readonly alipay: AlipayClient;
  readonly now: () => Date;
  /** A fresh UUIDv7: time-ordered, so that keys and cursors follow the order of creation. */
  readonly newId: () => string;
  /** The address Alipay is to notify, for a code's secret token. Without it codes are created deaf. */
  readonly notifyUrl?: (token: string) => string;
  /** Seller ids a notification may carry; by default our partner id (decision 12). */
  readonly sellerIds?: readonly string[];
  /** Sent as `notify_sign_type` only when configured (PROTOCOL.md §7). */
  readonly notifySignType?: SignType;
  /**
   * How long a call to Alipay may take; a call in flight is not repeated before that (10 s, or what the
   * client says where that is more).
   */
  readonly gatewayTimeoutMs?: number;
  readonly log?: DomainLog;
}

/** What a use case needs that only touches our own books: no Alipay. */
export type Books = Pick<Domain, 'database' | 'now' | 'newId' | 'log'>;

/** Facts with their ids; the host decides where they go. */
export interface DomainLog {
  info(fact: string, ids?: Record<string, unknown>): void;
  warn(fact: string, ids?: Record<string, unknown>): void;
  error(fact: string, ids?: Record<string, unknown>): void;
}

/** Expected refusals, in the schema's words. */
export type RefusalCode =
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'NOT_ALLOWED_IN_STATE'
  | 'AMOUNT_EXCEEDS_REFUNDABLE'
  | 'CURRENCY_MISMATCH'
  | 'CANCEL_WINDOW_CLOSED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'ALIPAY_REJECTED'
  | 'ALIPAY_UNAVAILABLE'
  | 'ALREADY_CLAIMED'
  | 'REFUND_LIMIT_EXCEEDED';

/** A refusal is a value: what was refused, why, and what to do, for a person. */
export interface Refusal {
  readonly refusal: RefusalCode;
  readonly message: string;
  /** Path within the command, e.g. ['amount', 'amount']. */
  readonly field?: readonly string[];
  /** Alipay's own code, with ALIPAY_REJECTED. */
  readonly alipayCode?: string;
}

export function refuse(
  refusal: RefusalCode,
  message: string,
  more: { readonly field?: readonly string[]; readonly alipayCode?: string } = {},
): Refusal {
  return { refusal, message, ...more };
}

export type Role = 'OWNER' | 'MANAGER' | 'CASHIER' | 'AUDITOR';

/** Who asks. Every use case and query takes one; nothing is open without. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
  /** The stores the caller may touch; null means all, an empty list none. */
  readonly storeIds: readonly string[] | null;
  /** The most this caller may give back in one refund or cancel; null means no limit. */
  readonly refundLimit: Money | null;
}

/** The caller of a host that has its own access rules: an owner under the host's name. */
export function ownerCaller(subject: string): Caller {
  return { subject, role: 'OWNER', storeIds: null, refundLimit: null };
}
