import type { GiveBackMutation, UserErrorCode } from './gql/graphql';

/** A refund that was sent, and of which it is not known whether it was done. */
export interface Attempt {
  readonly idempotencyKey: string;
  readonly amount: string;
}

/**
 * Keeps a refund, its key and its amount, from the first attempt until it is over, for all tabs and
 * also when the page is loaded anew in between: another key would be a second refund.
 */
export function attemptOf(transactionId: string) {
  const name = `refund of ${transactionId}`;
  const open = (): Attempt | null => {
    const kept = localStorage.getItem(name);
    return kept === null ? null : (JSON.parse(kept) as Attempt);
  };
  return {
    open,
    /** What is open already, whatever its amount; else a new one. */
    begin: (amount: string): Attempt => {
      const attempt = open() ?? { idempotencyKey: crypto.randomUUID(), amount };
      localStorage.setItem(name, JSON.stringify(attempt));
      return attempt;
    },
    end: ({ idempotencyKey }: Attempt): void => {
      if (open()?.idempotencyKey === idempotencyKey) localStorage.removeItem(name);
    },
  };
}

/**
 * These say that nothing was done under the key. Any other may come although it was: NOT_FOUND to a
 * token for another store, IDEMPOTENCY_CONFLICT because the key stands for a refund.
 */
const NOTHING_DONE: readonly UserErrorCode[] = [
  'INVALID_INPUT',
  'CURRENCY_MISMATCH',
  'AMOUNT_EXCEEDS_REFUNDABLE',
  'REFUND_LIMIT_EXCEEDED',
  'ALIPAY_REJECTED',
];

/**
 * Whether Alipay has said what became of the refund, or it was not made. One that is PENDING is asked about by
 * the API itself, but whoever looks anew has to see it: he would give the same money back under another key.
 */
export function isOver({
  refund,
  userErrors: [refusal],
}: NonNullable<GiveBackMutation['refundTransaction']>): boolean {
  if (refusal !== undefined) return NOTHING_DONE.includes(refusal.code);
  return refund !== null && refund.status !== 'PENDING';
}
