// The client
export {
  type AlipayClient,
  type AlipayClientOptions,
  type Call,
  createAlipayClient,
  SIGNED_SERVICES,
} from './alipay-client';
export { type CallOptions, type GatewayCallReport, type ServiceKeys } from './gateway';

// What a call comes to
export { type Outcome, type Rejected, type Unknown } from './outcome';
export {
  type AlipayCode,
  type CatalogueEntry,
  ERROR_CATALOGUE,
  explainCode,
  type InBothLanguages,
  isFinalCode,
  isFinalUnsignedCode,
  type KnownAlipayCode,
} from './error-catalogue';
export {
  AlipayNotificationUnreadable,
  AlipayRequestInvalid,
  AlipayServiceError,
  type AlipayServiceErrorCode,
} from './errors';

// Requests and answers, in Alipay's words
export { type ChannelFee, type QrCodeBizData } from './qr-code-biz-data';
export { type QrcodeCreateAnswer, type QrcodeCreateRequest } from './operations/qrcode-create';
export { type QrcodeModifyAnswer, type QrcodeModifyRequest } from './operations/qrcode-modify';
export {
  type QrcodeModifyStatusAnswer,
  type QrcodeModifyStatusRequest,
  type QrcodeStatusChange,
} from './operations/qrcode-modify-status';
export { type SpotRefundAnswer, type SpotRefundRequest } from './operations/spot-refund';
export { type OverseasQueryAnswer, type OverseasQueryRequest } from './operations/overseas-query';
export { type AcquireCancelAnswer, type AcquireCancelRequest } from './operations/acquire-cancel';
export {
  type RefundQueryAnswer,
  type RefundQueryRequest,
  type RefundQueryStatus,
} from './operations/refund-query';
export {
  type SecmerchantOfflineMaintainAnswer,
  type SecmerchantOfflineMaintainRequest,
  type TaxiDriver,
} from './operations/secmerchant-offline-maintain';
export {
  type SecmerchantQueryStatusAnswer,
  type SecmerchantQueryStatusRequest,
  type SecmerchantStatus,
  type SecmerchantStoreStatus,
} from './operations/secmerchant-query-status';
export { type StoreRegistration } from './store-registration';
export {
  type AlipayTransId,
  type Named,
  type NotifyId,
  type PartnerRefundId,
  type PartnerTransId,
  type QrcodeText,
  type SecondaryMerchantId,
  type StoreId,
} from './ids';
export { type NotifyVerifyAnswer, type NotifyVerifyRequest } from './operations/notify-verify';

// What is wrong with a request, before anything is written or sent
export { checkNotifyUrl, type RequestComplaint } from './request-checks';
export { checkChannelFee, checkQrCodeBizData } from './qr-code-biz-data';
export { checkRefundReason, checkSpotRefund } from './operations/spot-refund';
export { checkOverseasQuery } from './operations/overseas-query';
export { checkAcquireCancel } from './operations/acquire-cancel';
export { checkRefundQuery } from './operations/refund-query';
export { checkSecmerchantOfflineMaintain } from './operations/secmerchant-offline-maintain';
export { checkSecmerchantQueryStatus } from './operations/secmerchant-query-status';
export { checkNotifyVerify } from './operations/notify-verify';

// Notifications
export { readTradeNotification, type TradeNotification } from './notifications/trade-notification';

// Statement files
export {
  readTransactionStatement,
  type StatementTransactionType,
  type TransactionStatementHeader,
  type TransactionStatementLine,
} from './statements/transaction-statement';
export {
  readSettlementStatement,
  type SettlementStatementLine,
  type SettlementTotals,
} from './statements/settlement-statement';
export { type StatementFault, StatementUnreadable } from './statements/statement-error';

// Masking
export { maskAccountId, maskFields, maskLogin, maskNotificationTokens } from './masking';
