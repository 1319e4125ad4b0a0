import type { Fields } from '@countersign/alipay-protocol';
import type { ServiceFault } from '../faults';
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
): Word {
  const { partner, notify_id: notifyId = '' } = fields;
  if (partner !== partnerId || notifyId === '') return 'invalid';
  const notification = world.notificationById(notifyId);
  return notification && !notification.acknowledged ? 'true' : 'false';
}

type Word = 'true' | 'false' | 'invalid';

/** The faults of an answer that has neither a signature nor fields: another word, or one that is none. */
export function spoiltWord(fault: ServiceFault | null, word: Word): string {
  switch (fault?.kind) {
    case 'other-answer':
      return word === 'true' ? 'false' : 'true';
    case 'refuse':
      return 'invalid';
    case 'unknown-result':
      return 'unknown';
    default:
      return word;
  }
}
