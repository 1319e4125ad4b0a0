import { COMMAND_KINDS } from './commands';
import type { Counts } from './counts';
import { MAIL_TROUBLES, MISHAPS, wordOf } from './faults';

/** What a run must have seen: a generator has blind spots, and this finds them. */
export function neverHappened(counts: Counts, how: 'short run' | 'deep run'): string[] {
  const words = Object.values(MISHAPS).flat().map(wordOf);
  const pairs = Object.entries(MISHAPS).flatMap(([service, kinds]) =>
    kinds.map((kind) => `${service} ${wordOf(kind)}`),
  );
  const happened = Object.keys(counts.all());
  const missing = [
    ...COMMAND_KINDS,
    ...MAIL_TROUBLES.map((trouble) => `notification ${wordOf(trouble)}`),
    ...(how === 'deep run' ? [...pairs, ...OUTCOMES] : []),
  ].filter((what) => counts.of(what) === 0);
  const unseen = (part: readonly string[], isSeen: (one: string, what: string) => boolean) =>
    [...new Set(part)].filter((one) => !happened.some((what) => isSeen(one, what)));
  return [
    ...missing,
    ...unseen(words, (word, what) => what.startsWith('alipay.') && what.endsWith(` ${word}`)),
    ...unseen(Object.keys(MISHAPS), (service, what) => what.startsWith(`${service} `)),
  ];
}

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
];
