/** An operation may cost so much; its own part of a page of a hundred payments is some 3,000. */
export const operationCostMax = 20_000;

/** A field that has a page reads the database for each record that has it. */
export const pageCost = 10;

/** What is far from one more value of a record that is read anyway. All else costs 1. */
export const FIELD_COSTS: Readonly<Record<string, number>> = {
  // Each may ask Alipay, one after the other.
  Mutation: 500,
  // Read all that the filter finds.
  'Query.salesReport': 500,
  'Query.unsettledPayments': 500,
  'TransactionConnection.totals': 250,
  'DiscrepancyConnection.totalCount': 100,
  'MerchantConnection.totalCount': 100,
  'QrCodeConnection.totalCount': 100,
  'StoreConnection.totalCount': 100,
  // Drawn anew each time.
  'QrCode.image': 50,
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
