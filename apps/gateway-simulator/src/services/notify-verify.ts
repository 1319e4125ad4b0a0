import type { Fields } from '@countersign/alipay-protocol';
import type { ServiceContext } from './service';

export const NOTIFY_VERIFY = 'notify_verify';

/**
 * Whether a notification is genuine. Unsigned, and answered in plain text: `true`, `false`, or `invalid` when the
 * question itself is wrong. An id stops being valid once its notification was acknowledged.
 */
export function notifyVerify(
  { world }: Pick<ServiceContext, 'world'>,
  partnerId: string,
  fields: Fields,
): 'true' | 'false' | 'invalid' {
  const { partner, notify_id: notifyId = '' } = fields;
  if (partner !== partnerId || notifyId === '') return 'invalid';
  const notification = world.notificationById(notifyId);
  return notification && !notification.acknowledged ? 'true' : 'false';
}
