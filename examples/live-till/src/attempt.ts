/** A refund that was sent and has no answer yet. */
interface Attempt {
  readonly idempotencyKey: string;
  readonly amount: string;
}

/**
 * Keeps the key of a refund from the first attempt until there is an answer, also when the page is
 * loaded anew in between: a new key would be a second refund.
 */
export function attemptOf(transactionId: string) {
  const name = `refund of ${transactionId}`;
  const open = (): Attempt | null => {
    const kept = localStorage.getItem(name);
    return kept === null ? null : (JSON.parse(kept) as Attempt);
  };
  return {
    open,
    begin: (amount: string): string => {
      const attempt = open() ?? { idempotencyKey: crypto.randomUUID(), amount };
      localStorage.setItem(name, JSON.stringify(attempt));
      return attempt.idempotencyKey;
    },
    end: (): void => {
      localStorage.removeItem(name);
    },
  };
}
