import { requireAction } from '../access/access.rules';
import { type Caller, type Domain, type Refusal, refuse } from '../domain';
import { Notification } from './notification.entity';
import { findNotification } from './notification.queries';
import { processNotifications } from './process-notifications';

export interface ReplayNotification {
  readonly caller: Caller;
  readonly notificationId: string;
}

export type NotificationResult =
  { readonly notification: Notification } | (Refusal & { readonly notification?: Notification });

/** Processes a quarantined message again, after what held it back was mended. */
export async function replayNotification(
  domain: Domain,
  command: ReplayNotification,
): Promise<NotificationResult> {
  const { caller, notificationId } = command;
  requireAction(caller, 'REPAIR');
  if ((await findNotification(domain.database, caller, { id: notificationId })) === null) {
    return noNotification();
  }
  const reopened = await domain.database.atomically(domain, async (tx) => {
    const notification = await tx.manager.findOne(Notification, {
      where: { id: notificationId },
      lock: { mode: 'for_no_key_update' },
    });
    if (notification === null) return noNotification();
    if (notification.status !== 'QUARANTINED') {
      return {
        ...refuse(
          'NOT_ALLOWED_IN_STATE',
          `Only a QUARANTINED notification can be replayed; this one is ${notification.status}.`,
        ),
        notification,
      };
    }
    await tx.manager.update(
      Notification,
      { id: notification.id },
      { status: 'RECEIVED', reason: null, awaitsQuery: false, nextCheckAt: null },
    );
    tx.hasFilledInbox = true;
    return { notification };
  });
  if ('refusal' in reopened) return reopened;

  domain.log?.info('a notification is replayed', { notificationId, by: caller.subject });
  await processNotifications(domain, { limit: 100 });
  return {
    notification: await domain.database.manager.findOneByOrFail(Notification, {
      id: notificationId,
    }),
  };
}

function noNotification(): Refusal {
  return refuse('NOT_FOUND', 'There is no such notification: check its id.', {
    field: ['notificationId'],
  });
}
