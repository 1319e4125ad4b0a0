/** What the documents of these journeys ask for, as it comes back. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[] | null;
  readonly alipayCode: string | null;
}

export interface Failing {
  readonly userErrors: readonly UserError[];
}

export interface MerchantShape {
  readonly id: string;
  readonly alipayMerchantId: string;
  readonly name: string;
}

export interface StoreShape {
  readonly id: string;
  readonly alipayStoreId: string;
  readonly name: string;
  readonly shop: string | null;
  readonly address: string | null;
  readonly merchant: MerchantShape;
}

export interface QrCodeShape {
  readonly id: string;
  readonly code: string | null;
  readonly alipayImageUrl: string | null;
  readonly status: string;
  readonly changePending: boolean;
  readonly rejectionCode: string | null;
  readonly label: string | null;
  readonly channelFee: { readonly type: string; readonly value: string } | null;
  readonly lastNotifiedAt: string | null;
  readonly store: { readonly id: string; readonly name: string; readonly address: string | null };
}

export interface RefundShape {
  readonly id: string;
  readonly partnerRefundId: string;
  readonly status: string;
  readonly amount: Money;
  readonly reason: string | null;
  readonly failureCode: string | null;
  readonly attempts: number;
  readonly nextCheckAt: string | null;
  readonly settledAt: string | null;
}

export interface TransactionShape {
  readonly id: string;
  readonly alipayTransId: string;
  readonly partnerTransId: string | null;
  readonly status: string;
  readonly alipayStatus: string;
  readonly amount: Money;
  readonly refundedAmount: Money;
  readonly refundableAmount: Money;
  readonly paymentInstitution: string;
  readonly paymentInstitutionCode: string | null;
  readonly saleReference: string | null;
  readonly buyerLogin: string | null;
  readonly paidAt: string | null;
  readonly cancellableUntil: string | null;
  readonly cancelPending: boolean;
  readonly qrCode: { readonly id: string } | null;
  readonly store: { readonly id: string; readonly name: string } | null;
  readonly refunds: readonly RefundShape[];
}

export interface EventShape {
  readonly cursor: string;
  readonly type: string;
  readonly status: string;
  readonly actor: string;
  readonly amount: Money | null;
  readonly refund: { readonly id: string; readonly status: string } | null;
  readonly transaction: {
    readonly id: string;
    readonly alipayTransId: string;
    readonly partnerTransId: string | null;
    readonly store: { readonly id: string; readonly name: string } | null;
  };
}

export interface NotificationShape {
  readonly id: string;
  readonly notifyId: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly qrCode: { readonly id: string } | null;
  readonly transaction: { readonly id: string } | null;
  readonly fields: Readonly<Record<string, string>> | null;
}

export interface GatewayCallShape {
  readonly id: string;
  readonly service: string;
  readonly outcome: string;
  readonly alipayCode: string | null;
  readonly request: Readonly<Record<string, string>>;
  readonly response: Readonly<Record<string, string>> | null;
}
