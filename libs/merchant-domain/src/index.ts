// What every use case is handed, and what it can answer
export {
  type Books,
  type Caller,
  type Domain,
  type DomainLog,
  ownerCaller,
  type Refusal,
  type RefusalCode,
  refuse,
  type Role,
} from './domain';

// Access
export {
  type Action,
  Forbidden,
  MAY,
  mayDo,
  OF_WHOLE_ACCOUNT,
  requireAction,
  seesStore,
} from './access/access.rules';
export { ApiKey } from './access/api-key.entity';
export { API_KEY_SUBJECT, type ApiKeyWish } from './access/api-key.rules';
export {
  findApiKey,
  findKeyInUse,
  isAnyKeyInForce,
  isUseToBeNoted,
  type KeyInUse,
  keysInForce,
  listApiKeys,
  noteKeyUse,
} from './access/api-key.queries';
export { type CreateApiKey, createApiKey, type NewApiKeyResult } from './access/create-api-key';
export { type ApiKeyResult, type RevokeApiKey, revokeApiKey } from './access/revoke-api-key';
export { addRateCounts, forgetRateCounts, type RateCount } from './access/rate-counts';

// Database
export {
  type Clock,
  type Database,
  openDatabase,
  type OpenDatabase,
} from './database/open-database';
export {
  type Allowance,
  AllowanceSpent,
  allowanceSpentBy,
  rowsOfStatement,
  withinAllowance,
} from './database/allowance';
export { NUDGE_CHANNEL, type PublishNudges } from './database/nudges';
export { type Reading, withinReading } from './database/reading';
export { type ReplicaState, type ReplicaStatus } from './database/replicas/replica';
export { type ReplicaReadings } from './database/replicas/replicas';
export { isRowAtFault } from './database/row-at-fault';
export { connectionsOfOneMax } from './database/fair-pool';
export { askAgainNow } from './database/ask-again-now';
export { merchantEntities, merchantMigrations } from './database/merchant-entities';
export { type Tx } from './database/tx';
export {
  BadUserInput,
  InvalidPaging,
  type Edge,
  type Page,
  type PageRequest,
} from './database/keyset-page';

// Merchants and stores
export { Merchant, type MerchantType } from './merchant/merchant.entity';
export {
  type MerchantResult,
  type RegisterMerchant,
  registerMerchant,
} from './merchant/register-merchant';
export {
  countMerchants,
  findMerchant,
  merchantsByIds,
  merchantsPage,
  type MerchantKey,
  type MerchantSearch,
} from './merchant/merchant.queries';
export { type RegistrationStatus, Store } from './store/store.entity';
export { type RegisterStore, registerStore, type StoreResult } from './store/register-store';
export {
  type SubmitStoreRegistration,
  submitStoreRegistration,
} from './store/submit-store-registration';
export {
  type RefreshStoreRegistration,
  refreshStoreRegistration,
} from './store/refresh-store-registration';
export { type RegistrationResult } from './store/settle-registration';
export { settlePendingRegistrations } from './store/settle-pending-registrations';
export {
  countStores,
  findStore,
  storesByIds,
  storesPage,
  type StoreFilter,
  type StoreKey,
} from './store/store.queries';

// QR codes
export {
  type ChannelFeeType,
  type PendingQrCodeChange,
  QrCode,
  type QrCodeStatus,
  type PendingModification,
} from './qr-code/qr-code.entity';
export { type CreateQrCode, createQrCode } from './qr-code/create-qr-code';
export { type ImportQrCode, importQrCode } from './qr-code/import-qr-code';
export { type ModifyQrCode, modifyQrCode } from './qr-code/modify-qr-code';
export { type ChangeQrCodeStatus } from './qr-code/change-qr-code-status';
export { type ChannelFee } from './qr-code/biz-data.rules';
export { stopQrCode } from './qr-code/stop-qr-code';
export { restartQrCode } from './qr-code/restart-qr-code';
export { deleteQrCode } from './qr-code/delete-qr-code';
export { type QrCodeResult } from './qr-code/settle-qr-code';
export { settlePendingQrCodes } from './qr-code/settle-pending-qr-codes';
export {
  countQrCodes,
  findQrCode,
  qrCodesByIds,
  qrCodesChangedSince,
  qrCodesPage,
  type QrCodeFilter,
  type QrCodeKey,
} from './qr-code/qr-code.queries';

// Transactions
export {
  type CancelStatus,
  type PaymentInstitution,
  Transaction,
  type TransactionStatus,
} from './transaction/transaction.entity';
export {
  amountOf,
  cancellableUntil,
  isPaid,
  NEXT_TRANSACTION_STATUS,
  refundableAmountOf,
  refundedAmountOf,
  settlementCurrencyOf,
} from './transaction/transaction.rules';
export {
  type ClaimTransaction,
  claimTransaction,
  type TransactionResult,
} from './transaction/claim-transaction';
export { type CancelTransaction, cancelTransaction } from './transaction/cancel-transaction';
export { type RefreshTransaction, refreshTransaction } from './transaction/refresh-transaction';
export { type RecoverTransaction, recoverTransaction } from './transaction/recover-transaction';
export { settlePendingCancels } from './transaction/settle-pending-cancels';
export { askPayingWallets } from './transaction/ask-paying-wallets';
export { type TransactionFilter } from './transaction/transaction-filter';
export {
  findTransaction,
  transactionsByIds,
  transactionsPage,
  type TransactionTotals,
  transactionTotals,
  type TransactionKey,
} from './transaction/transaction.queries';

// Refunds
export { Refund, type RefundStatus } from './refund/refund.entity';
export { NEXT_REFUND_STATUS } from './refund/refund.rules';
export {
  partnerRefundIdOf,
  type RefundResult,
  type RefundTransaction,
  refundTransaction,
} from './refund/refund-transaction';
export { type ResolveRefund, resolveRefund } from './refund/resolve-refund';
export { settlePendingRefunds } from './refund/settle-pending-refunds';
export { findRefund, refundsByIds, refundsOfTransactions } from './refund/refund.queries';

// Statements: the other witness
export { Statement, type StatementKind, type StatementStatus } from './statement/statement.entity';
export { Discrepancy, type DiscrepancyStatus } from './statement/discrepancy.entity';
export { type DiscrepancyKind } from './statement/matching.rules';
export {
  type ImportStatement,
  importStatement,
  type StatementBooks,
  type StatementResult,
  type Delivery,
} from './statement/import-statement';
export {
  type ReconcileDay,
  reconcileDay,
  type ReconcileDayResult,
  type StatementFiles,
} from './statement/reconcile-day';
export {
  catchUpStatements,
  type CaughtUp,
  type StatementFolder,
} from './statement/catch-up-statements';
export {
  type DiscrepancyResult,
  type ResolveDiscrepancy,
  resolveDiscrepancy,
} from './statement/resolve-discrepancy';
export { statementFileName, type StatementName } from './statement/statement-file-name';
export {
  countDiscrepancies,
  discrepanciesPage,
  type DiscrepancyFilter,
  findDiscrepancy,
  findStatement,
  type StatementFilter,
  statementsByIds,
  statementsPage,
  type Unsettled,
  unsettledPayments,
} from './statement/statement.queries';

export { isUnstorable } from './unstorable-text';

// What waits
export {
  outstanding,
  OUTSTANDING,
  type Outstanding,
  type OutstandingKind,
} from './outstanding/outstanding.queries';

// Reports
export {
  type SalesBucket,
  type SalesGrouping,
  type SalesReport,
  salesReport,
} from './report/sales-report';
export {
  exportAmounts,
  exportColumns,
  type ExportRow,
  exportRows,
  type ExportSubject,
} from './report/export-rows';

// After a restored backup
export { Restoration } from './restoration/restoration.entity';
export { findWhereabouts, type Whereabouts } from './restoration/books-whereabouts';
export { noticeRestoration, recordRestoration } from './restoration/notice-restoration';
export {
  type ConfirmPayment,
  confirmPayment,
  endRestoration,
  type EndRestoration,
} from './restoration/confirm-payments';
export { restorationProgress, type RestorationProgress } from './restoration/restoration.queries';

// The inbox of notifications
export { Notification, type NotificationStatus } from './inbox/notification.entity';
export { notificationTokenFor, qrCodeIdOfToken } from './inbox/notification-token';
export {
  createNotificationInbox,
  type InboxDatabase,
  InboxFull,
  type InboxLimits,
  type NotificationInbox,
  type VerifiedNotification,
} from './inbox/accept-notifications';
export {
  keepRefusedNotification,
  type RefusedNotification,
} from './inbox/keep-refused-notification';
export { processNotifications } from './inbox/process-notifications';
export { confirmQuarantined } from './inbox/confirm-quarantined';
export {
  type NotificationResult,
  type ReplayNotification,
  replayNotification,
} from './inbox/replay-notification';
export { type ReverifyNotifications, reverifyNotifications } from './inbox/reverify-notifications';
export {
  findNotification,
  type InboxAge,
  inboxAge,
  notificationsPage,
  type NotificationFilter,
} from './inbox/notification.queries';

// Events
export { TransactionEvent, type TransactionEventType } from './event/transaction-event.entity';
export {
  eventCursor,
  eventsAfter,
  findEvent,
  latestEventCursor,
  latestEventPosition,
  oldestEventPosition,
  type EventPlace,
  isHistoryKept,
  placeOfCursor,
  timelinePage,
  type EventsAfter,
  type TimelineRequest,
} from './event/event.queries';

// Calls to Alipay, kept for support
export { GatewayCall, type GatewayOutcome } from './gateway-call/gateway-call.entity';
export { actingAs } from './gateway-call/acting-as';
export { recordGatewayCall } from './gateway-call/record-gateway-call';
export {
  findGatewayCall,
  gatewayCallsPage,
  type GatewayCallFilter,
} from './gateway-call/gateway-call.queries';

// The sum check: the books against every message and call on record
export { checkSums, type CheckSums, type Compared, type SumCheck } from './sum-check/check-sums';
export {
  type Disagreement,
  DISAGREEMENT_KINDS,
  type DisagreementKind,
  type RecordKind,
  type Weight,
} from './sum-check/disagreement';
export { readSchemaState, type SchemaState } from './database/schema-state';
export { SESSION_SETTINGS, withSettings } from './database/session-settings';
