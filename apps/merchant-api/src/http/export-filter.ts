import { BadUserInput, isUnstorable, type TransactionFilter } from '@countersign/merchant-domain';

import { TRANSACTION_STATUSES } from '../graphql/transaction/transaction.type';
import { uuidToMatch } from '../graphql/node-id';
import { DateTime } from '../graphql/scalars/borrowed-scalars';
import { unstorable } from '../graphql/unstorable-text';

const NAMES = [
  ...['storeId', 'qrCodeId', 'merchantId', 'shop', 'claimed', 'settled', 'statuses'],
  ...['paidFrom', 'paidTo', 'minAmount', 'maxAmount', 'search'],
];

/**
 * The words of GraphQL's `TransactionFilter` from the query of an address; `statuses` with commas.
 * A word that is not one of them is refused: an export must not be larger than was meant.
 */
export function readExportFilter(search: string): TransactionFilter {
  const query = new URLSearchParams(search);
  for (const name of query.keys()) {
    if (!NAMES.includes(name)) {
      throw new BadUserInput(`${name} is no filter: there are ${NAMES.join(', ')}.`);
    }
    if (query.getAll(name).length > 1) throw new BadUserInput(`${name} is given twice.`);
    if (isUnstorable(query.get(name) ?? '')) throw new BadUserInput(`${name}: ${unstorable}`);
  }
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  return {
    storeId: uuidToMatch('Store', text('storeId')),
    qrCodeId: uuidToMatch('QrCode', text('qrCodeId')),
    merchantId: uuidToMatch('Merchant', text('merchantId')),
    shop: text('shop'),
    claimed: readBoolean('claimed', text('claimed')),
    settled: readBoolean('settled', text('settled')),
    statuses: text('statuses')?.split(',').map(readStatus),
    paidFrom: readInstant('paidFrom', text('paidFrom')),
    paidTo: readInstant('paidTo', text('paidTo')),
    minAmount: text('minAmount'),
    maxAmount: text('maxAmount'),
    search: text('search'),
  };
}

function readBoolean(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false') throw new BadUserInput(`${name} is true or false.`);
  return text === 'true';
}

function readStatus(text: string): (typeof TRANSACTION_STATUSES)[number] {
  const status = TRANSACTION_STATUSES.find((known) => known === text);
  if (status !== undefined) return status;
  throw new BadUserInput(`statuses are of ${TRANSACTION_STATUSES.join(', ')}.`);
}

function readInstant(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  try {
    return DateTime.parseValue(text);
  } catch {
    throw new BadUserInput(`${name} is no instant: write it like 2026-01-02T00:00:00+08:00.`);
  }
}
