import { type SelectQueryBuilder } from 'typeorm';

import { requireAction } from '../access/access.rules';
import { keysetPage, type Page, type PageRequest } from '../database/keyset-page';
import { type Database } from '../database/open-database';
import { withinStores } from '../database/store-scope';
import { type Caller } from '../domain';
import { Notification, type NotificationStatus } from './notification.entity';

export interface NotificationFilter {
  readonly statuses?: readonly NotificationStatus[] | null | undefined;
  readonly transactionId?: string | null | undefined;
}

/** How far the inbox is behind, for readiness and alarms. */
export interface InboxAge {
  readonly oldestUnprocessedMs: number | null;
  readonly received: number;
  readonly quarantined: number;
}

export async function findNotification(
  database: Database,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Notification | null> {
  return notificationsOf(database, caller).andWhere('message.id = :id', { id }).getOne();
}

export async function notificationsPage(
  database: Database,
  caller: Caller,
  { page, statuses, transactionId }: NotificationFilter & { readonly page: PageRequest },
): Promise<Page<Notification>> {
  const query = notificationsOf(database, caller);
  if (transactionId != null) {
    query.andWhere('message.transactionId = :transactionId', { transactionId });
  }
  if (statuses?.length === 1) query.andWhere('message.status = :status', { status: statuses[0] });
  else if (statuses != null) {
    query.andWhere('message.status = any(:statuses)', { statuses: [...statuses] });
  }
  return keysetPage(query, NEWEST_FIRST, page);
}

export async function inboxAge(database: Database, now: Date): Promise<InboxAge> {
  const rows: { oldest: Date | null; received: number; quarantined: number }[] = await database
    .manager.query(`
      select (select min(received_at) from notifications where status = 'RECEIVED') as oldest,
             (select count(*)::int from notifications where status = 'RECEIVED') as received,
             (select count(*)::int from notifications where status = 'QUARANTINED') as quarantined`);
  const { oldest = null, received = 0, quarantined = 0 } = rows[0] ?? {};
  return {
    oldestUnprocessedMs: oldest && Math.max(0, now.getTime() - oldest.getTime()),
    received,
    quarantined,
  };
}

const NEWEST_FIRST = {
  instant: 'message.receivedAt',
  id: 'message.id',
  instantOf: (message: Notification): Date => message.receivedAt,
};

/** A message belongs to the store of its trade; before it has one, to that of the code it named. */
function notificationsOf(database: Database, caller: Caller): SelectQueryBuilder<Notification> {
  requireAction(caller, 'READ_OPERATIONS');
  const query = database.manager.createQueryBuilder(Notification, 'message');
  return withinStores(
    query,
    caller,
    `coalesce((select t.store_id from transactions t where t.id = message.transactionId),
              (select q.store_id from qr_codes addressed
                 join qr_codes q on q.id = coalesce(addressed.same_as, addressed.id)
               where addressed.id = message.qrCodeId))`,
  );
}
