import { type Clock, type NotificationInbox } from '@countersign/merchant-domain';

/** Whether what Alipay posts is kept, as the last messages have shown. */
export interface IntakeWatch {
  /** The same inbox, whose answers are seen here. */
  watch(inbox: Pick<NotificationInbox, 'accept'>): Pick<NotificationInbox, 'accept'>;
  /** Since when messages are turned away; null while they are kept. */
  turnedAwaySince(): Date | null;
}

/**
 * A process that is not ready is sent nothing, and so would never see that it could keep messages
 * again: what was seen so long ago counts no more. Soon at first, for after a fail-over of the
 * database every process has turned somebody away; later when it was in vain.
 */
const seenCountsMs = { first: 2_000, most: 30_000 };

export function createIntakeWatch({ now }: Pick<Clock, 'now'>): IntakeWatch {
  let first: Date | null = null;
  let last: Date | null = null;
  let countsMs = seenCountsMs.first;
  let isOnTrial = false;

  return {
    watch: (inbox) => ({
      accept: async (message) => {
        try {
          const kept = await inbox.accept(message);
          first = last = null;
          countsMs = seenCountsMs.first;
          isOnTrial = false;
          return kept;
        } catch (error) {
          if (isOnTrial) countsMs = Math.min(2 * countsMs, seenCountsMs.most);
          isOnTrial = false;
          last = now();
          first ??= last;
          throw error;
        }
      },
    }),
    turnedAwaySince: () => {
      const sinceMs = last === null ? 0 : now().getTime() - last.getTime();
      // Below zero a clock has been set back: nobody would come to end the doubt before it is that late again.
      if (sinceMs >= countsMs || sinceMs < 0) {
        first = last = null;
        isOnTrial = true;
      }
      return first;
    },
  };
}
