/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** A payment and the sale it pays for. */
export type ClaimTransactionInput = {
  /** Your own number of the sale, unique over all tills that see the payment: for the same number it is claimed again, and told to be paid. */
  saleReference: string;
  /** The payment. */
  transactionId: string | number;
};

/** An amount and its currency. */
export type MoneyInput = {
  /** The amount with at most as many decimals as its currency has: two, and none in JPY, for instance. In HKD "12.5" and "12" are the same as "12.50" and "12.00". */
  amount: string;
  /** The currency of the amount. */
  currency: string;
};

/** What became of a refund. */
export type RefundStatus =
  /** Not given back, by a certain answer of Alipay, or by the word of a person: see `failureCode`. */
  | 'FAILED'
  /** Sent, or about to be sent; the outcome is not known yet. It is settled in the background under the same partnerRefundId: do not send another. */
  | 'PENDING'
  /** The money was given back. */
  | 'SUCCEEDED';

/** Money to give back of a payment. */
export type RefundTransactionInput = {
  /** How much; everything that is left when left out. */
  amount?: MoneyInput | null | undefined;
  /** Names this one refund. Make one up for each refund and send the same again when you repeat it: whatever happens on the way, the money is given back once. */
  idempotencyKey: string;
  /** Why, in at most 128 characters without double quotation marks; Alipay keeps it. */
  reason?: string | null | undefined;
  /** The payment. */
  transactionId: string | number;
};

/** Where a payment stands. It never goes back, whatever order messages arrive in. */
export type TransactionStatus =
  /** The customer has typed the amount and has not paid yet. */
  | 'AWAITING_PAYMENT'
  /** Undone as a whole, by a cancel. */
  | 'CANCELLED'
  /** Ended at Alipay without a payment, or for a reason outside our books. */
  | 'CLOSED'
  /** Paid, and closed to refunds: the time for them is over. */
  | 'FINISHED'
  /** Paid, nothing given back. */
  | 'PAID'
  /** Paid, a part given back. */
  | 'PARTIALLY_REFUNDED'
  /** Given back in full, by one refund or several. */
  | 'REFUNDED';

/** Why something that was asked for was not done. A program decides by the code; the message is for a person. */
export type UserErrorCode =
  /** Alipay said no, and means it: it says so again until the cause is mended, which `message` names. `alipayCode` holds its own code. */
  | 'ALIPAY_REJECTED'
  /** Alipay gave no certain answer. Nothing was changed there, so ask again later. */
  | 'ALIPAY_UNAVAILABLE'
  /** The payment already belongs to another sale. */
  | 'ALREADY_CLAIMED'
  /** More than what is left of the payment, refunds under way included. */
  | 'AMOUNT_EXCEEDS_REFUNDABLE'
  /** Alipay cancels a payment only until the Beijing midnight after it: refund it instead. */
  | 'CANCEL_WINDOW_CLOSED'
  /** The amount is in another currency than the payment. */
  | 'CURRENCY_MISMATCH'
  /** The idempotency key already stands for another refund of the same payment. */
  | 'IDEMPOTENCY_CONFLICT'
  /** A value cannot be used as it is: `field` says which one. */
  | 'INVALID_INPUT'
  /** The record is in a state that does not allow this. */
  | 'NOT_ALLOWED_IN_STATE'
  /** There is no such record, or none that you may see. */
  | 'NOT_FOUND'
  /** Above what you may give back by yourself: a manager does it. */
  | 'REFUND_LIMIT_EXCEEDED';

export type TillPaymentFragment = {
  id: string;
  alipayTransId: string;
  status: TransactionStatus;
  saleReference: string | null;
  buyerLogin: string | null;
  paidAt: string | null;
  amount: { amount: string; currency: string };
  refundableAmount: { amount: string; currency: string };
};

export type RefundProgressFragment = {
  id: string;
  status: RefundStatus;
  failureCode: string | null;
  nextCheckAt: string | null;
  amount: { amount: string; currency: string };
};

export type TillStoresQueryVariables = Exact<{ [key: string]: never }>;

export type TillStoresQuery = { stores: { nodes: Array<{ id: string; name: string }> } | null };

export type UnclaimedPaymentsQueryVariables = Exact<{
  storeId: string | number;
  paidFrom: string;
  page?: string | null | undefined;
}>;

export type UnclaimedPaymentsQuery = {
  transactions: {
    nodes: Array<{
      id: string;
      alipayTransId: string;
      status: TransactionStatus;
      saleReference: string | null;
      buyerLogin: string | null;
      paidAt: string | null;
      amount: { amount: string; currency: string };
      refundableAmount: { amount: string; currency: string };
    }>;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  } | null;
};

export type TillPaymentsSubscriptionVariables = Exact<{
  storeId: string | number;
  after?: string | null | undefined;
}>;

export type TillPaymentsSubscription = {
  paymentReceived: {
    id: string;
    cursor: string;
    transaction: {
      id: string;
      alipayTransId: string;
      status: TransactionStatus;
      saleReference: string | null;
      buyerLogin: string | null;
      paidAt: string | null;
      amount: { amount: string; currency: string };
      refundableAmount: { amount: string; currency: string };
    };
  };
};

export type ClaimPaymentMutationVariables = Exact<{
  input: ClaimTransactionInput;
}>;

export type ClaimPaymentMutation = {
  claimTransaction: {
    transaction: {
      id: string;
      alipayTransId: string;
      status: TransactionStatus;
      saleReference: string | null;
      buyerLogin: string | null;
      paidAt: string | null;
      amount: { amount: string; currency: string };
      refundableAmount: { amount: string; currency: string };
    } | null;
    userErrors: Array<{ code: UserErrorCode; message: string }>;
  } | null;
};

export type GiveBackMutationVariables = Exact<{
  input: RefundTransactionInput;
}>;

export type GiveBackMutation = {
  refundTransaction: {
    replayed: boolean;
    refund: {
      id: string;
      status: RefundStatus;
      failureCode: string | null;
      nextCheckAt: string | null;
      amount: { amount: string; currency: string };
    } | null;
    transaction: {
      id: string;
      alipayTransId: string;
      status: TransactionStatus;
      saleReference: string | null;
      buyerLogin: string | null;
      paidAt: string | null;
      amount: { amount: string; currency: string };
      refundableAmount: { amount: string; currency: string };
    } | null;
    userErrors: Array<{ code: UserErrorCode; message: string; field: Array<string> | null }>;
  } | null;
};

export type RefundStateQueryVariables = Exact<{
  id: string | number;
}>;

export type RefundStateQuery = {
  node:
    | { __typename: 'ApiKey'; id: string }
    | { __typename: 'Discrepancy'; id: string }
    | { __typename: 'GatewayCall'; id: string }
    | { __typename: 'Merchant'; id: string }
    | { __typename: 'Notification'; id: string }
    | { __typename: 'QrCode'; id: string }
    | {
        __typename: 'Refund';
        id: string;
        status: RefundStatus;
        failureCode: string | null;
        nextCheckAt: string | null;
        transaction: {
          id: string;
          alipayTransId: string;
          status: TransactionStatus;
          saleReference: string | null;
          buyerLogin: string | null;
          paidAt: string | null;
          amount: { amount: string; currency: string };
          refundableAmount: { amount: string; currency: string };
        };
        amount: { amount: string; currency: string };
      }
    | { __typename: 'Statement'; id: string }
    | { __typename: 'Store'; id: string }
    | { __typename: 'Transaction'; id: string }
    | { __typename: 'TransactionEvent'; id: string }
    | null;
};

export type DailyTotalsQueryVariables = Exact<{
  day: string;
  storeId?: string | number | null | undefined;
}>;

export type DailyTotalsQuery = {
  salesReport: Array<{
    key: string;
    label: string;
    currency: string;
    count: number;
    gross: string;
    refunded: string;
    net: string;
  }> | null;
};

export const TillPaymentFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'TillPayment' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'alipayTransId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundableAmount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'saleReference' } },
          { kind: 'Field', name: { kind: 'Name', value: 'buyerLogin' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paidAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<TillPaymentFragment, unknown>;
export const RefundProgressFragmentDoc = {
  kind: 'Document',
  definitions: [
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RefundProgress' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Refund' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          { kind: 'Field', name: { kind: 'Name', value: 'failureCode' } },
          { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RefundProgressFragment, unknown>;
export const TillStoresDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'TillStores' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'stores' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'first' },
                value: { kind: 'IntValue', value: '100' },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'nodes' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<TillStoresQuery, TillStoresQueryVariables>;
export const UnclaimedPaymentsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'UnclaimedPayments' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'storeId' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } },
          },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'paidFrom' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'DateTime' } },
          },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'page' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transactions' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'first' },
                value: { kind: 'IntValue', value: '50' },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'after' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'page' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'filter' },
                value: {
                  kind: 'ObjectValue',
                  fields: [
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'storeId' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'storeId' } },
                    },
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'claimed' },
                      value: { kind: 'BooleanValue', value: false },
                    },
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'paidFrom' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'paidFrom' } },
                    },
                  ],
                },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'nodes' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'TillPayment' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'pageInfo' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'TillPayment' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'alipayTransId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundableAmount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'saleReference' } },
          { kind: 'Field', name: { kind: 'Name', value: 'buyerLogin' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paidAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<UnclaimedPaymentsQuery, UnclaimedPaymentsQueryVariables>;
export const TillPaymentsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'subscription',
      name: { kind: 'Name', value: 'TillPayments' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'storeId' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } },
          },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'paymentReceived' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'storeId' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'storeId' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'after' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'cursor' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transaction' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'TillPayment' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'TillPayment' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'alipayTransId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundableAmount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'saleReference' } },
          { kind: 'Field', name: { kind: 'Name', value: 'buyerLogin' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paidAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<TillPaymentsSubscription, TillPaymentsSubscriptionVariables>;
export const ClaimPaymentDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'ClaimPayment' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'ClaimTransactionInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'claimTransaction' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transaction' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'TillPayment' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'userErrors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'TillPayment' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'alipayTransId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundableAmount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'saleReference' } },
          { kind: 'Field', name: { kind: 'Name', value: 'buyerLogin' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paidAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ClaimPaymentMutation, ClaimPaymentMutationVariables>;
export const GiveBackDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'GiveBack' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'RefundTransactionInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundTransaction' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'refund' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'RefundProgress' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transaction' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'TillPayment' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'replayed' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'userErrors' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'field' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RefundProgress' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Refund' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          { kind: 'Field', name: { kind: 'Name', value: 'failureCode' } },
          { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'TillPayment' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'alipayTransId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundableAmount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'saleReference' } },
          { kind: 'Field', name: { kind: 'Name', value: 'buyerLogin' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paidAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<GiveBackMutation, GiveBackMutationVariables>;
export const RefundStateDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'RefundState' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'node' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'id' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                {
                  kind: 'InlineFragment',
                  typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Refund' } },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'FragmentSpread', name: { kind: 'Name', value: 'RefundProgress' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'transaction' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            {
                              kind: 'FragmentSpread',
                              name: { kind: 'Name', value: 'TillPayment' },
                            },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'RefundProgress' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Refund' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          { kind: 'Field', name: { kind: 'Name', value: 'failureCode' } },
          { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
        ],
      },
    },
    {
      kind: 'FragmentDefinition',
      name: { kind: 'Name', value: 'TillPayment' },
      typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          { kind: 'Field', name: { kind: 'Name', value: 'id' } },
          { kind: 'Field', name: { kind: 'Name', value: 'alipayTransId' } },
          { kind: 'Field', name: { kind: 'Name', value: 'status' } },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'amount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refundableAmount' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
              ],
            },
          },
          { kind: 'Field', name: { kind: 'Name', value: 'saleReference' } },
          { kind: 'Field', name: { kind: 'Name', value: 'buyerLogin' } },
          { kind: 'Field', name: { kind: 'Name', value: 'paidAt' } },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RefundStateQuery, RefundStateQueryVariables>;
export const DailyTotalsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'DailyTotals' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'day' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'LocalDate' } },
          },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'storeId' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'salesReport' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'from' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'day' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'to' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'day' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'groupBy' },
                value: { kind: 'EnumValue', value: 'STORE' },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'storeId' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'storeId' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'key' } },
                { kind: 'Field', name: { kind: 'Name', value: 'label' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
                { kind: 'Field', name: { kind: 'Name', value: 'count' } },
                { kind: 'Field', name: { kind: 'Name', value: 'gross' } },
                { kind: 'Field', name: { kind: 'Name', value: 'refunded' } },
                { kind: 'Field', name: { kind: 'Name', value: 'net' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<DailyTotalsQuery, DailyTotalsQueryVariables>;
