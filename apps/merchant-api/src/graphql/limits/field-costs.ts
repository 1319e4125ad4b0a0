/** An operation may cost so much; the largest of our own examples is some 3,000. */
export const operationCostMax = 100_000;

/** A field that has a page reads the database for each record that has it. */
export const pageCost = 10;

/** What is far from one more value of a record that is read anyway. All else costs 1. */
export const FIELD_COSTS: Readonly<Record<string, number>> = {
  // Each may ask Alipay, one after the other.
  Mutation: 2_500,
  // Read all that a filter finds.
  'Query.salesReport': 5_000,
  'Query.unsettledPayments': 5_000,
  'TransactionConnection.totals': 2_500,
  'DiscrepancyConnection.totalCount': 500,
  'MerchantConnection.totalCount': 500,
  'QrCodeConnection.totalCount': 500,
  'StoreConnection.totalCount': 500,
  // Drawn anew each time.
  'QrCode.image': 500,
};

/** How many entries a list without a page is taken to have. */
export const LIST_SIZES: Readonly<Record<string, number>> = {
  'Query.apiKeys': 100,
  'Query.salesReport': 100,
  'Query.unsettledPayments': 3,
  'TransactionConnection.totals': 3,
  'Transaction.refunds': 5,
  'Viewer.stores': 100,
};
export const listSizeDefault = 5;

export const pageSizeDefault = 20;
export const pageSizeMax = 100;
/**
 * What a page within a list is taken to hold when nobody said how much: few lists within lists are
 * full, and twelve levels of them are allowed. What is really read has a limit of its own.
 */
export const innerPageSize = 5;
