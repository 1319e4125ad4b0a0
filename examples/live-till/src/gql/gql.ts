/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
  '# What the till shows of a payment.\nfragment TillPayment on Transaction {\n  id\n  alipayTransId\n  status\n  amount {\n    amount\n    currency\n  }\n  refundableAmount {\n    amount\n    currency\n  }\n  saleReference\n  buyerLogin\n  paidAt\n}\n\nfragment RefundProgress on Refund {\n  id\n  status\n  failureCode\n  nextCheckAt\n  amount {\n    amount\n    currency\n  }\n}\n\nquery TillStores {\n  stores(first: 100) {\n    nodes {\n      id\n      name\n    }\n  }\n}\n\nquery UnclaimedPayments($storeId: ID!, $paidFrom: DateTime!, $page: String) {\n  transactions(\n    first: 50\n    after: $page\n    filter: { storeId: $storeId, claimed: false, paidFrom: $paidFrom }\n  ) {\n    nodes {\n      ...TillPayment\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nsubscription TillPayments($storeId: ID!, $after: String) {\n  paymentReceived(storeId: $storeId, after: $after) {\n    id\n    cursor\n    transaction {\n      ...TillPayment\n    }\n  }\n}\n\nmutation ClaimPayment($input: ClaimTransactionInput!) {\n  claimTransaction(input: $input) {\n    transaction {\n      ...TillPayment\n    }\n    userErrors {\n      code\n      message\n    }\n  }\n}\n\nmutation GiveBack($input: RefundTransactionInput!) {\n  refundTransaction(input: $input) {\n    refund {\n      ...RefundProgress\n    }\n    transaction {\n      ...TillPayment\n    }\n    replayed\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nquery RefundState($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Refund {\n      ...RefundProgress\n      transaction {\n        ...TillPayment\n      }\n    }\n  }\n}\n\nquery DailyTotals($day: LocalDate!, $storeId: ID) {\n  salesReport(from: $day, to: $day, groupBy: STORE, storeId: $storeId) {\n    key\n    label\n    currency\n    count\n    gross\n    refunded\n    net\n  }\n}\n': typeof types.TillPaymentFragmentDoc;
};
const documents: Documents = {
  '# What the till shows of a payment.\nfragment TillPayment on Transaction {\n  id\n  alipayTransId\n  status\n  amount {\n    amount\n    currency\n  }\n  refundableAmount {\n    amount\n    currency\n  }\n  saleReference\n  buyerLogin\n  paidAt\n}\n\nfragment RefundProgress on Refund {\n  id\n  status\n  failureCode\n  nextCheckAt\n  amount {\n    amount\n    currency\n  }\n}\n\nquery TillStores {\n  stores(first: 100) {\n    nodes {\n      id\n      name\n    }\n  }\n}\n\nquery UnclaimedPayments($storeId: ID!, $paidFrom: DateTime!, $page: String) {\n  transactions(\n    first: 50\n    after: $page\n    filter: { storeId: $storeId, claimed: false, paidFrom: $paidFrom }\n  ) {\n    nodes {\n      ...TillPayment\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nsubscription TillPayments($storeId: ID!, $after: String) {\n  paymentReceived(storeId: $storeId, after: $after) {\n    id\n    cursor\n    transaction {\n      ...TillPayment\n    }\n  }\n}\n\nmutation ClaimPayment($input: ClaimTransactionInput!) {\n  claimTransaction(input: $input) {\n    transaction {\n      ...TillPayment\n    }\n    userErrors {\n      code\n      message\n    }\n  }\n}\n\nmutation GiveBack($input: RefundTransactionInput!) {\n  refundTransaction(input: $input) {\n    refund {\n      ...RefundProgress\n    }\n    transaction {\n      ...TillPayment\n    }\n    replayed\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nquery RefundState($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Refund {\n      ...RefundProgress\n      transaction {\n        ...TillPayment\n      }\n    }\n  }\n}\n\nquery DailyTotals($day: LocalDate!, $storeId: ID) {\n  salesReport(from: $day, to: $day, groupBy: STORE, storeId: $storeId) {\n    key\n    label\n    currency\n    count\n    gross\n    refunded\n    net\n  }\n}\n':
    types.TillPaymentFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(
  source: '# What the till shows of a payment.\nfragment TillPayment on Transaction {\n  id\n  alipayTransId\n  status\n  amount {\n    amount\n    currency\n  }\n  refundableAmount {\n    amount\n    currency\n  }\n  saleReference\n  buyerLogin\n  paidAt\n}\n\nfragment RefundProgress on Refund {\n  id\n  status\n  failureCode\n  nextCheckAt\n  amount {\n    amount\n    currency\n  }\n}\n\nquery TillStores {\n  stores(first: 100) {\n    nodes {\n      id\n      name\n    }\n  }\n}\n\nquery UnclaimedPayments($storeId: ID!, $paidFrom: DateTime!, $page: String) {\n  transactions(\n    first: 50\n    after: $page\n    filter: { storeId: $storeId, claimed: false, paidFrom: $paidFrom }\n  ) {\n    nodes {\n      ...TillPayment\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nsubscription TillPayments($storeId: ID!, $after: String) {\n  paymentReceived(storeId: $storeId, after: $after) {\n    id\n    cursor\n    transaction {\n      ...TillPayment\n    }\n  }\n}\n\nmutation ClaimPayment($input: ClaimTransactionInput!) {\n  claimTransaction(input: $input) {\n    transaction {\n      ...TillPayment\n    }\n    userErrors {\n      code\n      message\n    }\n  }\n}\n\nmutation GiveBack($input: RefundTransactionInput!) {\n  refundTransaction(input: $input) {\n    refund {\n      ...RefundProgress\n    }\n    transaction {\n      ...TillPayment\n    }\n    replayed\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nquery RefundState($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Refund {\n      ...RefundProgress\n      transaction {\n        ...TillPayment\n      }\n    }\n  }\n}\n\nquery DailyTotals($day: LocalDate!, $storeId: ID) {\n  salesReport(from: $day, to: $day, groupBy: STORE, storeId: $storeId) {\n    key\n    label\n    currency\n    count\n    gross\n    refunded\n    net\n  }\n}\n',
): (typeof documents)['# What the till shows of a payment.\nfragment TillPayment on Transaction {\n  id\n  alipayTransId\n  status\n  amount {\n    amount\n    currency\n  }\n  refundableAmount {\n    amount\n    currency\n  }\n  saleReference\n  buyerLogin\n  paidAt\n}\n\nfragment RefundProgress on Refund {\n  id\n  status\n  failureCode\n  nextCheckAt\n  amount {\n    amount\n    currency\n  }\n}\n\nquery TillStores {\n  stores(first: 100) {\n    nodes {\n      id\n      name\n    }\n  }\n}\n\nquery UnclaimedPayments($storeId: ID!, $paidFrom: DateTime!, $page: String) {\n  transactions(\n    first: 50\n    after: $page\n    filter: { storeId: $storeId, claimed: false, paidFrom: $paidFrom }\n  ) {\n    nodes {\n      ...TillPayment\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nsubscription TillPayments($storeId: ID!, $after: String) {\n  paymentReceived(storeId: $storeId, after: $after) {\n    id\n    cursor\n    transaction {\n      ...TillPayment\n    }\n  }\n}\n\nmutation ClaimPayment($input: ClaimTransactionInput!) {\n  claimTransaction(input: $input) {\n    transaction {\n      ...TillPayment\n    }\n    userErrors {\n      code\n      message\n    }\n  }\n}\n\nmutation GiveBack($input: RefundTransactionInput!) {\n  refundTransaction(input: $input) {\n    refund {\n      ...RefundProgress\n    }\n    transaction {\n      ...TillPayment\n    }\n    replayed\n    userErrors {\n      code\n      message\n      field\n    }\n  }\n}\n\nquery RefundState($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Refund {\n      ...RefundProgress\n      transaction {\n        ...TillPayment\n      }\n    }\n  }\n}\n\nquery DailyTotals($day: LocalDate!, $storeId: ID) {\n  salesReport(from: $day, to: $day, groupBy: STORE, storeId: $storeId) {\n    key\n    label\n    currency\n    count\n    gross\n    refunded\n    net\n  }\n}\n'];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> =
  TDocumentNode extends DocumentNode<infer TType, any> ? TType : never;
