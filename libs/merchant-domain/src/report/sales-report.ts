import { requireAction } from '../access/access.rules';
import { BadUserInput } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { type Caller } from '../domain';
import { boundsOfDay } from '../statement/statement-file-name';

export type SalesGrouping = 'HOUR' | 'DAY' | 'MONTH' | 'SHOP' | 'STORE' | 'QR_CODE';

export interface SalesReport {
  /** Beijing days, both inclusive, `yyyy-MM-dd`. */
  readonly from: string;
  readonly to: string;
  readonly groupBy: SalesGrouping;
  readonly storeId?: string | undefined;
}

/** Sums of one group in one currency (decision 19). */
export interface SalesBucket {
  /** `2026-01-02T15`, `2026-01-02`, `2026-01`, the shop, or the record's id; empty for what has none. */
  readonly key: string;
  readonly label: string;
  readonly currency: string;
  /** Payments of the period. */
  readonly count: number;
  /** Paid in the period, later cancelled ones too. */
  readonly grossMinor: bigint;
  /** Given back in the period, of payments whenever made. */
  readonly refundedMinor: bigint;
  readonly netMinor: bigint;
}

const DAYS_MAX = 400;

/**
 * What was sold and given back in some Beijing days: payments by the time they were paid, refunds
 * and cancels by the time they took effect. Groups without either are left out.
 */
export async function salesReport(
  database: Database,
  caller: Caller,
  { from, to, groupBy, storeId }: SalesReport,
): Promise<SalesBucket[]> {
  requireAction(caller, 'READ_SALES');
  const begin = boundsOfDay(from).from;
  const end = boundsOfDay(to).to;
  const days = (end.getTime() - begin.getTime()) / (24 * 3_600_000);
  if (!(days >= 1 && days <= DAYS_MAX)) {
    throw new BadUserInput(`A report covers 1 to ${DAYS_MAX} days: \`to\` is not before \`from\`.`);
  }
  const { at, store, code, key, label, joins } = GROUPS[groupBy];
  const place = (moment: string): string =>
    `select ${at(moment)} as at, ${store} as store_id, ${code} as qr_code_id, t.currency`;
  const needsPlace = store !== NO_PLACE || caller.storeIds !== null || storeId !== undefined;
  const scope = needsPlace ? IN_SCOPE : EVERYWHERE;
  // Each row is put into its hour, day or place; names and words come to the few sums of them only.
  const rows: Record<'key' | 'label' | 'currency' | 'count' | 'gross' | 'refunded', string>[] =
    await database.manager.query(
      `with moved as (
         ${place('t.listed_at')}, count(*) as count, sum(t.amount_minor) as gross, 0 as refunded
         from transactions t
         where t.listed_at >= $1 and t.listed_at < $2 and t.paid_at is not null and ${scope}
         group by 1, 2, 3, 4
         union all
         ${place('t.settled_at')}, 0, 0, sum(t.amount_minor)
         from ${needsPlace ? REFUNDS_AT_PLACES : 'refunds'} t
         where t.status = 'SUCCEEDED' and t.settled_at >= $1 and t.settled_at < $2 and ${scope}
         group by 1, 2, 3, 4
         union all
         ${place('e.occurred_at')}, 0, 0, sum(t.amount_minor)
         from transaction_events e join transactions t on t.id = e.transaction_id
         where e.type = 'CANCELLED' and t.status = 'CANCELLED' and e.occurred_at >= $1 and e.occurred_at < $2
           and t.paid_at is not null and ${scope}
         group by 1, 2, 3, 4)
       select ${key} as key, ${label} as label, moved.currency, sum(count) as count,
              sum(gross) as gross, sum(refunded) as refunded
       from moved ${joins}
       group by 1, 2, 3 order by 1, 3`,
      [begin, end, caller.storeIds, storeId ?? null],
    );
  return rows.map((row) => ({
    key: row.key,
    label: row.label,
    currency: row.currency,
    count: Number(row.count),
    grossMinor: BigInt(row.gross),
    refundedMinor: BigInt(row.refunded),
    netMinor: BigInt(row.gross) - BigInt(row.refunded),
  }));
}

const IN_SCOPE = `($3::uuid[] is null or t.store_id = any($3)) and ($4::uuid is null or t.store_id = $4)`;

/** The same values, of which nothing is asked. */
const EVERYWHERE = '$3::uuid[] is null and $4::uuid is null';

/** A refund is where its payment is; looked up only where somebody asks for the place. */
const REFUNDS_AT_PLACES = `(
  select r.status, r.settled_at, r.amount_minor, r.currency, p.store_id, p.qr_code_id
  from refunds r join transactions p on p.id = r.transaction_id)`;

interface Group {
  /** What rows are put together by, in values that cost little to compare. */
  readonly at: (moment: string) => string;
  readonly store: string;
  readonly code: string;
  /** How those are named. */
  readonly key: string;
  readonly label: string;
  readonly joins: string;
}

const NO_TIME = (): string => 'null::timestamptz';
const NO_PLACE = 'null::uuid';

/** By whole hours or days of Beijing, which is eight hours ahead of UTC all year. */
function byTime(stride: 'hour' | 'day', format: string): Group {
  const key = `to_char(moved.at at time zone 'Asia/Shanghai', '${format}')`;
  return {
    at: (moment) => `date_bin('1 ${stride}', ${moment}, '2001-01-01T00:00:00+08:00')`,
    store: NO_PLACE,
    code: NO_PLACE,
    key,
    label: key,
    joins: '',
  };
}

const BY_STORE = {
  at: NO_TIME,
  store: 't.store_id',
  code: NO_PLACE,
  joins: 'left join stores on stores.id = moved.store_id',
};

const GROUPS: Readonly<Record<SalesGrouping, Group>> = {
  HOUR: byTime('hour', 'YYYY-MM-DD"T"HH24'),
  DAY: byTime('day', 'YYYY-MM-DD'),
  MONTH: byTime('day', 'YYYY-MM'),
  SHOP: {
    ...BY_STORE,
    key: `coalesce(stores.shop, '')`,
    label: `coalesce(stores.shop, '')`,
  },
  STORE: {
    ...BY_STORE,
    key: `coalesce(moved.store_id::text, '')`,
    label: `coalesce(stores.name, '')`,
  },
  QR_CODE: {
    ...BY_STORE,
    code: 't.qr_code_id',
    key: `coalesce(moved.qr_code_id::text, '')`,
    label: `coalesce(qr_codes.label, stores.name, '')`,
    joins: `left join qr_codes on qr_codes.id = moved.qr_code_id
            left join stores on stores.id = moved.store_id`,
  },
};
