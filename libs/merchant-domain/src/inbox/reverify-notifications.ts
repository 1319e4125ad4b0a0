import {
  AlipayProtocolError,
  decodeNotification,
  type Fields,
  type Verified,
  type Verifier,
} from '@countersign/alipay-protocol';

import { requireAction } from '../access/access.rules';
import { NUDGE_CHANNEL } from '../database/open-database';
import { type Caller, type Domain } from '../domain';
import { columnsOf } from './notification-content';
import { Notification } from './notification.entity';

export interface ReverifyNotifications {
  readonly caller: Caller;
  /** Made with the corrected key. */
  readonly verifier: Verifier;
}

/** Takes up what a wrong key refused: each message that verifies now is processed as if it came now. */
export async function reverifyNotifications(
  domain: Domain,
  command: ReverifyNotifications,
): Promise<{ readonly accepted: number; readonly stillRefused: number }> {
  requireAction(command.caller, 'KEEP_BOOKS');
  const refused = await domain.database.manager.find(Notification, {
    where: { status: 'REFUSED' },
    order: { receivedAt: 'ASC', id: 'ASC' },
  });

  let accepted = 0;
  for (const notification of refused) {
    const fields = verify(notification, command.verifier);
    if (fields === null) continue;
    await takeUp(domain, notification, fields);
    accepted += 1;
  }
  return { accepted, stillRefused: refused.length - accepted };
}

function verify(notification: Notification, verifier: Verifier): Verified<Fields> | null {
  try {
    return decodeNotification(notification.body, {
      ...(notification.contentType === null ? {} : { contentType: notification.contentType }),
      verifier,
    });
  } catch (error) {
    if (error instanceof AlipayProtocolError) return null;
    throw error;
  }
}

async function takeUp(
  domain: Domain,
  notification: Notification,
  fields: Verified<Fields>,
): Promise<void> {
  const columns = columnsOf(fields);
  await domain.database.atomically(domain, async (tx) => {
    // A resend may have arrived since: the same message is kept once.
    await tx.manager.query(
      `with known as (
         select 1 from notifications where notify_id is not distinct from $2 and content_hash = $3
       ), dropped as (
         delete from notifications where id = $1 and status = 'REFUSED' and exists (select 1 from known)
       )
       update notifications set status = 'RECEIVED', reason = null, notify_id = $2, content_hash = $3,
         trade_no = $4
       where id = $1 and status = 'REFUSED' and not exists (select 1 from known)`,
      [notification.id, columns.notifyId, columns.contentHash, columns.tradeNo],
    );
    await tx.manager.query('select pg_notify($1, $2)', [NUDGE_CHANNEL, 'inbox']);
  });
}
