import { setTimeout as pause } from 'node:timers/promises';
import type { Notification, Trade } from './books/records';
import type { Chance } from './chance';
import type { Clock } from './clock';
import type { Faults, NotificationFault } from './faults';
import type { KeyRing } from './key-ring';
import type { Log } from './log';
import { writeNotification } from './notification-form';
import type { FormPoster, Posted } from './post-form';
import { otherDigit } from './spoilt-answers';
import type { Variants } from './variants';
import type { TradeChange, World } from './world';

const MINUTE_MS = 60 * 1000;
/** Eight sends in 24 hours and 22 minutes, unless one is acknowledged. */
export const RESEND_GAPS_MS: readonly number[] = [2, 10, 10, 60, 120, 360, 900].map(
  (gap) => gap * MINUTE_MS,
);
const TIMER_MS_MAX = 2_000_000_000;

export interface Notifier {
  /** Takes up what was waiting when the books were last closed. */
  readonly resume: () => void;
  /** Sends a trade's last notification once more, whatever the schedule says. */
  readonly resend: (trade: Trade) => Promise<{ notifyId: string } & Posted> | null;
  readonly clockMoved: (jumpMs: number) => void;
  /** Lets go what a `reorder` fault was still holding back. */
  readonly releaseHeld: () => void;
  readonly forget: () => void;
  readonly close: () => void;
}

interface Surroundings {
  readonly world: World;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly variants: () => Variants;
  readonly chance: Chance;
  readonly poster: FormPoster;
  readonly sellerId: string;
  /** How many times faster than documented the schedule runs. */
  readonly timeScale: number;
  readonly closing: AbortSignal;
  readonly log: Log;
}

export function createNotifier(surroundings: Surroundings): Notifier {
  const { world, clock, faults, variants, poster, log, closing } = surroundings;
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Set<string>();
  let held: Notification[] = [];

  const disarm = (notification: Notification): void => {
    clearTimeout(timers.get(notification.notifyId));
    timers.delete(notification.notifyId);
  };
  const arm = (notification: Notification): void => {
    disarm(notification);
    const { notifyId, nextSendAt } = notification;
    if (nextSendAt === null || underWay.has(notifyId) || closing.aborted) return;
    const waitMs = Math.min(Math.max(nextSendAt - clock.now().getTime(), 0), TIMER_MS_MAX);
    const timer = setTimeout(() => {
      timers.delete(notifyId);
      if (nextSendAt > clock.now().getTime()) arm(notification);
      else void sendDue(notification);
    }, waitMs);
    timers.set(notifyId, timer.unref());
  };

  const sendDue = async (notification: Notification): Promise<void> => {
    underWay.add(notification.notifyId);
    try {
      await world.flushed(); // nobody hears of a payment that is not on the books yet
      const fault = faults.takeForNotification();
      if (fault)
        log('fault', {
          service: 'notification',
          kind: fault.kind,
          notifyId: notification.notifyId,
        });
      if (fault?.kind === 'reorder') {
        held.push(notification);
        if (held.length >= fault.batch) await sendHeld();
        return;
      }
      await attempt(notification, fault);
    } catch (error) {
      if (!closing.aborted)
        log('notification not sent', { notifyId: notification.notifyId, error: String(error) });
    }
  };
  const sendHeld = async (): Promise<void> => {
    const batch = held.reverse();
    held = [];
    for (const notification of batch) await attempt(notification, null);
  };

  /** One send of the schedule; afterwards either acknowledged, or due again, or given up. */
  const attempt = async (
    notification: Notification,
    fault: NotificationFault | null,
  ): Promise<void> => {
    if (fault?.kind === 'delay') await pause(fault.ms, undefined, { signal: closing, ref: false });
    if (fault?.kind === 'drop')
      keep(notification, { httpStatus: null, answer: null, trouble: 'dropped' });
    else if (fault?.kind === 'bad-signature')
      await deliver(notification, damagedForm(notification));
    else await deliver(notification, notification);
    if (fault?.kind === 'duplicate') await deliver(notification, notification);

    underWay.delete(notification.notifyId);
    if (world.notificationById(notification.notifyId) !== notification) return; // forgotten meanwhile
    const gap = RESEND_GAPS_MS[notification.attempts];
    notification.attempts += 1;
    notification.nextSendAt =
      notification.acknowledged || gap === undefined
        ? null
        : clock.now().getTime() + Math.ceil(gap / surroundings.timeScale);
    world.saveNotification(notification);
    arm(notification);
  };

  const deliver = async (
    notification: Notification,
    sent: Pick<Notification, 'form' | 'contentType' | 'body'>,
  ): Promise<Posted> => {
    const url = notification.notifyUrl ?? codeUrl(world, notification);
    const posted = url
      ? await poster.post(url, sent)
      : { httpStatus: null, answer: null, trouble: 'the code has no notify_url' };
    if (!closing.aborted) keep(notification, posted, sent.form);
    return posted;
  };
  const keep = (notification: Notification, posted: Posted, form = notification.form): void => {
    if (world.notificationById(notification.notifyId) !== notification) return;
    notification.sends.push({ at: clock.now().getTime(), form, ...posted });
    if (isAcknowledged(posted, variants())) {
      notification.acknowledged = true;
      notification.nextSendAt = null;
    }
    world.saveNotification(notification);
    log('notification sent', {
      notifyId: notification.notifyId,
      tradeStatus: notification.tradeStatus,
      httpStatus: posted.httpStatus,
      acknowledged: notification.acknowledged,
      ...(posted.trouble === null ? {} : { trouble: posted.trouble }),
    });
  };

  world.onTradeChange((change) => {
    const notification = announce(surroundings, change);
    if (notification) arm(notification);
  });

  return {
    resume: () => {
      world.notifications().forEach(arm);
    },
    resend: (trade) => {
      const last = world.notificationsOf(trade.tradeNo).at(-1);
      if (!last) return null;
      return deliver(last, last).then((posted) => {
        if (last.acknowledged) disarm(last);
        return { notifyId: last.notifyId, ...posted };
      });
    },
    clockMoved: (jumpMs) => {
      for (const notification of world.notifications()) {
        if (notification.nextSendAt === null) continue;
        // Time that has passed has passed: turning the clock back makes nobody wait longer.
        if (jumpMs < 0) notification.nextSendAt += jumpMs;
        arm(notification);
      }
    },
    releaseHeld: () => {
      void sendHeld();
    },
    forget: () => {
      timers.forEach((timer) => {
        clearTimeout(timer);
      });
      timers.clear();
      underWay.clear();
      held = [];
    },
    close: () => {
      timers.forEach((timer) => {
        clearTimeout(timer);
      });
      poster.close();
    },
  };
}

/** Writes a notification down, in the same breath as the change that it tells of. */
function announce(surroundings: Surroundings, change: TradeChange): Notification | null {
  const { world, keys, clock, chance, sellerId, variants } = surroundings;
  const code = world.codeById(change.trade.codeId);
  if (!code || (change.notifyUrl ?? code.notifyUrl) === null) return null;
  const notifyId = `${chance.token()}${chance.digits(2)}`; // 34 characters, as the samples have
  const now = clock.now();
  const hasExtras = variants().notificationExtras === 'code-and-store';
  const notification: Notification = {
    notifyId,
    tradeNo: change.trade.tradeNo,
    tradeStatus: change.trade.status,
    notifyUrl: change.notifyUrl ?? null,
    ...writeNotification({ ...change, code, notifyId, now, sellerId, keys, hasExtras }),
    createdAt: now.getTime(),
    sends: [],
    attempts: 0,
    acknowledged: false,
    nextSendAt: now.getTime(),
  };
  world.saveNotification(notification);
  return notification;
}

/** The latest address that create, modify or modifyStatus gave for the code. */
function codeUrl(world: World, notification: Notification): string | null {
  const trade = world.tradeByNo(notification.tradeNo);
  return (trade && world.codeById(trade.codeId)?.notifyUrl) ?? null;
}

/** Exactly seven characters. HK's online pages print them in capitals, all clients send small letters. */
function isAcknowledged({ httpStatus, answer }: Posted, { acknowledgement }: Variants): boolean {
  if (httpStatus === null || httpStatus < 200 || httpStatus > 299 || answer === null) return false;
  if (acknowledgement === 'lower-case') return answer === 'success';
  if (acknowledgement === 'upper-case') return answer === 'SUCCESS';
  return answer.toLowerCase() === 'success';
}

function damagedForm(
  notification: Notification,
): Pick<Notification, 'form' | 'contentType' | 'body'> {
  const sign = notification.form.sign ?? '';
  const wrong = `${otherDigit(sign.slice(0, 1))}${sign.slice(1)}`;
  return {
    contentType: notification.contentType,
    form: { ...notification.form, sign: wrong },
    body: notification.body.replace(/(?<=^|&)sign=[^&]*/, `sign=${encodeURIComponent(wrong)}`),
  };
}
