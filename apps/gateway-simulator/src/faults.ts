import type { Fields } from '@countersign/alipay-protocol';
import { type FaultAim, isAimedAt, readAim } from './fault-aim';

/** What can be made to go wrong, for a service of the gateway and for notifications. */
export const SERVICE_FAULTS = [
  'timeout',
  'timeout-after-effect',
  'reset',
  'reset-after-effect',
  'system-error',
  'system-error-after-effect',
  'http-500',
  'html',
  'bad-signature',
  'unsigned',
  'gbk',
  'unknown-result',
  'other-answer',
  'refuse',
  'refuse-unsigned',
  'slow',
  'cut',
] as const;
export const NOTIFICATION_FAULTS = [
  'drop',
  'duplicate',
  'delay',
  'bad-signature',
  'reorder',
] as const;

export type ServiceFaultKind = (typeof SERVICE_FAULTS)[number];
export type NotificationFaultKind = (typeof NOTIFICATION_FAULTS)[number];
export type ServiceFault =
  | { readonly kind: Exclude<ServiceFaultKind, 'refuse' | 'refuse-unsigned' | 'slow' | 'cut'> }
  | { readonly kind: 'refuse' | 'refuse-unsigned'; readonly code: string }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'cut'; readonly afterBytes: number };
export type NotificationFault =
  | { readonly kind: Exclude<NotificationFaultKind, 'delay' | 'reorder'> }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'reorder'; readonly batch: number };

export const NOTIFICATION = 'notification';
const TIMES_MAX = 1_000_000;
const NUMBER_MAX = 600_000;
const QUEUE_MAX = 1000;

export interface WaitingFault {
  readonly service: string;
  readonly kind: string;
  readonly times: number;
  /** The calls that it is meant for; absent: all of its service. */
  readonly match?: FaultAim;
}

/** Faults wait in line for their service; each call takes the first that is meant for it, until it was taken `times` times. */
export interface Faults {
  readonly add: (fault: WaitingFault) => void;
  readonly takeForService: (fields: Fields) => ServiceFault | null;
  readonly takeForNotification: () => NotificationFault | null;
  readonly waiting: () => readonly WaitingFault[];
  readonly clear: () => void;
}

export function createFaults(): Faults {
  const lines = new Map<string, Ordered[]>();
  const take = (service: string, fields: Fields): Ordered | null => {
    const line = lines.get(service) ?? [];
    const at = line.findIndex(({ match }) => isAimedAt(match, fields));
    const first = line[at];
    if (!first) return null;
    first.left -= 1;
    if (first.left === 0) line.splice(at, 1);
    return first;
  };
  return {
    add: ({ service, kind, times, match }) => {
      const line = lines.get(service) ?? [];
      const ordered = { kind, left: times, batch: times, ...(match ? { match } : {}) };
      lines.set(service, [...line, ordered].slice(-QUEUE_MAX));
    },
    takeForService: (fields) => {
      const taken = take(fields.service ?? '', fields);
      return taken ? parseServiceFault(taken.kind) : null;
    },
    takeForNotification: () => {
      const taken = take(NOTIFICATION, {});
      return taken ? parseNotificationFault(taken.kind, taken.batch) : null;
    },
    waiting: () =>
      [...lines].flatMap(([service, line]) =>
        line.map(({ kind, left, match }) => ({
          ...{ service, kind, times: left },
          ...(match ? { match } : {}),
        })),
      ),
    clear: () => {
      lines.clear();
    },
  };
}

interface Ordered {
  readonly kind: string;
  readonly batch: number;
  readonly match?: FaultAim;
  left: number;
}

/** Reads `{service, kind, times?, match?}` as it came, or says which field is wrong and what it may be. */
export function readFault(
  asked: Readonly<Record<string, unknown>>,
  services: readonly string[],
): { fault: WaitingFault } | { error: string } {
  const { service, kind, times = 1, match } = asked;
  if (typeof service !== 'string' || (service !== NOTIFICATION && !services.includes(service))) {
    return { error: `service must be ${NOTIFICATION} or one of ${services.join(', ')}` };
  }
  const isNotification = service === NOTIFICATION;
  const parsed =
    typeof kind === 'string'
      ? isNotification
        ? parseNotificationFault(kind, 1)
        : parseServiceFault(kind)
      : null;
  if (typeof kind !== 'string' || !parsed) {
    return {
      error: `kind must be one of ${spelling(isNotification ? NOTIFICATION_FAULTS : SERVICE_FAULTS)}`,
    };
  }
  if (typeof times !== 'number' || !Number.isInteger(times) || times < 1 || times > TIMES_MAX) {
    return { error: `times must be a whole number from 1 to ${TIMES_MAX}` };
  }
  if (match === undefined) return { fault: { service, kind, times } };
  const aim = isNotification ? null : readAim(match);
  if (!aim) return { error: 'match must be {"<field>": "<value>", …} of a call to the service' };
  return { fault: { service, kind, times, match: aim } };
}

const DETAILS: Readonly<Record<string, string>> = {
  refuse: 'refuse:<CODE>',
  'refuse-unsigned': 'refuse-unsigned:<CODE>',
  slow: 'slow:<ms>',
  cut: 'cut:<bytes>',
  delay: 'delay:<ms>',
};

function spelling(kinds: readonly string[]): string {
  return kinds.map((kind) => DETAILS[kind] ?? kind).join(', ');
}

function parseServiceFault(text: string): ServiceFault | null {
  const [word, detail] = splitKind(text);
  const kind = SERVICE_FAULTS.find((known) => known === word);
  if (!kind) return null;
  if (kind === 'refuse' || kind === 'refuse-unsigned') {
    return detail !== null && /^[A-Z][A-Z0-9_]{0,47}$/.test(detail) ? { kind, code: detail } : null;
  }
  if (kind === 'slow' || kind === 'cut') {
    const number = parseNumber(detail);
    if (number === null) return null;
    return kind === 'slow' ? { kind, ms: number } : { kind, afterBytes: number };
  }
  return detail === null ? { kind } : null;
}

function parseNotificationFault(text: string, batch: number): NotificationFault | null {
  const [word, detail] = splitKind(text);
  const kind = NOTIFICATION_FAULTS.find((known) => known === word);
  if (!kind) return null;
  if (kind === 'delay') {
    const ms = parseNumber(detail);
    return ms === null ? null : { kind, ms };
  }
  if (detail !== null) return null;
  return kind === 'reorder' ? { kind, batch } : { kind };
}

function splitKind(text: string): [string, string | null] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Milliseconds or bytes: at most ten minutes, or 600 kB. */
function parseNumber(text: string | null): number | null {
  if (text === null || !/^\d{1,6}$/.test(text)) return null;
  return Number(text) <= NUMBER_MAX ? Number(text) : null;
}
