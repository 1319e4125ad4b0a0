import { seesStore } from '../access/access.rules';
import { type Lane } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { type Caller } from '../domain';
import { type TransactionFilter } from './transaction-filter';

/** What is left of a filter when its stores and statuses are said by lanes. */
export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Whether the lanes are of stores: those that the filter means and the caller sees. */
  readonly saysStores: boolean;
  /** `transactions_by_status` is made for this; see there. */
  readonly nullsAtEnd: boolean;
  readonly rest: TransactionFilter;
}

/**
 * Each costs the database about half a millisecond of planning, and a few pages of an index. A
 * caller with more stores is likely to find its page among the newest payments of all.
 */
const LANES_MAX = 24;

/**
 * A list of some stores or some statuses as lanes, one for each store and status: an index gives
 * each in order, while all of them together would be found by reading past everybody else's
 * payments. Undefined where one index answers anyway, or there would be too many.
 */
export async function pageLanes(
  database: Database,
  caller: Caller,
  filter: TransactionFilter,
): Promise<Lanes | undefined> {
  // A code is of one store, and has an index of its own; of no status there is nothing to find.
  if (filter.qrCodeId != null || filter.statuses?.length === 0) return undefined;
  const statuses = filter.statuses == null ? [null] : [...new Set(filter.statuses)];
  const meant = await storesOf(database, caller, filter);
  const isFew = meant !== undefined && meant.length * statuses.length <= LANES_MAX;
  // Of many stores those payments are found among all that have the status.
  const stores = isFew ? meant : [null];
  const saysStores = isFew && stores[0] !== null;
  if (stores.length === 0 || (!saysStores && filter.statuses == null)) return undefined;

  return {
    lanes: stores.flatMap((store, index) =>
      statuses.map((status, number) => laneOf(store, status, `${index}_${number}`)),
    ),
    saysStores,
    nullsAtEnd: !saysStores,
    rest: {
      ...filter,
      statuses: null,
      ...(saysStores ? { storeId: null, merchantId: null, shop: null } : {}),
    },
  };
}

function laneOf(store: string | null, status: string | null, name: string): Lane {
  return {
    sql: [
      ...(store === null ? [] : [`trade.storeId = :store${name}`]),
      ...(status === null ? [] : [`trade.status = :status${name}`]),
    ].join(' and '),
    parameters: {
      ...(store === null ? {} : { [`store${name}`]: store }),
      ...(status === null ? {} : { [`status${name}`]: status }),
    },
  };
}

/** Stores that the caller sees and the filter means; null stands for any. Undefined: too many. */
async function storesOf(
  database: Database,
  caller: Caller,
  { storeId, merchantId, shop }: TransactionFilter,
): Promise<readonly (string | null)[] | undefined> {
  if (storeId == null && merchantId == null && shop == null) {
    return caller.storeIds === null ? [null] : [...new Set(caller.storeIds)];
  }
  if (storeId != null && merchantId == null && shop == null) {
    return seesStore(caller, storeId) ? [storeId] : [];
  }
  const rows: { id: string }[] = await database.manager.query(
    `select id from stores
     where ($1::uuid is null or id = $1) and ($2::uuid is null or merchant_id = $2)
       and ($3::text is null or shop = $3) and ($4::uuid[] is null or id = any($4))
     limit $5`,
    [storeId ?? null, merchantId ?? null, shop ?? null, caller.storeIds, LANES_MAX + 1],
  );
  return rows.length > LANES_MAX ? undefined : rows.map(({ id }) => id);
}
