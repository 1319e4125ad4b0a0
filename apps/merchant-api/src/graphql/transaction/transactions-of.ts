import { formatAmount } from '@countersign/alipay-protocol';
import {
  type Caller,
  type Domain,
  type TransactionFilter,
  transactionsPage,
  transactionTotals,
} from '@countersign/merchant-domain';

import { given } from '../given';
import { uuidToMatch } from '../node-id';
import { made, type Plain } from '../made';
import { toConnection } from '../page';
import { type TransactionFilterInput, type TransactionsArgs } from './transaction.input';
import { TransactionConnection, toTransactionNode, TransactionTotals } from './transaction.type';

/** A page of payments; `within` holds whatever the filter says. */
export async function transactionsOf(
  { database, now }: Domain,
  caller: Caller,
  { filter, ...page }: TransactionsArgs,
  within: { readonly storeId?: string; readonly qrCodeId?: string } = {},
): Promise<TransactionConnection> {
  const asked = toFilter(filter ?? {});
  // A filter for another store than the one whose list it is finds nothing in it.
  const contradicts =
    (within.storeId !== undefined && (asked.storeId ?? within.storeId) !== within.storeId) ||
    (within.qrCodeId !== undefined && (asked.qrCodeId ?? within.qrCodeId) !== within.qrCodeId);
  const narrowed = { ...asked, ...within, ...(contradicts ? { statuses: [] } : {}) };
  const found = await transactionsPage(database, caller, { page: given(page), filter: narrowed });
  const asOf = now();
  return made(TransactionConnection, {
    ...toConnection(found, (transaction) => toTransactionNode(transaction, asOf)),
    totals: () => totalsOf({ database }, caller, narrowed),
  });
}

async function totalsOf(
  { database }: Pick<Domain, 'database'>,
  caller: Caller,
  filter: TransactionFilter,
): Promise<TransactionTotals[]> {
  const totals = await transactionTotals(database, caller, { filter });
  return totals.map(({ currency, count, grossMinor, refundedMinor, netMinor }) =>
    made(TransactionTotals, {
      currency,
      count,
      gross: formatAmount({ minor: grossMinor, currency }),
      refunded: formatAmount({ minor: refundedMinor, currency }),
      net: formatAmount({ minor: netMinor, currency }),
    }),
  );
}

function toFilter(input: Plain<TransactionFilterInput>): TransactionFilter {
  return given({
    ...input,
    storeId: uuidToMatch('Store', input.storeId),
    qrCodeId: uuidToMatch('QrCode', input.qrCodeId),
    merchantId: uuidToMatch('Merchant', input.merchantId),
  });
}
