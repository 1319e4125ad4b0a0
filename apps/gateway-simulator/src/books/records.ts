import type { Fields } from '@countersign/alipay-protocol';

/** What the gateway remembers. Plain JSON throughout: amounts are decimal texts, times milliseconds since 1970. */
export type CodeStatus = 'ACTIVE' | 'STOPPED' | 'DELETED';
export type TradeStatus =
  'WAIT_BUYER_PAY' | 'TRADE_SUCCESS' | 'TRADE_PENDING' | 'TRADE_CLOSED' | 'TRADE_FINISHED';
export type RefundStatus = 'SUCCESS' | 'PROCESSING' | 'FAILED' | 'CANCELED';
export const WALLETS = ['ALIPAYHK', 'ALIPAYCN', 'ALIPAYPLUS'] as const;
export type Wallet = (typeof WALLETS)[number];
export const SIGN_TYPES = ['MD5', 'RSA', 'RSA2'] as const;
export type SignTypeName = (typeof SIGN_TYPES)[number];

export interface Code {
  readonly id: string;
  readonly qrcode: string;
  readonly merchantId: string;
  readonly storeId: string;
  readonly hasChannelFee: boolean;
  readonly createdAt: number;
  status: CodeStatus;
  storeName: string;
  merchantName: string;
  currency: string;
  industry: string;
  serviceProviderId: string;
  passback: string;
  notifyUrl: string | null;
  notifySignType: SignTypeName;
  notifyCharset: 'UTF-8' | 'GBK';
}

export interface Refund {
  readonly partnerRefundId: string;
  readonly amount: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly notifyUrl: string | null;
  status: RefundStatus;
  settledAt: number | null;
}

export interface Buyer {
  readonly id: string;
  /** As Alipay shows it to merchants: masked. */
  readonly login: string;
}

export interface Trade {
  readonly tradeNo: string;
  readonly outTradeNo: string;
  readonly codeId: string;
  readonly amount: string;
  readonly currency: string;
  readonly wallet: Wallet;
  readonly buyer: Buyer;
  /** The wallet page's form that made it: the same form sent twice pays once. */
  readonly formToken: string | null;
  readonly createdAt: number;
  status: TradeStatus;
  paidAt: number | null;
  closedAt: number | null;
  cancelled: boolean;
  refunds: Refund[];
}

export interface Send {
  readonly at: number;
  readonly form: Fields;
  readonly httpStatus: number | null;
  readonly answer: string | null;
  /** Why nothing came back, or which fault was on. */
  readonly trouble: string | null;
}

export interface Notification {
  readonly notifyId: string;
  readonly tradeNo: string;
  readonly tradeStatus: TradeStatus;
  /** Where to, when it is not the code's own address: a refund may bring one. */
  readonly notifyUrl: string | null;
  readonly contentType: string;
  readonly body: string;
  readonly form: Fields;
  readonly createdAt: number;
  sends: Send[];
  /** Sends of the schedule; duplicates and resends by hand are not counted. */
  attempts: number;
  acknowledged: boolean;
  /** When the gateway's clock says so it goes out again; null when it never will. */
  nextSendAt: number | null;
}

export const REGISTRATION_STATUSES = [
  'SUCCESS',
  'UNDER_REVIEW',
  'MODIFICATION_REVIEW',
  'FAILED',
] as const;
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number];

/** One submitted registration of a store (alipay.overseas.secmerchant.offline.maintain). */
export interface StoreRegistration {
  readonly merchantId: string;
  readonly storeId: string;
  readonly fields: Fields;
  readonly submittedAt: number;
  /** As it was submitted or decided; what it is by now, `registration.rules` tells. */
  readonly status: RegistrationStatus;
  readonly rejectReason: string;
  /** When its review passes by itself, by the gateway's clock; null when only somebody decides it. */
  readonly decidesAt: number | null;
  /** Whether the store had passed a review before this was submitted or decided. */
  readonly wasRegistered: boolean;
  readonly isArchived: boolean;
}
