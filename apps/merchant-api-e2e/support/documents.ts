import type { Operation } from './graphql-client';
import type {
  EventShape,
  Failing,
  GatewayCallShape,
  MerchantShape,
  NotificationShape,
  QrCodeShape,
  RefundShape,
  StoreShape,
  TransactionShape,
} from './shapes';

const USER_ERRORS = 'userErrors { code message field alipayCode }';
const MONEY = '{ amount currency }';
const MERCHANT = 'id alipayMerchantId name';
const STORE = `id alipayStoreId name shop address merchant { ${MERCHANT} }`;
const QR_CODE = `id code alipayImageUrl status changePending rejectionCode label lastNotifiedAt
  channelFee { type value } store { id name address }`;
const REFUND = `id partnerRefundId status amount ${MONEY} reason failureCode attempts nextCheckAt settledAt`;
const TRANSACTION = `id alipayTransId partnerTransId status alipayStatus amount ${MONEY}
  refundedAmount ${MONEY} refundableAmount ${MONEY} paymentInstitution paymentInstitutionCode
  saleReference buyerLogin paidAt cancellableUntil cancelPending qrCode { id } store { id name }
  refunds { ${REFUND} }`;
const EVENT = `cursor type status actor amount ${MONEY} refund { id status }
  transaction { id alipayTransId partnerTransId store { id name } }`;
const NOTIFICATION = 'id notifyId status reason qrCode { id } transaction { id } fields';
const GATEWAY_CALL = 'id service outcome alipayCode request response';

type Nullable<Shape> = { readonly [Name in keyof Shape]: Shape[Name] | null };
interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';

// Merchants, stores and codes
export const REGISTER_MERCHANT: Operation<{
  registerMerchant: Nullable<{ merchant: MerchantShape }> & Failing;
}> = {
  text: `mutation ($input: RegisterMerchantInput!) {
    registerMerchant(input: $input) { merchant { ${MERCHANT} } ${USER_ERRORS} } }`,
};

export const REGISTER_STORE: Operation<{
  registerStore: Nullable<{ store: StoreShape }> & Failing;
}> = {
  text: `mutation ($input: RegisterStoreInput!) {
    registerStore(input: $input) { store { ${STORE} } ${USER_ERRORS} } }`,
};

export type QrCodePayload = Nullable<{ qrCode: QrCodeShape }> & Failing;

/** The mutations of a code answer all alike. */
export function qrCodeMutation(
  name: string,
  input: string,
): Operation<Readonly<Record<string, QrCodePayload>>> {
  return {
    text: `mutation ($input: ${input}!) {
      ${name}(input: $input) { qrCode { ${QR_CODE} } ${USER_ERRORS} } }`,
  };
}

export const QR_CODE_BY_ID: Operation<{ qrCode: QrCodeShape | null }> = {
  text: `query ($id: ID!) { qrCode(id: $id) { ${QR_CODE} } }`,
};

export const QR_CODES: Operation<{ qrCodes: Page<QrCodeShape> }> = {
  text: `{ qrCodes(first: 100) { nodes { ${QR_CODE} } ${PAGE_INFO} } }`,
};

export const STORE_BY_ID: Operation<{ store: StoreShape | null }> = {
  text: `query ($id: ID!) { store(id: $id) { ${STORE} } }`,
};

// Payments
export const TRANSACTION_BY: Operation<{ transaction: TransactionShape | null }> = {
  text: `query ($id: ID, $alipayTransId: String, $partnerTransId: String) {
    transaction(id: $id, alipayTransId: $alipayTransId, partnerTransId: $partnerTransId) {
      ${TRANSACTION} } }`,
};

export const TRANSACTIONS: Operation<{ transactions: Page<TransactionShape> }> = {
  text: `query ($first: Int, $after: String, $filter: TransactionFilter) {
    transactions(first: $first, after: $after, filter: $filter) {
      nodes { ${TRANSACTION} } ${PAGE_INFO} } }`,
};

export type TransactionPayload = Nullable<{ transaction: TransactionShape }> & Failing;

export function transactionMutation(
  name: string,
  input: string,
): Operation<Readonly<Record<string, TransactionPayload>>> {
  return {
    text: `mutation ($input: ${input}!) {
      ${name}(input: $input) { transaction { ${TRANSACTION} } ${USER_ERRORS} } }`,
  };
}

export type RefundPayload = Nullable<{ refund: RefundShape; transaction: TransactionShape }> & {
  readonly replayed: boolean;
} & Failing;

export const REFUND_TRANSACTION: Operation<{ refundTransaction: RefundPayload }> = {
  text: `mutation ($input: RefundTransactionInput!) {
    refundTransaction(input: $input) {
      refund { ${REFUND} } transaction { ${TRANSACTION} } replayed ${USER_ERRORS} } }`,
};

export const RESOLVE_REFUND: Operation<{ resolveRefund: RefundPayload }> = {
  text: `mutation ($input: ResolveRefundInput!) {
    resolveRefund(input: $input) {
      refund { ${REFUND} } transaction { ${TRANSACTION} } replayed ${USER_ERRORS} } }`,
};

// What happened
export const TIMELINE: Operation<{
  transaction: { readonly timeline: Page<EventShape> } | null;
}> = {
  text: `query ($id: ID!) { transaction(id: $id) {
    timeline { nodes { ${EVENT} } ${PAGE_INFO} } } }`,
};

export const PAYMENT_RECEIVED: Operation<{ paymentReceived: EventShape }> = {
  text: `subscription ($storeId: ID, $qrCodeId: ID, $after: String) {
    paymentReceived(storeId: $storeId, qrCodeId: $qrCodeId, after: $after) { ${EVENT} } }`,
};

export const TRANSACTION_EVENTS: Operation<{ transactionEvents: EventShape }> = {
  text: `subscription ($storeId: ID, $transactionId: ID, $types: [TransactionEventType!], $after: String) {
    transactionEvents(storeId: $storeId, transactionId: $transactionId, types: $types, after: $after) {
      ${EVENT} } }`,
};

export const QR_CODE_CHANGED: Operation<{ qrCodeChanged: QrCodeShape }> = {
  text: `subscription ($storeId: ID) { qrCodeChanged(storeId: $storeId) { ${QR_CODE} } }`,
};

// What Alipay was asked and told
export const NOTIFICATIONS: Operation<{ notifications: Page<NotificationShape> }> = {
  text: `query ($statuses: [NotificationStatus!], $transactionId: ID) {
    notifications(first: 100, statuses: $statuses, transactionId: $transactionId) {
      nodes { ${NOTIFICATION} } ${PAGE_INFO} } }`,
};

export const GATEWAY_CALLS: Operation<{ gatewayCalls: Page<GatewayCallShape> }> = {
  text: `query ($service: String, $transactionId: ID) {
    gatewayCalls(first: 100, service: $service, transactionId: $transactionId) {
      nodes { ${GATEWAY_CALL} } ${PAGE_INFO} } }`,
};

export const REPLAY_NOTIFICATION: Operation<{
  replayNotification: Nullable<{ notification: NotificationShape }> & Failing;
}> = {
  text: `mutation ($input: NotificationInput!) {
    replayNotification(input: $input) { notification { ${NOTIFICATION} } ${USER_ERRORS} } }`,
};

export const REVERIFY_NOTIFICATIONS: Operation<{
  reverifyNotifications: { readonly accepted: number; readonly stillRefused: number } & Failing;
}> = {
  text: `mutation { reverifyNotifications { accepted stillRefused ${USER_ERRORS} } }`,
};

export const WHO_AM_I: Operation<{ viewer: { readonly subject: string; readonly role: string } }> =
  { text: '{ viewer { subject role } }' };
