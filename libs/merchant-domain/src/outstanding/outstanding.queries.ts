import { type Database } from '../database/open-database';
import { DAYS_KEPT, findMissingDays } from '../statement/missing-days';

/** What somebody or something still has to see to. */
export const OUTSTANDING = [
  'notifications',
  'quarantined_notifications',
  'refunds',
  'cancels',
  'qr_codes',
  'store_registrations',
  'discrepancies',
  'restorations',
  'statement_days',
] as const;

export type OutstandingKind = (typeof OUTSTANDING)[number];

export interface Outstanding {
  readonly kind: OutstandingKind;
  readonly count: number;
  /** Null when there is none. */
  readonly oldestAt: Date | null;
}

/**
 * How much waits, and since when, over all stores: for dashboards and alarms. `refunds`, `cancels`,
 * `qr_codes` and `store_registrations` are those without a certain outcome, `statement_days` those whose
 * transaction file is late or cannot be used.
 */
export async function outstanding(database: Database, now: Date): Promise<Outstanding[]> {
  const rows: { kind: OutstandingKind; count: number; oldest: Date | null }[] =
    await database.manager.query(SQL, [now, DAYS_KEPT]);
  const missing = await findMissingDays(database, now);
  const [first] = missing;
  const oldestAt = first === undefined ? null : new Date(`${first}T00:00:00+08:00`);
  return [
    ...rows.map(({ kind, count, oldest }) => ({ kind, count, oldestAt: oldest })),
    { kind: 'statement_days', count: missing.length, oldestAt },
  ];
}

/**
 * Each part reads an index that holds what waits and nothing else. A cancel waits since it was asked for:
 * every repeat changes its payment. A discrepancy that is not yet due is open, too, once no later file has
 * decided for as long as Alipay keeps them.
 */
const SQL = `
  select 'notifications' as kind, count(*)::int as count, min(received_at) as oldest
    from notifications where status = 'RECEIVED'
  union all
  select 'quarantined_notifications', count(*)::int, min(received_at)
    from notifications where status = 'QUARANTINED'
  union all
  select 'refunds', count(*)::int, min(created_at) from refunds where next_check_at is not null
  union all
  select 'cancels', count(*)::int, min(coalesce(
      (select max(occurred_at) from transaction_events
       where transaction_id = t.id and type = 'CANCEL_REQUESTED'), updated_at))
    from transactions t where cancel_next_check_at is not null
  union all
  select 'qr_codes', count(*)::int, min(updated_at) from qr_codes where next_check_at is not null
  union all
  select 'store_registrations', count(*)::int, min(registration_submitted_at)
    from stores where pending_registration is not null
  union all
  select 'discrepancies', count(*)::int, min(created_at) from discrepancies
    where status = 'OPEN'
      or (status = 'NOT_YET_DUE' and created_at < $1::timestamptz - make_interval(days => $2))
  union all
  select 'restorations', count(*)::int, min(noticed_at) from restorations where ended_at is null`;
