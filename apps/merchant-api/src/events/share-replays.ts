import { type TransactionEvent } from '@countersign/merchant-domain';

/** An event as it is handed on, with those that were read together with it. */
export interface LiveEvent {
  readonly event: TransactionEvent;
  readonly together: readonly TransactionEvent[];
}

export type ShareReplays = (together: readonly TransactionEvent[]) => LiveEvent[];

/** Short: what is told of a payment is how it stood when the first of them was told. */
const sharedForMs = 250;
const sharedMax = 1_000;

/**
 * What was missed, as it is handed on. When a process ends, all tills of a store come back within a
 * moment, and have missed the same: they get the same objects, so that what they are told is worked
 * out once, as it is for what is live (`subscribe-together.ts`).
 */
export function createShareReplays(): ShareReplays {
  let shared = new Map<string, LiveEvent>();
  const letGo = (): void => {
    shared = new Map();
  };

  return (together) => {
    if (shared.size >= sharedMax) letGo();
    // Nothing is kept for those who come much later: it holds what each of them was told.
    if (shared.size === 0 && together.length > 0) setTimeout(letGo, sharedForMs).unref();
    return together.map((event) => {
      const live = shared.get(event.id) ?? { event, together };
      shared.set(event.id, live);
      return live;
    });
  };
}
