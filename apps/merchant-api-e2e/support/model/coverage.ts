import { COMMAND_KINDS } from './commands';
import type { Counts } from './counts';
import { MAIL_TROUBLES, MISHAPS, wordOf } from './faults';

/** What a run must have seen: a generator has blind spots, and this finds them. */
export function neverHappened(counts: Counts, how: 'short run' | 'deep run'): string[] {
  const must = how === 'deep run' ? [...COMMAND_KINDS, ...MAIL, ...PAIRS, ...OUTCOMES] : FREQUENT;
  const words = new Set(Object.values(MISHAPS).flat().map(wordOf));
  const happened = Object.keys(counts.all());
  const isSeen = (word: string): boolean =>
    happened.some((what) => what.startsWith('alipay.') && what.endsWith(` ${word}`));
  if (how === 'short run') RARE.forEach((word) => words.delete(word));
  return [
    ...must.filter((what) => counts.of(what) === 0),
    ...[...words].filter((word) => !isSeen(word)),
  ];
}

/** One in ten schedules has it. */
const RARE = ['gbk'];
const MAIL = MAIL_TROUBLES.map((trouble) => `notification ${wordOf(trouble)}`);
const PAIRS = Object.entries(MISHAPS).flatMap(([service, kinds]) =>
  kinds.map((kind) => `${service} ${wordOf(kind)}`),
);
/** What a hundred schedules, and the one round of them that restores a backup, cannot miss by chance. */
const FREQUENT: readonly string[] = [
  ...(['pay', 'claim', 'refund', 'cancel', 'refresh', 'recover', 'create', 'modify'] as const),
  ...(['stop', 'restart', 'resend', 'forge', 'mail trouble', 'turn', 'together'] as const),
  ...(['back up', 'restore'] as const),
];

/** Answers that each have a rule of their own in the reckoning. */
const OUTCOMES = [
  'refund SUCCEEDED',
  'refund PENDING',
  'refund replayed',
  'refund AMOUNT_EXCEEDS_REFUNDABLE',
  'refund NOT_ALLOWED_IN_STATE',
  'refund IDEMPOTENCY_CONFLICT',
  'refund CURRENCY_MISMATCH',
  'refund INVALID_INPUT',
  'refund ALIPAY_REJECTED',
  'refund without an answer',
  'cancel granted',
  'cancel CANCEL_WINDOW_CLOSED',
  'cancel NOT_ALLOWED_IN_STATE',
  'cancel ALIPAY_REJECTED',
  'cancel without an answer',
  'claim granted',
  'claim ALREADY_CLAIMED',
  'claim NOT_ALLOWED_IN_STATE',
  'recover granted',
  'recover ALIPAY_UNAVAILABLE',
  'recover ALIPAY_REJECTED',
  'refresh granted',
  'refresh ALIPAY_UNAVAILABLE',
  'refresh ALIPAY_REJECTED',
  'create ALIPAY_REJECTED',
  'stop ALIPAY_REJECTED',
  'modify ALIPAY_REJECTED',
  'delete granted',
  'restart NOT_ALLOWED_IN_STATE',
  'resolved by hand',
  'resolved, then asked same',
  'resolved, then asked other amount',
  'cancel at midnight',
  'transaction file',
  'settlement file',
  'back up',
  'restore',
  'sent again: create',
  'sent again: stop',
  'sent again: refund',
  'sent again: cancel',
  'sent again: claim',
  'refund ALIPAY_UNAVAILABLE',
  'cancel ALIPAY_UNAVAILABLE',
  'in doubt until the files came',
  'confirmed',
  'doubts ended by a person',
  'replayed',
  'second',
  'second with a wrong key',
  'second leaves',
  'gateway away',
  'forged other seller',
  'forged other content',
  'forged no token',
  'forged copy',
  'forged garbled',
  'forged no amount',
  'forged no payment time',
  'forged other code',
];
