import {
  AlipayProtocolError,
  decodeNotification,
  type Fields,
  type Verified,
  type Verifier,
} from '@countersign/alipay-protocol';

import { requireAction } from '../access/access.rules';
import { type Caller, type Domain } from '../domain';
import { learnCodesSql } from './accept-notifications';
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
  let accepted = 0;
  let stillRefused = 0;
  for await (const notification of refusedOnes(domain)) {
    const fields = verify(notification, command.verifier);
    if (fields === null) {
      stillRefused += 1;
      continue;
    }
    await takeUp(domain, notification, fields);
    accepted += 1;
  }
  const { subject } = command.caller;
  domain.log?.info('refused messages were checked again', { accepted, stillRefused, by: subject });
  return { accepted, stillRefused };
}

const AT_ONCE = 100;

/** In the order they came; a wrong key refuses a day's messages, so never all at once. */
async function* refusedOnes({ database }: Domain): AsyncGenerator<Notification> {
  let last: Notification | undefined;
  for (;;) {
    const query = database.manager
      .createQueryBuilder(Notification, 'message')
      .where(`message.status = 'REFUSED'`)
      .orderBy('message.receivedAt')
      .addOrderBy('message.id')
      .limit(AT_ONCE);
    if (last !== undefined) {
      query.andWhere('(message.receivedAt, message.id) > (:at, :id)', {
        at: last.receivedAt,
        id: last.id,
      });
    }
    const found = await query.getMany();
    yield* found;
    last = found.at(-1);
    if (found.length < AT_ONCE) return;
  }
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

/** The same message may come again while it is taken up; then it is known at the second try. */
async function takeUp(
  domain: Domain,
  notification: Notification,
  fields: Verified<Fields>,
): Promise<void> {
  try {
    await takeUpOnce(domain, notification, fields);
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    await takeUpOnce(domain, notification, fields);
  }
}

const UNIQUE_VIOLATION = '23505';

async function takeUpOnce(
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
    // That one may have come without a token: then this one says at which code was paid.
    await tx.manager.query(learnCodesSql('null'), [
      ...[[columns.notifyId], [columns.contentHash], [notification.qrCodeId]],
    ]);
    tx.hasFilledInbox = true;
  });
}
