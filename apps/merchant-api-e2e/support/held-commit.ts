import type { StatementProxy } from '@countersign/postgres';

import { waitFor } from './wait-for';

/** The commit of whoever writes an event next, held back until it is let go. */
export interface HeldCommit {
  /** Resolves when its event is written, and only the commit is missing. */
  arrived(): Promise<void>;
  letGo(): void;
}

/** Everybody else's statements go on. */
export function holdNextEvent(proxy: StatementProxy): HeldCommit {
  let writer: number | undefined;
  let isHeld = false;
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const unwatch = proxy.watch(async ({ connection, text }, moment) => {
    if (
      moment === 'after' &&
      writer === undefined &&
      /insert into transaction_events/i.test(text)
    ) {
      writer = connection;
    }
    if (moment === 'before' && connection === writer && /^commit/i.test(text)) {
      isHeld = true;
      await gone;
      unwatch();
    }
  });
  return {
    arrived: async () => {
      await waitFor('a commit that is held back', () => isHeld);
    },
    letGo,
  };
}
