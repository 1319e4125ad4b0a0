import {
  type Clock,
  type Database,
  type DomainLog,
  isUseToBeNoted,
  noteKeyUse,
} from '@countersign/merchant-domain';

/** Writes down when keys were last used: to the minute, and never in the way of a request. */
export interface KeyUse {
  saw(apiKeyIds: readonly string[]): void;
  /** Resolves when what is being written is written. */
  close(): Promise<void>;
}

export function createKeyUse(
  database: Database,
  clock: Pick<Clock, 'now'>,
  log: DomainLog,
): KeyUse {
  const notedAt = new Map<string, Date>();
  let seen = new Set<string>();
  let writing: Promise<void> | undefined;

  /** One statement at a time: what is seen meanwhile goes with the next one. */
  const write = async (): Promise<void> => {
    while (seen.size > 0) {
      const ids = [...seen];
      seen = new Set();
      try {
        await noteKeyUse(database, clock.now(), ids);
      } catch (error) {
        log.warn('the use of API keys could not be written down', { error });
      }
    }
    writing = undefined;
  };

  return {
    saw: (apiKeyIds) => {
      const now = clock.now();
      for (const id of apiKeyIds) {
        if (!isUseToBeNoted(notedAt.get(id) ?? null, now)) continue;
        notedAt.set(id, now);
        seen.add(id);
      }
      if (seen.size > 0) writing ??= write();
    },
    close: () => writing ?? Promise.resolve(),
  };
}
