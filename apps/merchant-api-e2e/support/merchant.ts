import {
  GATEWAY_CALLS,
  NOTIFICATIONS,
  QR_CODE_BY_ID,
  QR_CODES,
  qrCodeMutation,
  type QrCodePayload,
  REFUND_TRANSACTION,
  type RefundPayload,
  REGISTER_MERCHANT,
  REGISTER_STORE,
  RESOLVE_REFUND,
  STORE_BY_ID,
  TIMELINE,
  TRANSACTION_BY,
  transactionMutation,
  type TransactionPayload,
  TRANSACTIONS,
} from './documents';
import type { GraphqlClient, Variables } from './graphql-client';
import type {
  EventShape,
  GatewayCallShape,
  MerchantShape,
  NotificationShape,
  QrCodeShape,
  StoreShape,
  TransactionShape,
} from './shapes';
import { waitFor } from './wait-for';

/** A store with its active code, ready to be paid at. */
export interface Counter {
  readonly merchant: MerchantShape;
  readonly store: StoreShape;
  readonly qrCode: QrCodeShape;
}

/** What the people of a shop do, in the schema's words. */
export type Merchant = ReturnType<typeof createMerchant>;

export function createMerchant({ graphql }: GraphqlClient) {
  let made = 0;

  const registerMerchant = async (input: Variables = {}): Promise<MerchantShape> => {
    made += 1;
    const usual = { alipayMerchantId: `M_${made}`, name: '翡翠茶餐廳有限公司' };
    const { registerMerchant: payload } = await graphql(REGISTER_MERCHANT, {
      input: { ...usual, type: 'ENTERPRISE', industry: '5812', ...input },
    });
    return granted(payload, payload.merchant);
  };
  const registerStore = async (merchantId: string, input: Variables = {}): Promise<StoreShape> => {
    made += 1;
    const usual = { alipayStoreId: `S_${made}`, name: '翡翠茶餐廳（中環）', countryCode: 'HK' };
    const { registerStore: payload } = await graphql(REGISTER_STORE, {
      input: { merchantId, ...usual, address: '中環皇后大道中1號', ...input },
    });
    return granted(payload, payload.store);
  };
  const changeQrCode =
    (name: string, inputType: string) =>
    async (input: Variables): Promise<QrCodePayload> => {
      const payload = (await graphql(qrCodeMutation(name, inputType), { input }))[name];
      return there(payload, name);
    };
  const changeTransaction =
    (name: string, inputType: string) =>
    async (input: Variables): Promise<TransactionPayload> => {
      const payload = (await graphql(transactionMutation(name, inputType), { input }))[name];
      return there(payload, name);
    };
  const createQrCode = changeQrCode('createQrCode', 'CreateQrCodeInput');
  const transactionBy = async (numbers: Variables): Promise<TransactionShape | null> =>
    (await graphql(TRANSACTION_BY, numbers)).transaction;

  return {
    registerMerchant,
    registerStore,
    createQrCode,
    importQrCode: changeQrCode('importQrCode', 'ImportQrCodeInput'),
    modifyQrCode: changeQrCode('modifyQrCode', 'ModifyQrCodeInput'),
    stopQrCode: changeQrCode('stopQrCode', 'QrCodeInput'),
    restartQrCode: changeQrCode('restartQrCode', 'QrCodeInput'),
    deleteQrCode: changeQrCode('deleteQrCode', 'QrCodeInput'),
    claim: changeTransaction('claimTransaction', 'ClaimTransactionInput'),
    cancel: changeTransaction('cancelTransaction', 'CancelTransactionInput'),
    refresh: changeTransaction('refreshTransaction', 'TransactionInput'),
    recover: changeTransaction('recoverTransaction', 'RecoverTransactionInput'),

    refund: async (input: Variables): Promise<RefundPayload> =>
      (await graphql(REFUND_TRANSACTION, { input })).refundTransaction,
    /** A person tries again while a call about the refund is under way, as the refusal says. */
    resolveRefund: (input: Variables): Promise<RefundPayload> =>
      waitFor(
        'a refund about which nobody is asking',
        async () => {
          const { resolveRefund } = await graphql(RESOLVE_REFUND, { input });
          const isAsked = resolveRefund.userErrors.some(({ message }) =>
            message.startsWith('Alipay is being asked about this refund'),
          );
          return !isAsked && resolveRefund;
        },
        { withinMs: 40_000 },
      ),

    /** A merchant, a store and an active code. */
    openCounter: async (
      store: Variables = {},
      code: Variables = {},
      owner: Variables = {},
    ): Promise<Counter> => {
      const merchant = await registerMerchant(owner);
      const registered = await registerStore(merchant.id, store);
      const payload = await createQrCode({ storeId: registered.id, ...code });
      return { merchant, store: registered, qrCode: granted(payload, payload.qrCode) };
    },

    transactionBy,
    /** The payment of a trade, as soon as the API tells of one that answers the question. */
    transactionOf: (
      { trade_no: alipayTransId }: { readonly trade_no: string },
      isIt: (transaction: TransactionShape) => boolean = () => true,
    ): Promise<TransactionShape> =>
      waitFor(`a payment ${alipayTransId} as expected`, async () => {
        const transaction = await transactionBy({ alipayTransId });
        return transaction !== null && isIt(transaction) && transaction;
      }),
    transactions: async (variables: Variables = {}): Promise<readonly TransactionShape[]> =>
      (await graphql(TRANSACTIONS, { first: 100, ...variables })).transactions.nodes,
    qrCode: async (id: string): Promise<QrCodeShape> =>
      there((await graphql(QR_CODE_BY_ID, { id })).qrCode, 'the code'),
    qrCodes: async (): Promise<readonly QrCodeShape[]> => (await graphql(QR_CODES)).qrCodes.nodes,
    store: async (id: string): Promise<StoreShape> =>
      there((await graphql(STORE_BY_ID, { id })).store, 'the store'),
    timeline: async (id: string): Promise<readonly EventShape[]> =>
      there((await graphql(TIMELINE, { id })).transaction, 'the payment').timeline.nodes,
    notifications: async (variables: Variables = {}): Promise<readonly NotificationShape[]> =>
      (await graphql(NOTIFICATIONS, variables)).notifications.nodes,
    gatewayCalls: async (variables: Variables = {}): Promise<readonly GatewayCallShape[]> =>
      (await graphql(GATEWAY_CALLS, variables)).gatewayCalls.nodes,
  };
}

function granted<Record>(
  { userErrors }: { readonly userErrors: readonly unknown[] },
  record: Record | null,
): Record {
  if (userErrors.length > 0) throw new Error(`It was refused: ${JSON.stringify(userErrors)}`);
  return there(record, 'what was asked for');
}

function there<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`There is no such thing: ${what}.`);
  return value;
}
